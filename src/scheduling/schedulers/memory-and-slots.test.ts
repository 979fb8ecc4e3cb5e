/**
 * Schedulers of whole queues on random systems with time, with client slots and without, and with
 * memory from tight to loose: nobody is admitted without a slot, everybody finishes, and holds are
 * kept.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Registry } from '../../policy/registry.ts';
import type { Scheduler } from '../../policy/scheduler.ts';
import { randomRounds } from '../testing/random-rounds.ts';
import { runRounds } from '../testing/round-engine.ts';
import { chunkedPrefill } from './chunked-prefill.ts';
import { decodePool } from './decode-pool.ts';
import { exclusiveBatching } from './exclusive-batching.ts';
import { exclusiveBatchingPlus } from './exclusive-batching-plus.ts';
import { slotsQueue } from './hybrid/slots-queue.ts';
import { prefillFirst } from './prefill-first.ts';

const registry = new Registry<Scheduler>('scheduler', [
  chunkedPrefill,
  decodePool,
  exclusiveBatching,
  exclusiveBatchingPlus,
  prefillFirst,
  slotsQueue,
]);

describe.each([
  { kind: 'chunked-prefill', budget: 20 },
  { kind: 'decode-pool', recomputeTokens: 7 },
  { kind: 'prefill-first', watermark: 0.1 },
  { kind: 'slots-queue', watermark: 0.1 },
  { kind: 'eb', k: 3 },
  { kind: 'eb', k: 0, prefillFixedMs: 900, maxSequences: 8 },
  { kind: 'eb-plus', k: 2, windowTokens: 60, crossover: 0.4 },
])('$kind on random systems', (spec) => {
  it('decides the same asked every round or seldom, and everybody finishes', () => {
    fc.assert(
      fc.property(randomRounds, (system) => {
        const run = (mode: 'fast' | 'step') =>
          runRounds(system, registry.create(spec, { seed: 1 }), mode);
        const fast = run('fast');
        expect(run('step').log).toEqual(fast.log);
        for (const { status } of fast.requests) expect(status).toBe('finished');
      }),
      { seed: 36, numRuns: 200 },
    );
  });
});
