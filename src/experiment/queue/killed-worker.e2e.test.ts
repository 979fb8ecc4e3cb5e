import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { replayTables } from '../kept-tables.ts';
import { TraceShelf } from '../plan.ts';
import { runSweep } from '../sweep/run-sweep.ts';
import { connectRedis, redisVariable } from './connection.ts';
import { enqueueRuns } from './enqueue-runs.ts';
import { queueSweep } from './queue-sweep.ts';
import { bytesOf, plansOf } from './testing/plans.ts';
import { startRedis, type TestServer, withoutRedis } from './testing/redis-server.ts';

/** scenario.json and the tables. */
const filesOfRun = 1 + replayTables({}).length;

const program = fileURLToPath(new URL('./testing/worker-process.ts', import.meta.url));
/** Enough for some tenths of a second a run: time to be killed in. */
const requests = 4000;

let root: string;
let server: TestServer;
const processes: WorkerProcess[] = [];

/** A worker in a process of its own and what it has said. */
class WorkerProcess {
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  #onLine: (() => void)[] = [];

  constructor(queue: string) {
    const args = ['--import', 'tsx', program, join(root, 'runs'), queue];
    const env = { ...process.env, [redisVariable]: server.url };
    this.process = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = new Promise((done) => this.process.once('close', done));
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      this.lines.push(line);
      for (const told of this.#onLine) told();
    });
    processes.push(this);
  }

  of(word: string): string[] {
    return this.lines
      .filter((line) => line.startsWith(`${word} `))
      .map((l) => l.slice(word.length + 1));
  }

  /** Resolves at the n-th line that begins so. */
  said(word: string, n = 1): Promise<void> {
    return new Promise((done) => {
      const look = () => {
        if (this.lines.filter((line) => line.split(' ')[0] === word).length >= n) done();
      };
      this.#onLine.push(look);
      look();
    });
  }
}

describe.skipIf(withoutRedis !== '')(`workers of a queue that are stopped${withoutRedis}`, () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'killed-'));
    vi.stubEnv(redisVariable, server.url);
  });
  afterEach(async () => {
    for (const one of processes.splice(0)) {
      one.process.kill('SIGKILL');
      await one.ended;
    }
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  });

  it('by SIGKILL lose and duplicate nothing: the other takes up what was in progress', async () => {
    const traces = new TraceShelf();
    const plans = await plansOf([1, 2, 3, 4, 5, 6, 7, 8], { requests, traces });
    const [killed, other] = [new WorkerProcess('killed'), new WorkerProcess('killed')];
    await Promise.all([killed.said('ready'), other.said('ready')]);
    const sweep = queueSweep(plans, { out: join(root, 'runs'), queue: 'killed' });
    await killed.said('start', 2);
    killed.process.kill('SIGKILL');
    expect(await sweep).toEqual({ ran: 8, skipped: 0, failed: [] });
    other.process.kill('SIGTERM');
    expect(await other.ended).toBe(0);

    const interrupted = killed.of('start').filter((run) => !killed.of('ran').includes(run));
    expect(interrupted).toHaveLength(1);
    expect([...killed.of('start'), ...other.of('start')]).toHaveLength(8 + 1);
    expect([...killed.of('ran'), ...other.of('ran')].sort()).toEqual(
      plans.map(({ run }) => run).sort(),
    );
    expect(other.of('ran')).toContain(interrupted[0]);
    await runSweep(plans, { out: join(root, 'threads'), traces, workers: 2 });
    expect(bytesOf(join(root, 'runs'))).toEqual(bytesOf(join(root, 'threads')));
    expect(Object.keys(bytesOf(join(root, 'runs')))).toHaveLength(8 * filesOfRun);
  }, 120_000);

  it('by SIGTERM finish what they have and leave the rest', async () => {
    const plans = await plansOf([1, 2, 3], { requests });
    await enqueueRuns(plans, { queue: 'told' });
    const worker = new WorkerProcess('told');
    await worker.said('start');
    worker.process.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    expect(worker.of('left')).toEqual([JSON.stringify({ ran: 1, present: 0, failed: 0 })]);
    const redis = await connectRedis(() => {});
    const queue = new Queue('told', { connection: redis });
    expect(await queue.getJobCountByTypes('waiting', 'active')).toBe(2);
    await queue.close();
    redis.disconnect();
  });
});
