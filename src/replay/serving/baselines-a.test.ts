/**
 * The schedulers that choose whom to serve, in the engine: on random systems with prefix caches,
 * sessions, cancellations and memory from hopeless to loose, both of its modes give equal tables.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepClock } from '../../cost/work.ts';
import type { PolicySpec } from '../../policy/registry.ts';
import { orders } from '../../scheduling/orders.ts';
import { placers, schedulers } from '../../scheduling/registries.ts';
import { replayServing } from './engine.ts';
import { KvMemory } from './kv-memory.ts';
import type { StepRow } from './sink.ts';
import { endReason } from './task-columns.ts';
import type { ObjectSystem } from './testing/object-types.ts';
import { type DyadicClock, type RandomSystem, randomSystem } from './testing/random-systems.ts';
import type { Workload } from './workload.ts';

const runs = { numRuns: 400, seed: 20261126 };

const specs: readonly PolicySpec[] = [
  { kind: 'srpt' },
  { kind: 'learning-to-rank', starvationMs: 40 },
  { kind: 'skip-join-mlfq', quantumMs: 6, levels: 4, starvationMs: 90 },
  { kind: 'vtc' },
  { kind: 'andes', ttftMs: 40, tokensPerSecond: 60, horizonMs: 300, intervalMs: 20, maxPauses: 3 },
  { kind: 'least-laxity', tbtMs: 30 },
];

const limits = fc.record({
  budget: fc.oneof(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 25, max: 300 })),
  maxSequences: fc.integer({ min: 1, max: 20 }),
  batching: fc.constantFrom('mixed', 'exclusive'),
});
const slots = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6 }));

describe.each(specs)('$kind in the engine', (spec) => {
  it('gives equal tables in both modes, and leaves nobody behind', () => {
    const property = fc.property(randomSystem(), limits, slots, (random, given, slots) => {
      const { batching, ...rest } = given;
      const policy = { ...spec, ...rest, ...(spec.kind === 'least-laxity' ? {} : { batching }) };
      const fast = run(random, policy, slots, 'fast');
      const step = run(random, policy, slots, 'step');
      expect(step).toEqual(fast);
      if (random.system.prefixCache !== null) return;
      // Nobody is left to wait, and only those that the whole memory cannot hold run out of it.
      expect([...fast.reason]).not.toContain(endReason.neverScheduled);
      const { capacityTokens, blockSize } = random.system.kv;
      for (const [task, { inputTokens, outputTokens }] of random.system.requests.entries()) {
        if (fast.reason[task] !== endReason.kvExhausted) continue;
        const blocks = Math.ceil((inputTokens + outputTokens) / blockSize);
        expect(blocks).toBeGreaterThan(Math.floor(capacityTokens / blockSize));
      }
    });
    fc.assert(property, runs);
  });
});

function run(random: RandomSystem, spec: PolicySpec, slots: number, mode: 'fast' | 'step') {
  const { system, clock } = random;
  const rows: StepRow[] = [];
  const stays: number[][] = [];
  const workload = workloadOf(system);
  const seed = { seed: 1 };
  const outcome = replayServing({
    workload,
    instances: Array.from({ length: system.instances }, () => {
      let finished = 0;
      return {
        clock: dyadicStepClock(clock),
        layers: 1,
        memory: new KvMemory(
          system.kv.capacityTokens,
          system.kv.blockSize,
          workload.blocks === null ? 0 : workload.uniqueBlocks,
        ),
        scheduler: schedulers.create(spec, seed),
        order: orders.create({ kind: 'fcfs' }, seed),
        slots,
        // A predictor that is wrong, and changes its mind when something finishes.
        predictor: {
          predict: (task: number) => 1 + ((task * 7 + finished) % 31),
          observe: () => {
            finished++;
          },
        },
        estimator: {
          prefillMs: (tokens: number, cached: number) => clock.fixedMs + (tokens - cached) / 8,
          roundMs: (sequences: number, context: number) =>
            clock.fixedMs + sequences / 8 + context / 128,
        },
      };
    }),
    placer: placers.create({ kind: system.placement }, seed),
    mode,
    sink: {
      step: (row) => rows.push({ ...row }),
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

function workloadOf({ requests, arrivals, prefixCache }: ObjectSystem): Workload {
  const offsets = new Int32Array(requests.length + 1);
  const values: number[] = [];
  for (const [i, request] of requests.entries()) {
    values.push(...(request.blocks ?? []));
    offsets[i + 1] = values.length;
  }
  return {
    count: requests.length,
    row: Int32Array.from(requests, (_, i) => i),
    arrivalMs: Float64Array.from(requests, (one) => one.arrivalMs),
    inputTokens: Int32Array.from(requests, (one) => one.inputTokens),
    outputTokens: Int32Array.from(requests, (one) => one.outputTokens),
    cancelAfterMs: Float64Array.from(requests, (one) => one.cancelAfterMs ?? Number.NaN),
    parent: Int32Array.from(requests, (one) => one.parentIndex ?? -1),
    thinkMs: Float64Array.from(requests, (one) => one.thinkMs ?? 0),
    tenant: Int32Array.from(requests, (_, i) => i % 3),
    blocks: prefixCache === null ? null : { offsets, values: Int32Array.from(values) },
    blockTokens: prefixCache?.blockTokens ?? 1,
    uniqueBlocks: values.length === 0 ? 1 : Math.max(...values) + 1,
    hasMedia: false,
    arrivals,
  };
}

function dyadicStepClock(clock: DyadicClock): StepClock {
  return {
    name: 'dyadic',
    decode(batch, _context, line) {
      line.aMs = clock.fixedMs + clock.perDecodeMs * batch;
      line.bMs = clock.perContextTokenMs;
      line.validTo = Number.POSITIVE_INFINITY;
    },
    stepMs({ segments }) {
      const segment = segments[0] as (typeof segments)[number];
      let ms = clock.fixedMs + clock.perDecodeMs * segment.decodeSequences;
      ms += clock.perContextTokenMs * segment.decodeKvRead;
      for (let i = 0; i < segment.prefillCount; i++) {
        const rows = segment.prefillRows[i] as number;
        const past = (segment.prefillKeys[i] as number) - rows;
        ms += clock.perPrefillTokenMs * rows + clock.perPrefillPairMs * rows * (past + rows / 2);
      }
      return ms;
    },
  };
}
