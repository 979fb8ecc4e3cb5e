import { type Cell, defineExperiment } from 'reprise';
import { rejections } from './claims.ts';
import {
  halfWidth,
  labelsOf,
  overloaded,
  policies,
  type Regime,
  regimes,
  seeded,
  seedInterval,
} from './systems.ts';

const map: readonly Regime[] = [2, 3, 4].flatMap((rate) =>
  [32, 34, 36].map((tbt) => ({ ...regimes.decode, rate, tbt })),
);
const others: readonly Regime[] = [
  regimes['decode-ttft-10'],
  regimes['both-ttft-10'],
  regimes['two-decode-nodes'],
  regimes['tools-decode'],
  regimes['tools-both'],
];

function* cells(): Generator<Cell> {
  for (const regime of [...map, ...others]) {
    for (const [policy, given] of Object.entries(policies)) {
      yield* seeded({ ...labelsOf(regime), policy }, overloaded(regime, given));
    }
  }
}

const group = 'workload, nodes, rate, tbt, ttft';
const better = `SELECT ${group}, max(change) FILTER (policy = 'early') AS early,
  max(half) FILTER (policy = 'early') AS half
  FROM changes WHERE beside = 'two-gates' GROUP BY ALL`;

export default defineExperiment({
  name: 'v3-overload-rejections',
  paper: 'mooncake',
  question: 'Who rejects least under overload: two gates, early rejection, or prediction?',
  scenarios: cells,
  tables: 'summary',
  baselines: { paper: { policy: 'two-gates' } },
  views: {
    rejected_by: `
      SELECT ${group}, policy, c.seed, rejected::DOUBLE AS rejected, requests
      FROM runs JOIN cells c USING (run)`,
    // Every policy against two others on the same arrivals, in percent of theirs.
    changes: `
      SELECT ${group}, a.policy, b.policy AS beside, avg(a.rejected) AS mean,
        100 * avg(a.rejected / a.requests) AS share,
        avg(100 * (a.rejected / b.rejected - 1)) AS change,
        ${halfWidth('100 * (a.rejected / b.rejected - 1)')} AS half
      FROM rejected_by a JOIN rejected_by b USING (${group}, seed)
      WHERE b.policy IN ('two-gates', 'early') AND a.policy <> b.policy GROUP BY ALL`,
  },
  claims: rejections,
  charts: [
    {
      id: 'order',
      title: {
        sql: `SELECT 'Early rejection turns fewer away in ' || count(*) FILTER (early + half < 0)
            || ' of ' || count(*) || ' regimes, more in ' || count(*) FILTER (early - half > 0)
          FROM (${better})`,
      },
      subtitle:
        'Rejections against two gates, %; by workload, nodes, multiple of the rate, SLOs in ms and s',
      sql: `SELECT workload || ' ' || nodes || ' x' || rate::INT || ' ' || tbt::INT || '/' || ttft::INT
          AS regime, policy, change,
          change - half AS low, change + half AS high
        FROM changes WHERE beside = 'two-gates' ORDER BY ALL`,
      spec: {
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 2 },
            encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
          },
          {
            mark: { type: 'point', filled: true },
            encoding: {
              x: { field: 'change', type: 'quantitative', title: 'rejections, % of change' },
            },
          },
        ],
        encoding: {
          y: { field: 'regime', type: 'nominal', title: null },
          yOffset: { field: 'policy' },
          color: { field: 'policy', type: 'nominal' },
        },
      },
      interval: seedInterval,
    },
  ],
  notes:
    'Threshold 1, the clock of the measured node, arrivals spread over their ticks. ' +
    'The trace of the paper was not obtained; toolagent-like is generated. `later`: arrivals until ' +
    'the landing are foreseen by repetition, which is ours; `oracle` knows every length.',
});
