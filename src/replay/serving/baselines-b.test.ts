/**
 * Schedulers that plan ahead, wait for groups, or adapt: each decides the same whether it is asked
 * after every round or only when its hold ends, on random systems with wrong predictions, client
 * slots, prefix caches, cancellations, sessions, and prompts computed elsewhere; and each serves
 * every request that can be served.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LengthPredictor } from '../../policy/length-predictor.ts';
import type { Placer } from '../../policy/placer.ts';
import { type PolicySpec, Registry } from '../../policy/registry.ts';
import type { Scheduler } from '../../policy/scheduler.ts';
import { orders } from '../../scheduling/orders.ts';
import { chunkedPrefill } from '../../scheduling/schedulers/chunked-prefill.ts';
import { dynamicBatch } from '../../scheduling/schedulers/dynamic-batch.ts';
import { exclusiveBatching } from '../../scheduling/schedulers/exclusive-batching.ts';
import { exclusiveBatchingPlus } from '../../scheduling/schedulers/exclusive-batching-plus.ts';
import { insertBandit } from '../../scheduling/schedulers/insert-bandit.ts';
import { aMax, aMin } from '../../scheduling/schedulers/interval-bound.ts';
import { mcSf } from '../../scheduling/schedulers/mc-sf.ts';
import { nestedWait } from '../../scheduling/schedulers/nested-wait.ts';
import { sortedF } from '../../scheduling/schedulers/sorted-f.ts';
import { wait } from '../../scheduling/schedulers/wait.ts';
import { replayServing } from './engine.ts';
import { KvMemory } from './kv-memory.ts';
import { endReason, taskStatus } from './task-columns.ts';
import { type RandomSystem, randomSystem } from './testing/random-systems.ts';
import { dyadicStepClock, workloadOf } from './testing/random-workload.ts';
import type { Workload } from './workload.ts';

const schedulers = new Registry<Scheduler>('scheduler', [
  chunkedPrefill,
  mcSf,
  aMin,
  aMax,
  sortedF,
  wait,
  nestedWait,
  exclusiveBatching,
  exclusiveBatchingPlus,
  dynamicBatch,
  insertBandit,
]);

const maxSequences = fc.constantFrom(2, 5, 50);
const batching = fc.constantFrom('mixed', 'exclusive');
const maxBatchedTokens = fc.constantFrom(4, 30, 1000);
const maxWaitMs = fc.constantFrom(0, 2, 10, 64);
const k = fc.constantFrom(0, 1, 2, 4);
const spec = (kind: string, parameters: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ kind: fc.constant(kind), ...parameters }) as fc.Arbitrary<PolicySpec>;

const specs: Record<string, fc.Arbitrary<PolicySpec>> = {
  'mc-sf': spec('mc-sf', { maxSequences, batching }),
  'a-min': spec('a-min', { maxSequences, batching, width: fc.constantFrom(0, 0.5, 1) }),
  'a-max': spec('a-max', { maxSequences, batching, width: fc.constantFrom(0, 0.5, 1) }),
  'sorted-f': spec('sorted-f', { maxSequences, batching }),
  'wait, decodes go on': spec('wait', {
    maxSequences,
    batching,
    maxWaitMs,
    threshold: fc.constantFrom(0, 2, 4),
    shortestClass: fc.constantFrom(4, 16),
    fixedMs: fc.constantFrom(1, 10),
    perTokenMs: fc.constantFrom(0, 0.05),
  }),
  'wait, decodes wait': spec('wait', {
    maxSequences,
    maxWaitMs,
    decodes: fc.constant('wait'),
    threshold: fc.constantFrom(0, 2, 4),
    shortestClass: fc.constantFrom(4, 16),
  }),
  'nested-wait': spec('nested-wait', {
    maxSequences,
    batching,
    maxWaitMs,
    threshold: fc.constantFrom(1, 3, 6),
    firstSegment: fc.constantFrom(1, 5, 12),
    survival: fc.constantFrom(0.4, 1),
    buffer: fc.constantFrom(0, 0.2, 1),
  }),
  eb: spec('eb', { maxSequences, maxBatchedTokens, k }),
  'eb-plus': spec('eb-plus', {
    maxSequences,
    maxBatchedTokens,
    k,
    crossover: fc.constantFrom(0, 0.3, 0.6, 1),
    windowTokens: fc.constantFrom(8, 60, 100_000),
  }),
  'dynamic-batch': spec('dynamic-batch', {
    maxSequences,
    maxBatchedTokens,
    factor: fc.constantFrom(0.3, 0.95),
    slaMs: fc.constantFrom(0, 2, 4),
    toleranceMs: fc.constantFrom(0, 0.5),
    step: fc.constantFrom(1, 4),
    high: fc.constantFrom(6, 40),
    interval: fc.constantFrom(1, 3, 16),
  }),
  'insert-bandit': spec('insert-bandit', {
    maxSequences,
    maxBatchedTokens,
    idleWeight: fc.constantFrom(0.961, -1),
    idleRoundsWeight: fc.constantFrom(8.323, 0.3, -1),
  }),
};

interface Case {
  readonly random: RandomSystem;
  readonly scheduler: PolicySpec;
  readonly slots: number;
  readonly firstToken: 'prefill' | 'decode';
  readonly order: string;
  readonly error: number;
  /** One instance computes prompts, a second one decodes under the scheduler. */
  readonly apart: boolean;
}

