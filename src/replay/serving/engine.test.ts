import { describe, expect, it } from 'vitest';
import { createClock } from '../../cost/clock.ts';
import type { PolicySpec } from '../../policy/registry.ts';
import type { Scheduler } from '../../policy/scheduler.ts';
import { orders } from '../../scheduling/orders.ts';
import { placers, schedulers } from '../../scheduling/registries.ts';
import { replayServing } from './engine.ts';
import { KvMemory } from './kv-memory.ts';
import type { StepRow } from './sink.ts';
import { endReasons, taskStatus } from './task-columns.ts';
import type { Workload } from './workload.ts';

interface Request {
  atMs?: number;
  input?: number;
  output?: number;
}

/** Replays requests on instances whose every step lasts 1 ms. */
function replay(
  requests: readonly Request[],
  options: {
    scheduler?: Scheduler | PolicySpec;
    order?: string;
    capacity?: number;
    instances?: number;
    mode?: 'fast' | 'step';
    roundMs?: number;
  } = {},
) {
  const { scheduler = { kind: 'chunked-prefill' }, capacity = 1000, instances = 1 } = options;
  const n = requests.length;
  const workload: Workload = {
    count: n,
    row: Int32Array.from({ length: n }, (_, i) => i),
    arrivalMs: Float64Array.from(requests, ({ atMs = 0 }) => atMs),
    inputTokens: Int32Array.from(requests, ({ input = 1 }) => input),
    outputTokens: Int32Array.from(requests, ({ output = 1 }) => output),
    cancelAfterMs: null,
    parent: null,
    thinkMs: null,
    blocks: null,
    blockTokens: 1,
    uniqueBlocks: 0,
    hasMedia: false,
    arrivals: { mode: 'open' },
  };
  const rows: StepRow[] = [];
  const clock = createClock({
    kind: 'affine',
    roundMs: options.roundMs ?? 1,
    perSequenceMs: 0,
    prefillBatchMs: 1,
    prefillTokenMs: 0,
  });
  const seed = { seed: 1 };
  const outcome = replayServing({
    workload,
    instances: Array.from({ length: instances }, () => ({
      clock,
      layers: 1,
      memory: new KvMemory(capacity, 1, 0),
      scheduler:
        'plan' in scheduler ? (scheduler as Scheduler) : schedulers.create(scheduler, seed),
      order: orders.create({ kind: options.order ?? 'fcfs' }, seed),
    })),
    placer: placers.create({ kind: 'round-robin' }, seed),
    mode: options.mode ?? 'fast',
    sink: { step: (row) => rows.push({ ...row }), stay: () => {} },
  });
  return { ...outcome, rows };
}

describe('edge cases', () => {
  it('replays an empty workload to nothing', () => {
    const { steps, rows } = replay([]);
    expect(steps).toBe(0);
    expect(rows).toEqual([]);
  });

  it('serves one request that arrives at 0 and wants one token', () => {
    const { tasks, steps } = replay([{}]);
    expect(tasks.status[0]).toBe(taskStatus.finished);
    expect([tasks.firstTokenMs[0], tasks.endMs[0], steps]).toEqual([1, 1, 1]);
  });

  it('serves many arrivals of one moment: the first alone, the others together', () => {
    const { tasks } = replay(Array.from({ length: 100 }, () => ({ atMs: 5 })));
    expect(tasks.endMs[0]).toBe(6);
    expect(new Set(tasks.endMs.slice(1))).toEqual(new Set([7]));
  });

  it('rejects a prompt larger than the memory, with its reason, and goes on', () => {
    const { tasks } = replay([{ input: 1001 }, { input: 1000 }]);
    expect(tasks.status[0]).toBe(taskStatus.rejected);
    expect(endReasons[tasks.reason[0] as number]).toBe('kv-capacity');
    expect(tasks.instance[0]).toBe(-1);
    expect(tasks.status[1]).toBe(taskStatus.finished);
  });

  it('ends a request that outgrows the memory alone as unfinished', () => {
    const { tasks, preemptions } = replay([{ input: 4, output: 100 }], { capacity: 10 });
    expect(tasks.status[0]).toBe(taskStatus.unfinished);
    expect(endReasons[tasks.reason[0] as number]).toBe('kv-exhausted');
    expect(preemptions).toBe(0);
    // Six output tokens beside the prompt: the KV of the last one is written when it is read.
    expect(tasks.generated[0]).toBe(6);
  });

  it('preempts the decode that joined last and computes it again', () => {
    const { tasks, preemptions } = replay(
      [
        { input: 4, output: 5 },
        { input: 4, output: 5 },
      ],
      { capacity: 12 },
    );
    // Computed again beside the first one, it has to give way once more.
    expect(preemptions).toBe(2);
    expect([...tasks.preemptions]).toEqual([0, 2]);
    expect([...tasks.status]).toEqual([taskStatus.finished, taskStatus.finished]);
  });
});

