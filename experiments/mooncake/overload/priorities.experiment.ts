import { type Cell, defineExperiment } from 'reprise';
import {
  halfWidth,
  overloaded,
  policies,
  regimes,
  seeded,
  seedInterval,
  ttftSloMs,
} from './systems.ts';
import { prioritisedTrace, urgentShare } from './traces.ts';

const trace = await prioritisedTrace();
const thresholds = [1, 0.98, 0.96];

function* cells(): Generator<Cell> {
  for (const policy of ['two-gates', 'early'] as const) {
    const scenario = overloaded(regimes.both, policies[policy]);
    for (const threshold of thresholds) {
      const limits = { lowPriorityThreshold: threshold, urgentFrom: 1 };
      const admission = { ...scenario.admission, ...limits } as typeof scenario.admission;
      yield* seeded({ policy, threshold }, { ...scenario, trace, admission });
    }
  }
}

export default defineExperiment({
  name: 'v3-overload-priorities',
  paper: 'mooncake',
  question: 'What do urgent requests gain where the others are held to a lower threshold?',
  scenarios: cells,
  tables: ['requests'],
  views: {
    by_priority: `
      SELECT c.policy, c.threshold, c.seed, t.priority, count(*) AS requests,
        count(*) FILTER (r.status = 'rejected') / count(*) AS rejected,
        count(*) FILTER (r.status = 'finished' AND r.ttft_ms <= ${ttftSloMs}) / count(*) AS served
      FROM requests r JOIN cells c USING (run)
        JOIN trace_requests t ON t.request_id = r.request_id
          AND t.trace = 'kimi-like-prioritised'
      GROUP BY ALL`,
    shares: `
      SELECT policy, threshold, if(priority = 1, 'urgent', 'other') AS class,
        100 * avg(rejected) AS rejected, ${halfWidth('100 * rejected')} AS half
      FROM by_priority GROUP BY ALL`,
  },
  charts: [
    {
      id: 'classes',
      title: {
        sql: `SELECT 'At 0.98 early rejection turns ' || round(max(rejected) FILTER (class = 'urgent'), 1)
            || ' % of urgent requests away and ' || round(max(rejected) FILTER (class = 'other'), 1)
            || ' % of the others'
          FROM shares WHERE policy = 'early' AND threshold = 0.98`,
      },
      subtitle: `Rejected by class and threshold of the others; ${100 * urgentShare} % urgent, drawn`,
      sql: `SELECT *, rejected - half AS low, rejected + half AS high FROM shares ORDER BY ALL`,
      spec: {
        layer: [
          {
            mark: { type: 'rule' },
            encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
          },
          {
            mark: { type: 'line', point: true },
            encoding: { y: { field: 'rejected', type: 'quantitative', title: 'rejected, %' } },
          },
        ],
        encoding: {
          x: {
            field: 'threshold',
            type: 'quantitative',
            scale: { zero: false },
            title: 'threshold of the others',
          },
          color: { field: 'class', type: 'nominal' },
          strokeDash: { field: 'policy', type: 'nominal' },
        },
      },
      interval: seedInterval,
    },
  ],
  notes:
    'The paper names priorities and reports no figure. Both gates hold a request to the threshold ' +
    'of its class; the priorities are generated.',
});
