import { type Cell, defineExperiment } from 'reprise';
import { constants } from './profile.ts';
import { fcfs, hybrid, offline, online, type Policy, results, seeded, system } from './systems.ts';

const sigmas = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5];

const policies: Readonly<Record<string, (sigma: number) => Policy>> = {
  'lists alone': offline,
  'queue alone': online,
  hybrid,
};

function* cells(): Generator<Cell> {
  yield* seeded({ policy: 'fcfs', sigma: 0 }, system(fcfs), 10);
  for (const [policy, of] of Object.entries(policies)) {
    for (const sigma of sigmas) yield* seeded({ policy, sigma }, system(of(sigma)), 10);
  }
}

export default defineExperiment({
  name: 'prediction-error',
  paper: 'hybrid-scheduling',
  question: 'How well must lengths be known for an assignment to pay?',
  scenarios: cells,
  tables: 'summary',
  constants,
  views: {
    results,
    by_error: `
      SELECT policy, sigma, 100 * avg(util_round) AS util, avg(simulated_s) AS total_s,
        avg(e2e_mean_ms) / 1000 AS latency_s,
        100 * min(util_round) AS low, 100 * max(util_round) AS high
      FROM results GROUP BY ALL`,
    /** Where a policy falls to the baseline: between two errors of the sweep, by a straight line. */
    crossover: `
      SELECT policy, min(sigma + (following - sigma) * (util - base) / (util - falls)) AS sigma
      FROM (SELECT *, lead(sigma) OVER w AS following, lead(util) OVER w AS falls,
          (SELECT util FROM by_error WHERE policy = 'fcfs') AS base
        FROM by_error WHERE policy <> 'fcfs' WINDOW w AS (PARTITION BY policy ORDER BY sigma))
      WHERE util >= base AND falls < base GROUP BY policy`,
  },
  charts: [
    {
      id: 'crossover',
      title: {
        sql: `SELECT 'Lists that are never mended fall below first come, first served at an error of '
          || round(sigma, 2) FROM crossover WHERE policy = 'lists alone'`,
      },
      subtitle: 'Utilisation by prediction error, p0 = 0; lowest and highest of 10 seeds',
      sql: `
        SELECT * FROM by_error WHERE policy <> 'fcfs'
        UNION ALL BY NAME
        SELECT 'fcfs' AS policy, s.sigma, f.util, f.low, f.high
        FROM (SELECT DISTINCT sigma FROM by_error) s, by_error f WHERE f.policy = 'fcfs'
        ORDER BY policy, sigma`,
      spec: {
        layer: [
          {
            mark: 'area',
            encoding: {
              y: { field: 'low', type: 'quantitative' },
              y2: { field: 'high' },
              opacity: { value: 0.2 },
            },
          },
          {
            mark: { type: 'line', point: true },
            encoding: {
              y: {
                field: 'util',
                type: 'quantitative',
                scale: { zero: false },
                title: 'slots that decode, % of rounds',
              },
            },
          },
        ],
        encoding: {
          x: {
            field: 'sigma',
            type: 'quantitative',
            title: 'standard deviation of ln(predicted / true)',
          },
          color: { field: 'policy', type: 'nominal' },
        },
      },
      interval: 'prediction errors, 10 seeds, lowest and highest',
    },
  ],
  notes: 'Seed 91 of the outputs, 200 slots, p0 = 0. At 0 the true lengths are known.',
});
