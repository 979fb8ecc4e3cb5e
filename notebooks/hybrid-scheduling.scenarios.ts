/**
 * What hybrid-scheduling.html asks: the reference backlog under four policies with all tables, and
 * sweeps over how well lengths are known and over the fixed cost of a prefill stage.
 */
import { calibratedSigma } from '../experiments/hybrid-scheduling/profile.ts';
import {
  fcfs,
  hybrid,
  levelled,
  offline,
  online,
  type Policy,
  system,
} from '../experiments/hybrid-scheduling/systems.ts';

const seeds = [1, 2, 3, 4, 5];

/** Shown slot by slot. */
const shown = [fcfs, hybrid(calibratedSigma), levelled, { order: 'shortest-output' }].map(
  (policy) => ({ ...system(policy), seeds: { policy: 1 } }),
);

/** Under each seed of the predictions; with the true lengths they are all the same. */
function summaries(policy: Policy, p0 = 0) {
  const drawn = policy.sigma ? seeds : [1];
  return drawn.map((seed) => ({
    scenario: { ...system(policy, { p0 }), seeds: { policy: seed } },
    tables: 'summary',
  }));
}

const sigmas = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 1];
const errors = [offline, online, hybrid].flatMap((of) =>
  sigmas.flatMap((sigma) => summaries(of(sigma))),
);

const rules = ['prefill-first', 'full-cost', 'fixed-part', 'exact'] as const;
const costs = [0, 5, 10, 15, 20].flatMap((p0) => [
  ...summaries(fcfs, p0),
  ...rules.flatMap((rule) => summaries({ ...hybrid(calibratedSigma), rule }, p0)),
]);

export const scenarios = [...shown, ...errors, ...costs];
