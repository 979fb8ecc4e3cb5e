/**
 * The schedulers that choose whom to serve, on random systems with time: they keep the contract of
 * Plan, hold what they say they hold, and decide the same whether they are asked every round or
 * only when something has happened.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Registry } from '../../policy/registry.ts';
import type { Scheduler } from '../../policy/scheduler.ts';
import { randomRounds } from '../testing/random-rounds.ts';
import { runRounds } from '../testing/round-engine.ts';
import { andes } from './andes.ts';
import { learningToRank } from './learning-to-rank.ts';
import { leastLaxity } from './least-laxity.ts';
import { skipJoinMlfq } from './skip-join-mlfq.ts';
import { srpt } from './srpt.ts';
import { vtc } from './vtc.ts';

fc.configureGlobal({ seed: 35, numRuns: 150 });

const registry = new Registry<Scheduler>('scheduler', [
  srpt,
  learningToRank,
  skipJoinMlfq,
  vtc,
  andes,
  leastLaxity,
]);

const specs = [
  { kind: 'srpt' },
  { kind: 'srpt', limit: 1, margin: 3 },
  { kind: 'learning-to-rank', starvationMs: 40 },
  { kind: 'skip-join-mlfq', quantumMs: 6, levels: 4, starvationMs: 90 },
  { kind: 'vtc' },
  { kind: 'andes', ttftMs: 40, tokensPerSecond: 60, horizonMs: 300, intervalMs: 20, maxPauses: 3 },
];
const step = fc.record({
  batching: fc.constantFrom('mixed', 'exclusive'),
  budget: fc.integer({ min: 2, max: 60 }),
  maxSequences: fc.integer({ min: 1, max: 12 }),
});

describe.each([...specs.flatMap((spec) => [spec]), { kind: 'least-laxity', tbtMs: 30 }])(
  '$kind on random systems',
  (spec) => {
    it('decides the same asked every round or seldom, and everybody finishes', () => {
      fc.assert(
        fc.property(randomRounds, step, (system, { batching, ...limits }) => {
          const shape = spec.kind === 'least-laxity' ? {} : { batching };
          const run = (mode: 'fast' | 'step') =>
            runRounds(system, registry.create({ ...spec, ...limits, ...shape }, { seed: 1 }), mode);
          const fast = run('fast');
          const slow = run('step');
          expect(slow.log).toEqual(fast.log);
          expect(slow.requests).toEqual(fast.requests);
          expect(slow.rounds).toBe(fast.rounds);
          for (const { status } of fast.requests) expect(status).toBe('finished');
        }),
      );
    });
  },
);
