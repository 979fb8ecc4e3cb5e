import { type Cell, defineExperiment } from 'reprise';
import {
  halfWidth,
  labelsOf,
  overloaded,
  policies,
  regimes,
  seeded,
  seedInterval,
} from './systems.ts';

/** Standard deviation of the logarithm of predicted over true length; 0: the truth. */
const sigmas = [0, 0.35, 0.7, 1.4];

function* cells(): Generator<Cell> {
  for (const name of ['decode', 'both'] as const) {
    for (const policy of ['early', 'predicted-later'] as const) {
      const scenario = overloaded(regimes[name], policies[policy]);
      yield* seeded({ ...labelsOf(regimes[name]), policy, sigma: -1 }, scenario);
    }
    for (const later of ['none', 'repeated'] as const) {
      const policy = later === 'none' ? 'lengths' : 'lengths-later';
      for (const sigma of sigmas) {
        const scenario = overloaded(regimes[name], {
          admission: { kind: 'early-oracle', laterArrivals: later },
          lengths: { kind: 'log-normal', sigma },
        });
        yield* seeded({ ...labelsOf(regimes[name]), policy, sigma }, scenario);
      }
    }
  }
}

export default defineExperiment({
  name: 'v3-overload-prediction-noise',
  paper: 'mooncake',
  question: 'How well must each output be predicted for early rejection to gain from it?',
  scenarios: cells,
  tables: 'summary',
  views: {
    shares: `
      SELECT c.rate, c.policy, c.sigma, avg(100 * rejected / requests) AS rejected,
        ${halfWidth('100 * rejected / requests')} AS half
      FROM runs JOIN cells c USING (run) GROUP BY ALL`,
  },
  charts: [
    {
      id: 'noise',
      title: {
        sql: `SELECT 'With later arrivals foreseen, ' || round(max(rejected) FILTER (sigma = 0), 1)
            || ' % are rejected with true lengths, '
            || round(max(rejected) FILTER (sigma = 1.4), 1) || ' % with an error of 1.4'
          FROM shares WHERE rate = 2 AND policy = 'lengths-later'`,
      },
      subtitle: 'Rejected by error of the predicted lengths, with and without later arrivals',
      sql: `SELECT 'rate x' || rate::INT AS regime, policy, sigma, rejected, rejected - half AS low,
          rejected + half AS high
        FROM shares WHERE sigma >= 0
        UNION ALL BY NAME
        SELECT 'rate x' || a.rate::INT AS regime, a.policy, s.sigma, a.rejected,
          a.rejected - a.half AS low, a.rejected + a.half AS high
        FROM shares a, (SELECT DISTINCT sigma FROM shares WHERE sigma >= 0) s WHERE a.sigma < 0
        ORDER BY ALL`,
      spec: {
        layer: [
          {
            mark: { type: 'area', opacity: 0.2 },
            encoding: {
              y: { field: 'low', type: 'quantitative' },
              y2: { field: 'high' },
              detail: { field: 'regime' },
            },
          },
          {
            mark: { type: 'line', point: true },
            encoding: { y: { field: 'rejected', type: 'quantitative', title: 'rejected, %' } },
          },
        ],
        encoding: {
          x: {
            field: 'sigma',
            type: 'quantitative',
            title: 'standard deviation of ln(predicted / true)',
          },
          color: { field: 'policy', type: 'nominal' },
          strokeDash: { field: 'regime', type: 'nominal' },
        },
      },
      interval: seedInterval,
    },
  ],
  notes:
    'Predicted lengths are the truth with log-normal error, an oracle. Seeds vary arrivals and ' +
    'errors together. The paper leaves prediction for each request to future work.',
});
