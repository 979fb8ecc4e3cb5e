import { main } from './program.ts';

// A reader that closes the pipe early (head, less) ends the output, not the world.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