function cases(scheduler: fc.Arbitrary<PolicySpec>): fc.Arbitrary<Case> {
  return fc.record({
    random: randomSystem({ schedulers: ['orca'], maxRequests: 30 }),
    scheduler,
    slots: fc.constantFrom(0, 0, 1, 4, 12),
    firstToken: fc.constantFrom('prefill' as const, 'decode' as const),
    order: fc.constantFrom('fcfs', 'fcfs', 'longest-prompt'),
    error: fc.constantFrom(0, 0.3, 2),
    apart: fc.constantFrom(false, false, true),
  });
}

/** Wrong by a factor of each task's own, and changing its mind whenever a request finishes. */
function driftingPredictor({ outputTokens }: Workload, error: number): LengthPredictor {
  let finished = 0;
  return {
    predict: (task) => {
      const off = ((task * 7) % 5) / 2 - 1 + (finished % 3) / 2;
      return Math.max(1, (outputTokens[task] as number) * Math.exp(error * off));
    },
    observe: () => {
      finished++;
    },
  };
}

const apartPlacer: Placer = {
  place: (_task, _view, out) => {
    out.prefill = 0;
    out.decode = 1;
  },
};
const coupledPlacer: Placer = {
  place: (task, view, out) => {
    out.prefill = task % view.instances;
    out.decode = out.prefill;
  },
};

function run(one: Case, mode: 'fast' | 'step') {
  const { system, clock } = one.random;
  const { capacityTokens, blockSize } = system.kv;
  const workload = workloadOf(system);
  const rows: unknown[] = [];
  const stays: unknown[] = [];
  const cached = system.prefixCache !== null && !one.apart;
  const instance = (scheduler: PolicySpec, stages: { prefills?: boolean; decodes?: boolean }) => ({
    ...stages,
    clock: dyadicStepClock(clock),
    layers: 1,
    memory: new KvMemory(capacityTokens, blockSize, cached ? workload.uniqueBlocks : 0),
    scheduler: schedulers.create(scheduler, { seed: 1 }),
    order: orders.create({ kind: one.order }, { seed: 1 }),
    predictor: driftingPredictor(workload, one.error),
    kvBytesPerToken: 1,
  });
  const both = { ...instance(one.scheduler, {}), slots: one.slots };
  const instances = one.apart
    ? [
        instance({ kind: 'chunked-prefill', budget: 64 }, { decodes: false }),
        { ...instance(one.scheduler, { prefills: false }), slots: one.slots },
      ]
    : Array.from({ length: Math.min(2, system.instances) }, (_, i) =>
        i === 0 ? both : { ...instance(one.scheduler, {}), slots: one.slots },
      );
  const { tasks, steps, preemptions } = replayServing({
    workload,
    instances,
    placer: one.apart ? apartPlacer : coupledPlacer,
    firstToken: one.firstToken,
    ...(one.apart && {
      network: {
        discipline: 'fair' as const,
        chunkBytes: 64,
        streaming: 'serial' as const,
        nicBytesPerMs: Float64Array.of(32, 32),
      },
    }),
    mode,
    sink: {
      step: (row) => {
        rows.push({ ...row });
        if (rows.length > 20_000) throw new Error('the scheduler goes round in circles');
      },
      stay: (...stay) => stays.push(stay),
    },
  });
  const { status, reason, instance: served, admittedMs, firstTokenMs, endMs, generated } = tasks;
  return {
    steps,
    preemptions,
    rows,
    stays,
    status,
    reason,
    served,
    admittedMs,
    firstTokenMs,
    endMs,
    generated,
  };
}

describe.each(Object.entries(specs))('%s', (_, scheduler) => {
  it('decides the same round by round and run by run, and leaves nobody behind', () => {
    fc.assert(
      fc.property(cases(scheduler), (one) => {
        const fast = run(one, 'fast');
        expect(run(one, 'step')).toEqual(fast);
        for (const [task, status] of fast.status.entries()) {
          expect(status).toBeGreaterThanOrEqual(taskStatus.finished);
          if (status === taskStatus.unfinished) {
            expect(fast.reason[task]).toBe(endReason.kvExhausted);
          }
        }
      }),
      { numRuns: 60, seed: 20261126 },
    );
  });
});
