import { type Cell, defineExperiment } from 'reprise';
import { constants } from './profile.ts';
import { fcfs, hybrid, offline, online, type Policy, results, seeded, system } from './systems.ts';

const listed: Policy = { lists: 'lpt', sigma: 0 };

/** By name and prediction error; 0 for the true lengths, and for policies that ask for none. */
const policies: readonly [string, number, Policy][] = [
  ['fcfs', 0, fcfs],
  ['fcfs, fixed-part rule', 0, { ...fcfs, rule: 'fixed-part' }],
  ['fcfs, full-cost rule', 0, { ...fcfs, rule: 'full-cost' }],
  ['lists in turn', 0, { lists: 'round-robin', steal: 'none' }],
  ['shortest first', 0, { order: 'shortest-output' }],
  ['longest first', 0, { order: 'longest-output' }],
  ['lists, stealing', 0, listed],
  ['lists, stealing, fixed-part rule', 0, { ...listed, rule: 'fixed-part' }],
  ['lists, stealing, full-cost rule', 0, { ...listed, rule: 'full-cost' }],
  ...[0.1, 0.15, 0.2, 0.35].map((sigma): [string, number, Policy] => [
    'lists alone',
    sigma,
    offline(sigma),
  ]),
  ...[0.2, 0.35].map((sigma): [string, number, Policy] => ['queue alone', sigma, online(sigma)]),
  ...[0.2, 0.3, 0.35, 0.4].map((sigma): [string, number, Policy] => [
    'hybrid',
    sigma,
    hybrid(sigma),
  ]),
  ['hybrid, full-cost rule', 0.2, { ...hybrid(0.2), rule: 'full-cost' }],
  ['hybrid, prefill first', 0.35, { ...hybrid(0.35), rule: 'prefill-first' }],
  ['hybrid, full-cost rule', 0.35, { ...hybrid(0.35), rule: 'full-cost' }],
  ['hybrid, exact rule', 0.35, { ...hybrid(0.35), rule: 'exact' }],
  ['hybrid, steals the longest', 0.2, { ...hybrid(0.2), steal: 'longest' }],
  ['hybrid, steals the longest', 0.35, { ...hybrid(0.35), steal: 'longest' }],
  ['hybrid, steals the longest', 0.38, { ...hybrid(0.38), steal: 'longest' }],
];

function* cells(): Generator<Cell> {
  for (const p0 of [0, 5]) {
    for (const [policy, sigma, one] of policies) {
      yield* seeded({ p0, policy, sigma }, system(one, { p0 }));
    }
  }
}

export default defineExperiment({
  name: 'ablation',
  paper: 'hybrid-scheduling',
  question: 'Which part of the hybrid shortens the backlog, and what does it cost in latency?',
  scenarios: cells,
  tables: 'summary',
  baselines: { paper: { policy: 'fcfs', sigma: 0 } },
  constants,
  views: {
    results,
    /** A row for each policy: means and standard deviations over prediction seeds. */
    ablation: `
      SELECT policy, sigma, p0, avg(simulated_s) AS total_s, stddev_samp(simulated_s) AS sd_s,
        100 * avg(util_round) AS util, 100 * stddev_samp(util_round) AS sd_util,
        avg(e2e_mean_ms) / 1000 AS latency_s, avg(prefill_steps) AS stages
      FROM results GROUP BY ALL`,
  },
  charts: [
    {
      id: 'latency',
      title: 'What shortens the backlog makes its requests wait longer',
      subtitle: 'Total time and mean latency of the policies, p0 = 0, means of 20 prediction seeds',
      sql: 'SELECT * FROM ablation WHERE p0 = 0 ORDER BY policy, sigma',
      spec: {
        mark: { type: 'point', filled: true, size: 70 },
        encoding: {
          x: {
            field: 'latency_s',
            type: 'quantitative',
            scale: { zero: false },
            title: 'mean latency, s',
          },
          y: {
            field: 'total_s',
            type: 'quantitative',
            scale: { zero: false },
            title: 'total time, s',
          },
          color: { field: 'policy', type: 'nominal', sort: null },
          size: { field: 'sigma', type: 'quantitative', title: 'prediction error' },
        },
      },
      interval: 'prediction errors, 20 seeds: standard deviations are in the view `ablation`',
    },
  ],
  notes:
    'Seed 91 of the outputs, 200 slots, calibrated profiles. Policies without a prediction error ' +
    'know the true lengths or ask for none; "lists" are by LPT, "stealing" takes the shortest.',
});