describe('fast-forward', () => {
  it('takes the rounds of an undisturbed request in one row', () => {
    const { rows, steps } = replay([{ output: 101 }]);
    expect(steps).toBe(101);
    expect(rows.map(({ rounds }) => rounds)).toEqual([1, 100]);
  });

  it('lets an arrival wait for the end of the round it falls into', () => {
    const { tasks } = replay([{ output: 50 }, { atMs: 10.5 }]);
    expect(tasks.admittedMs[1]).toBe(11);
  });

  it('handles an arrival at the very end of a round before the round ends', () => {
    const { tasks } = replay([{ output: 50 }, { atMs: 10 }]);
    expect(tasks.admittedMs[1]).toBe(10);
  });

  it('keeps one row through arrivals that change nothing', () => {
    const full = { kind: 'chunked-prefill', maxSequences: 1 };
    const { rows } = replay([{ output: 50 }, { atMs: 10 }, { atMs: 20.5 }], { scheduler: full });
    expect(rows.map(({ rounds }) => rounds)).toEqual([1, 49, 1, 1]);
  });
});

describe('order of the queue', () => {
  const requests = [{ output: 9 }, { output: 3 }, { output: 1 }, { output: 5 }];
  const one = { kind: 'chunked-prefill', maxSequences: 1 };
  const finishing = (order: string) => {
    const { tasks } = replay(requests, { scheduler: one, order });
    return [0, 1, 2, 3].sort((a, b) => (tasks.endMs[a] as number) - (tasks.endMs[b] as number));
  };

  it('serves in order of arrival, or of output length', () => {
    expect(finishing('fcfs')).toEqual([0, 1, 2, 3]);
    // The first request is alone when it arrives; the order is that of the others.
    expect(finishing('shortest-output')).toEqual([0, 2, 1, 3]);
    expect(finishing('longest-output')).toEqual([0, 3, 1, 2]);
  });
});

describe('what schedulers may not do', () => {
  it('fails in step mode where a scheduler breaks its hold', () => {
    const chunked = schedulers.create({ kind: 'chunked-prefill', maxSequences: 4 }, { seed: 1 });
    let asked = 0;
    const fickle: Scheduler = {
      plan(view, out) {
        asked++;
        // Lets the second request wait for no reason that the engine can see, until asked again.
        if (view.decoding > 0 && asked < 6) out.decodes();
        else chunked.plan(view, out);
      },
    };
    const requests = [{ output: 20 }, { atMs: 1.5 }];
    expect(() => replay(requests, { scheduler: fickle, mode: 'step' })).toThrow(/hold was false/);
  });

  it('accepts a hold for so many rounds', () => {
    const chunked = schedulers.create({ kind: 'chunked-prefill', maxSequences: 4 }, { seed: 1 });
    let round = 0;
    const every8: Scheduler = {
      plan(view, out) {
        const rest = 8 - (round % 8);
        if (view.waiting > 0 && view.decoding > 0 && rest < 8) {
          out.decodes();
          out.hold({ rounds: rest });
        } else chunked.plan(view, out);
        round = view.decoding > 0 ? view.generated(view.decodingTask(0)) : 0;
      },
    };
    const { tasks } = replay([{ output: 40 }, { atMs: 1.5 }], { scheduler: every8 });
    expect(tasks.status[1]).toBe(taskStatus.finished);
  });

  it('wakes a scheduler that chose to do nothing until a time', () => {
    const chunked = schedulers.create({ kind: 'chunked-prefill' }, { seed: 1 });
    const late: Scheduler = {
      plan(view, out) {
        if (view.nowMs < 100) out.hold({ untilMs: 100 });
        else chunked.plan(view, out);
      },
    };
    const { tasks } = replay([{ atMs: 3 }, { atMs: 50 }], { scheduler: late });
    expect([...tasks.endMs]).toEqual([101, 101]);
  });

  it('refuses admissions that do not fit and work that is not there', () => {
    const greedy: Scheduler = {
      plan(view, out) {
        if (view.waiting > 0) out.admit(view.waitingTask(0));
      },
    };
    const two = [{ input: 6 }, { input: 6 }];
    expect(() => replay(two, { scheduler: greedy, capacity: 10 })).toThrow(/does not fit/);
    const idler: Scheduler = {
      plan(view, out) {
        if (view.waiting === 0) return;
        out.admit(view.waitingTask(0));
        out.work(view.prefillingTask(0), 99);
      },
    };
    expect(() => replay([{ input: 6 }], { scheduler: idler })).toThrow(/99 of 6 prompt tokens/);
  });

  it('fails where a scheduler decodes into memory that is not there', () => {
    const reckless: Scheduler = {
      plan(view, out) {
        while (view.waiting > 0) {
          const task = view.waitingTask(0);
          out.admit(task);
          out.work(task, view.tokensLeft(task));
        }
        if (view.decoding > 0) out.decodes();
      },
    };
    const one = [{ input: 9, output: 9 }];
    expect(() => replay(one, { scheduler: reckless, capacity: 10 })).toThrow(/did not preempt/);
  });
});
