import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why queue tests cannot run here; empty where they can. */
export const withoutRedis =
  spawnSync('redis-server', ['--version']).status === 0
    ? ''
    : ' (skipped: redis-server is not installed)';

/** A Redis server of a test's own, on a free port, that keeps nothing on disk. */
export interface TestServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRedis({ password }: { password?: string } = {}): Promise<TestServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  if (password !== undefined) options.push('--requirepass', password);
  const server = spawn('redis-server', ['--port', String(port), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await ready(server);
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    async stop() {
      const ended = new Promise((done) => server.once('exit', done));
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let output = '';
    server.once('exit', () => fail(new Error(`redis-server ended: ${output}`)));
    server.stdout?.on('data', (text) => {
      output += text;
      if (output.includes('Ready to accept connections')) done();
    });
  });
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}
