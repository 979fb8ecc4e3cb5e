import { type Cell, defineExperiment } from 'reprise';
import { halfWidth, overloaded, policies, regimes, seeded, seedInterval } from './systems.ts';
import { alikeTrace } from './traces.ts';

const trace = await alikeTrace();
const loads = [
  { rate: 2, tbt: 30 },
  { rate: 3, tbt: 30 },
  { rate: 3, tbt: 32 },
  { rate: 2, tbt: 40, decode: 2 },
  { rate: 3, tbt: 40, decode: 2 },
];

function* cells(): Generator<Cell> {
  for (const load of loads) {
    const regime = { ...regimes.decode, ...load };
    for (const policy of ['two-gates', 'early', 'predicted', 'predicted-later'] as const) {
      const { groups, ...rest } = overloaded(regime, policies[policy]);
      const bare = groups.map((group) => ({ ...group, store: { kind: 'none' } }));
      const placement = { kind: 'load-balancing' };
      const scenario = { ...rest, groups: bare, placement, trace };
      yield* seeded({ decode: regime.decode, rate: load.rate, tbt: load.tbt, policy }, scenario);
    }
  }
}

export default defineExperiment({
  name: 'v3-overload-alike',
  paper: 'mooncake',
  question: 'What is left of the gain where it does not matter which request is turned away?',
  scenarios: cells,
  tables: 'summary',
  views: {
    changes: `
      SELECT a.decode, a.rate, a.tbt, a.policy, avg(100 * ra.rejected / ra.requests) AS share,
        avg(100 * (ra.rejected / rb.rejected - 1)) AS change,
        ${halfWidth('100 * (ra.rejected / rb.rejected - 1)')} AS half
      FROM cells a JOIN cells b USING (decode, rate, tbt, seed)
        JOIN runs ra ON ra.run = a.run JOIN runs rb ON rb.run = b.run
      WHERE b.policy = 'two-gates' AND a.policy <> b.policy GROUP BY ALL`,
  },
  claims: [],
  charts: [
    {
      id: 'alike',
      title: {
        sql: `SELECT 'Of requests that are all alike, early rejection turns '
            || round(min(change), 1) || ' to ' || round(max(change), 1) || ' % more away'
          FROM changes WHERE policy = 'early'`,
      },
      subtitle:
        'Rejections against two gates, %, by decode nodes, multiple of the rate and TBT SLO',
      sql: `SELECT decode::INT || 'D x' || rate::INT || ' ' || tbt::INT AS regime, policy, change,
          change - half AS low, change + half AS high
        FROM changes ORDER BY ALL`,
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
  notes: 'Prompts of 8,192 tokens, outputs of 343, no prefixes, 8 prefill nodes, no stores.',
});
