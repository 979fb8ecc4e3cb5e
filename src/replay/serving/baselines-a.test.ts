/**
 * The schedulers that choose whom to serve, in the engine: on random systems with prefix caches,
 * sessions, cancellations and memory from hopeless to loose, with prompts computed in place or
 * elsewhere, both of its modes give equal tables.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Placer } from '../../policy/placer.ts';
import type { PolicySpec } from '../../policy/registry.ts';
import { orders } from '../../scheduling/orders.ts';
import { placers, schedulers } from '../../scheduling/registries.ts';
import { type InstanceSetup, replayServing } from './engine.ts';
import { KvMemory } from './kv-memory.ts';
import type { StepRow } from './sink.ts';
import { endReason } from './task-columns.ts';
import { type RandomSystem, randomSystem } from './testing/random-systems.ts';
import { dyadicStepClock, workloadOf } from './testing/random-workload.ts';

const runs = { numRuns: 60, seed: 20261126 };

const specs: readonly PolicySpec[] = [
  { kind: 'srpt' },
  { kind: 'learning-to-rank', starvationMs: 40 },
  { kind: 'skip-join-mlfq', quantumMs: 6, levels: 4, starvationMs: 90 },
  { kind: 'vtc' },
  { kind: 'andes', ttftMs: 40, tokensPerSecond: 60, horizonMs: 300, intervalMs: 20, maxPauses: 3 },
  { kind: 'least-laxity', tbtMs: 30 },
];

const stages = ['prefill', 'decode'] as const;

const limits = fc.record({
  budget: fc.oneof(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 25, max: 300 })),
  maxSequences: fc.integer({ min: 1, max: 20 }),
  batching: fc.constantFrom('mixed', 'exclusive'),
});
/** Whether prompts are computed on one instance and decoded on another. */
const shape = fc.record({ apart: fc.boolean(), firstToken: fc.constantFrom(...stages) });
const slots = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6 }));

describe.each(specs)('$kind in the engine', (spec) => {
  it('gives equal tables in both modes, and leaves nobody behind', () => {
    const property = fc.property(
      randomSystem(),
      limits,
      slots,
      shape,
      (random, given, slots, shape) => {
        const { batching, ...rest } = given;
        const policy = { ...spec, ...rest, ...(spec.kind === 'least-laxity' ? {} : { batching }) };
        const fast = run(random, policy, slots, shape, 'fast');
        const step = run(random, policy, slots, shape, 'step');
        expect(step).toEqual(fast);
        if (random.system.prefixCache !== null && !shape.apart) return;
        // Nobody is left to wait, and only those that the whole memory cannot hold run out of it.
        expect([...fast.reason]).not.toContain(endReason.neverScheduled);
        const { capacityTokens, blockSize } = random.system.kv;
        for (const [task, { inputTokens, outputTokens }] of random.system.requests.entries()) {
          if (fast.reason[task] !== endReason.kvExhausted) continue;
          const blocks = Math.ceil((inputTokens + outputTokens) / blockSize);
          expect(blocks).toBeGreaterThan(Math.floor(capacityTokens / blockSize));
        }
      },
    );
    fc.assert(property, runs);
  });
});

const apartPlacer: Placer = {
  place: (_task, _view, out) => {
    out.prefill = 0;
    out.decode = 1;
  },
};

interface Shape {
  readonly apart: boolean;
  readonly firstToken: (typeof stages)[number];
}

function run(
  { system, clock }: RandomSystem,
  spec: PolicySpec,
  slots: number,
  { apart, firstToken }: Shape,
  mode: 'fast' | 'step',
) {
  const rows: StepRow[] = [];
  const stays: number[][] = [];
  const workload = {
    ...workloadOf(system),
    tenant: Int32Array.from(system.requests, (_, i) => i % 3),
  };
  const seed = { seed: 1 };
  const cached = workload.blocks !== null && !apart;
  const instance = (scheduler: PolicySpec): InstanceSetup => {
    let finished = 0;
    return {
      clock: dyadicStepClock(clock),
      layers: 1,
      memory: new KvMemory(
        system.kv.capacityTokens,
        system.kv.blockSize,
        cached ? workload.uniqueBlocks : 0,
      ),
      scheduler: schedulers.create(scheduler, seed),
      order: orders.create({ kind: 'fcfs' }, seed),
      // A predictor that is wrong, and changes its mind when something finishes.
      predictor: {
        predict: (task) => 1 + ((task * 7 + finished) % 31),
        observe: () => {
          finished++;
        },
      },
      estimator: {
        prefillMs: (tokens, cachedTokens) => clock.fixedMs + (tokens - cachedTokens) / 8,
        roundMs: (sequences, context) => clock.fixedMs + sequences / 8 + context / 128,
      },
      kvBytesPerToken: 1,
    };
  };
  const instances = apart
    ? [
        { ...instance({ kind: 'chunked-prefill', budget: 64 }), decodes: false },
        { ...instance(spec), prefills: false, slots },
      ]
    : Array.from({ length: system.instances }, () => ({ ...instance(spec), slots }));
  const outcome = replayServing({
    workload,
    instances,
    placer: apart ? apartPlacer : placers.create({ kind: system.placement }, seed),
    firstToken,
    ...(apart && {
      network: {
        discipline: 'fair',
        chunkBytes: 64,
        streaming: 'serial',
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
  const { status, reason, endMs, firstTokenMs, admittedMs, generated } = outcome.tasks;
  return {
    steps: outcome.steps,
    preemptions: outcome.preemptions,
    rows,
    stays,
    status,
    reason,
    endMs,
    firstTokenMs,
    admittedMs,
    generated,
  };
}
