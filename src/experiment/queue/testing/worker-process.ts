/**
 * A queue worker as a process of its own, to be killed: OUT, the queue and short leases come from
 * the command line; each line on stdout says what began or ended.
 */
import { runWorker } from '../run-worker.ts';

const [out, queue] = process.argv.slice(2) as [string, string];
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const say = (...words: string[]) => process.stdout.write(`${words.join(' ')}\n`);
const outcome = await runWorker({
  out,
  queue,
  workers: 1,
  signal: stop.signal,
  leases: { lockMs: 1000, checkMs: 500, deaths: 2 },
  onReady: () => say('ready'),
  onStart: ({ run }) => say('start', run),
  onEnd: ({ run }, { state }) => say(state, run),
  onTrouble: (trouble) => process.stderr.write(`${trouble}\n`),
});
say('left', JSON.stringify(outcome));
