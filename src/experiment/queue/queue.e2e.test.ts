import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../trace/locate.ts';
import { defineExperiment } from '../define.ts';
import { replayTables } from '../kept-tables.ts';
import { type PlannedRun, planExperiment, TraceShelf } from '../plan.ts';
import { runSweep } from '../sweep/run-sweep.ts';
import { connectRedis, redisVariable } from './connection.ts';
import { enqueueRuns } from './enqueue-runs.ts';
import type { JobEnd } from './job-computer.ts';
import { queueSweep } from './queue-sweep.ts';
import { jobIdOf, type RunJob } from './run-job.ts';
import { runWorker } from './run-worker.ts';
import { bytesOf, plansOf } from './testing/plans.ts';
import { startRedis, type TestServer, withoutRedis } from './testing/redis-server.ts';

/** scenario.json and the tables. */
const filesOfRun = 1 + replayTables({}).length;

let root: string;
let server: TestServer;
let queueNumber = 0;
let queue: string;
const out = () => join(root, 'runs');

describe.skipIf(withoutRedis !== '')(`runs through a queue${withoutRedis}`, () => {
  beforeAll(async () => {
    server = await startRedis({ password: 'open-sesame' });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'queue-'));
    queue = `test-${queueNumber++}`;
    vi.stubEnv(redisVariable, server.url);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  });

  /** Serves the queue until it is empty; the end of each run by key. */
  async function serve(folder = out()) {
    const ends: Record<string, JobEnd> = {};
    const outcome = await runWorker({
      out: folder,
      queue,
      workers: 2,
      untilEmpty: true,
      onEnd: ({ run }, end) => {
        ends[run] = end;
      },
    });
    return { outcome, ends };
  }

  /** The jobs of the queue as they stand in Redis. */
  async function withQueue<T>(act: (jobs: Queue<RunJob>) => Promise<T>): Promise<T> {
    const redis = await connectRedis(() => {});
    const jobs = new Queue<RunJob>(queue, { connection: redis });
    try {
      return await act(jobs);
    } finally {
      await jobs.close();
      redis.disconnect();
    }
  }

  it('give the same bytes as threads, and carry no results', async () => {
    const traces = new TraceShelf();
    const plans = await plansOf([1, 2, 4, 8], { traces });
    await runSweep(plans, { out: join(root, 'threads'), traces, workers: 2 });
    const events: number[] = [];
    const stop = new AbortController();
    const worker = runWorker({ out: out(), queue, workers: 2, signal: stop.signal });
    const sweep = await queueSweep(plans, {
      out: out(),
      queue,
      onRun: ({ done, of }) => events.push(done, of),
    });
    stop.abort();
    expect(sweep).toEqual({ ran: 4, skipped: 0, failed: [] });
    expect(await worker).toEqual({ ran: 4, present: 0, failed: 0 });
    expect(events).toEqual([1, 4, 2, 4, 3, 4, 4, 4]);
    expect(bytesOf(out())).toEqual(bytesOf(join(root, 'threads')));
    expect(Object.keys(bytesOf(out()))).toHaveLength(4 * filesOfRun);
    expect(await withQueue((jobs) => jobs.getJobCountByTypes())).toBe(0);
    const again = await queueSweep(plans, { out: out(), queue });
    expect(again).toEqual({ ran: 0, skipped: 4, failed: [] });
  });

  it('with a policy of a file give the same bytes as threads', async () => {
    const traces = new TraceShelf();
    const experiment = defineExperiment({
      name: 'policy',
      paper: 'test',
      question: 'Do all workers load the same file?',
      scenarios: {
        grid: {
          base: {
            trace: 'kimi-like',
            limits: { requests: 60 },
            placement: { kind: './my-policy.ts' },
            groups: [{ count: 3, model: 'llama-3.1-8b' }],
          },
          axes: { choices: { set: 'placement.choices', to: [1, 2] } },
        },
      },
      folder: join(packageRoot(), 'experiments', 'scenarios'),
    });
    const plans = await planExperiment(experiment, traces);
    await runSweep(plans, { out: join(root, 'threads'), traces, workers: 1 });
    await enqueueRuns(plans, { queue });
    expect((await serve()).outcome).toEqual({ ran: 2, present: 0, failed: 0 });
    expect(bytesOf(out())).toEqual(bytesOf(join(root, 'threads')));
  });

  it('are added once while they wait, and again when they failed', async () => {
    const plans = await plansOf([1, 2], { tables: 'summary' });
    expect(await enqueueRuns(plans, { queue })).toEqual({ added: 2, there: 0 });
    expect(await enqueueRuns(plans, { queue })).toEqual({ added: 0, there: 2 });
    const wider = await plansOf([1]);
    expect(await enqueueRuns(wider, { queue })).toEqual({ added: 0, there: 1 });
    const { outcome } = await serve();
    expect(outcome).toEqual({ ran: 2, present: 0, failed: 0 });
    expect(Object.keys(bytesOf(out()))).toHaveLength(filesOfRun + 2);
    expect(await enqueueRuns(plans, { queue })).toEqual({ added: 2, there: 0 });
    expect((await serve()).outcome).toEqual({ ran: 0, present: 2, failed: 0 });
  });

  // A machine under heavy load may stop a process for longer than such a short lock.
  it('outlast their locks without being taken for dead', { retry: 2 }, async () => {
    const plans = await plansOf([1, 2], { requests: 12_000 });
    await enqueueRuns(plans, { queue });
    const started: string[] = [];
    const outcome = await runWorker({
      out: out(),
      queue,
      workers: 2,
      untilEmpty: true,
      leases: { lockMs: 300, checkMs: 100, deaths: 0 },
      onStart: ({ run }) => started.push(run),
    });
    expect(outcome).toEqual({ ran: 2, present: 0, failed: 0 });
    expect(started).toHaveLength(2);
    expect(await withQueue((jobs) => jobs.getJobCountByTypes('failed'))).toBe(0);
  });

  it('are refused by a worker of another engine, which says so', async () => {
    const plans = await plansOf([1]);
    let waiting: ReturnType<typeof queueSweep> | undefined;
    await new Promise((onNoWorker) => {
      waiting = queueSweep(plans, { out: out(), queue, onNoWorker });
    });
    await withQueue(async (jobs) => {
      const job = await jobs.getJob(jobIdOf(plans[0]!.run));
      await job?.updateData({ ...job.data, engineVersion: '0123456789abcdef' });
    });
    expect((await serve()).outcome).toEqual({ ran: 0, present: 0, failed: 1 });
    const { failed } = await waiting!;
    expect(failed.map(({ plan }) => plan.run)).toEqual([plans[0]!.run]);
    expect(failed[0]!.message).toMatch(
      /^worker on \S+ has engine [0-9a-f]{12}, the run asks for engine 0123456789ab: the same/,
    );
    expect(bytesOf(out())).toEqual({});
  });

  it.each<[string, (data: RunJob) => Partial<RunJob>, RegExp]>([
    [
      'another trace of that name',
      () => ({ trace: 'gsm8k' }),
      /^worker on \S+ has another trace gsm8k: sha256 [0-9a-f]{12}, the run asks for [0-9a-f]{12}$/,
    ],
    [
      'a trace that the host lacks',
      () => ({ trace: '/nowhere/t.arrow' }),
      /^worker on \S+ cannot read trace \/nowhere\/t.arrow: no such file \(\/nowhere\/t.arrow\)$/,
    ],
    [
      'the scenario of another run',
      ({ scenario }) => ({ scenario: { ...scenario, seed: 7 } }),
      /^the job of run [0-9a-f]{16} holds the scenario of run [0-9a-f]{16}$/,
    ],
    ['no scenario', () => ({ scenario: undefined as never }), /^not a job of this version/],
  ])('fail with %s', async (_, change, message) => {
    const plans = await plansOf([1]);
    await enqueueRuns(plans, { queue });
    await withQueue(async (jobs) => {
      const job = await jobs.getJob(jobIdOf(plans[0]!.run));
      await job?.updateData({ ...job.data, ...change(job.data) });
    });
    const { ends } = await serve();
    const end = Object.values(ends)[0] as JobEnd & { message: string };
    expect(end.state).toBe('failed');
    expect(end.message).toMatch(message);
    expect(bytesOf(out())).toEqual({});
  });

  it('fail for those who wait when workers write to another folder', async () => {
    const plans = await plansOf([1]);
    const stop = new AbortController();
    const worker = runWorker({ out: join(root, 'elsewhere'), queue, signal: stop.signal });
    const { failed } = await queueSweep(plans, { out: out(), queue, settleMs: 200 });
    stop.abort();
    expect(await worker).toEqual({ ran: 1, present: 1, failed: 0 });
    expect(failed[0]!.message).toBe(
      `a worker did it, but not in ${out()}: give all workers this folder (--out)`,
    );
  });

  it('stay in the queue when the wait for them is broken off', async () => {
    const plans = await plansOf([1, 2]);
    const stop = new AbortController();
    const idle: string[] = [];
    const sweep = queueSweep(plans, {
      out: out(),
      queue,
      signal: stop.signal,
      onNoWorker: (name) => {
        idle.push(name);
        stop.abort(new Error('broken off'));
      },
    });
    await expect(sweep).rejects.toThrow('broken off');
    expect(idle).toEqual([queue]);
    expect((await serve()).outcome).toEqual({ ran: 2, present: 0, failed: 0 });
    expect(await queueSweep(plans, { out: out(), queue })).toMatchObject({ ran: 0, skipped: 2 });
  });

  it('do not hold those who leave while the server is away', async () => {
    const other = await startRedis();
    vi.stubEnv(redisVariable, other.url);
    const stop = new AbortController();
    const troubles = new Set<string>();
    const options = {
      out: out(),
      onTrouble: (trouble: string) => troubles.add(trouble),
      signal: stop.signal,
    };
    const plans = await plansOf([1]);
    let sweep: Promise<unknown> | undefined;
    await new Promise((onNoWorker) => {
      sweep = queueSweep(plans, { ...options, queue, onNoWorker });
    });
    let worker: Promise<unknown> | undefined;
    await new Promise((onReady) => {
      worker = runWorker({ ...options, queue: `${queue}-empty`, workers: 1, onReady });
    });
    await other.stop();
    await vi.waitFor(() => expect(troubles).toContain('connection refused'));
    const both = Promise.allSettled([worker, sweep]);
    stop.abort(new Error('told to leave'));
    expect(await both).toEqual([
      { status: 'fulfilled', value: { ran: 0, present: 0, failed: 0 } },
      { status: 'rejected', reason: new Error('told to leave') },
    ]);
  });

  it('tell of a server that is away once, not at every attempt to come back', async () => {
    const other = await startRedis();
    vi.stubEnv(redisVariable, other.url);
    const stop = new AbortController();
    const troubles: string[] = [];
    const plans = await plansOf([1]);
    let sweep: Promise<unknown> | undefined;
    await new Promise((onNoWorker) => {
      sweep = queueSweep(plans, {
        out: out(),
        queue,
        signal: stop.signal,
        onTrouble: (trouble) => troubles.push(trouble),
        onNoWorker,
      });
    });
    await other.stop();
    await new Promise((done) => setTimeout(done, 1500));
    stop.abort(new Error('told to leave'));
    await expect(sweep).rejects.toThrow('told to leave');
    expect(troubles).toContain('connection refused');
    for (const [i, trouble] of troubles.entries()) expect(trouble).not.toBe(troubles[i - 1]);
    expect(troubles.length).toBeLessThan(5);
  });

  it('hold nothing of the connection, in the queue and in the folder', async () => {
    const plans = await plansOf([1]);
    await enqueueRuns(plans, { queue });
    const data = await withQueue(async (jobs) => (await jobs.getJob(jobIdOf(plans[0]!.run)))?.data);
    expect(data?.run).toBe(plans[0]!.run);
    expect(JSON.stringify(data)).not.toContain('open-sesame');
    await serve();
    for (const file of ['run.json', 'scenario.json', 'runs.arrow']) {
      const text = readFileSync(join(out(), (plans[0] as PlannedRun).run, file), 'latin1');
      expect(text).not.toContain('open-sesame');
      expect(text).not.toContain(String(server.port));
    }
  });
});
