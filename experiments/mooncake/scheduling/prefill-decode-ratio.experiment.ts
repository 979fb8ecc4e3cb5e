import { type Cell, defineExperiment } from 'reprise';
import { type ClockName, mooncake } from '../systems.ts';
import { splits } from './claims.ts';
import { fast25 } from './published.ts';

function* cells(): Iterable<Cell> {
  for (const prefill of fast25.split.prefill) {
    for (const clock of ['measured', 'analytic'] as ClockName[]) {
      const system = mooncake({ version: 'fast25', prefill, decode: 16 - prefill, clock });
      yield {
        labels: { prefill, clock },
        scenario: { ...system, trace: 'synthetic' },
      };
    }
  }
}

export default defineExperiment({
  name: 'fast25-split',
  paper: 'mooncake',
  question: 'How many of 16 nodes should prefill?',
  scenarios: cells,
  tables: ['requests'],
  views: {
    served: `
      SELECT prefill, clock, run, avg(ttft_ms) / 1000 AS ttft_s,
        avg(tbt_top10_ms) AS tbt_ms,
        avg((status = 'finished' AND ttft_ms <= 10000
          AND coalesce(tbt_top10_ms <= 100, true))::INTEGER) AS effective
      FROM requests JOIN cells USING (run) GROUP BY ALL`,
  },
  claims: splits,
  charts: [
    {
      id: 'effective',
      title: {
        sql: `SELECT 'From ' || min(prefill)::INTEGER || ' to ' || max(prefill)::INTEGER
            || ' prefill nodes more than 96 % of requests are in time'
          FROM served WHERE clock = 'measured' AND effective > 0.96`,
      },
      subtitle: 'Requests with TTFT up to 10 s and TBT up to 100 ms, synthetic, 16 nodes',
      sql: `SELECT prefill, clock AS system, 100 * avg(effective) AS share
        FROM served GROUP BY ALL
        UNION ALL
        SELECT p, 'published', s FROM (SELECT unnest(${JSON.stringify(fast25.split.prefill)}) AS p,
          100 * unnest(${JSON.stringify(fast25.split.effective)}) AS s)
        ORDER BY 2, 1`,
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'prefill', type: 'quantitative', title: 'prefill nodes of 16' },
          y: { field: 'share', type: 'quantitative', title: 'effective requests, %' },
          color: { field: 'system', type: 'nominal' },
        },
      },
      interval: 'none: the replay draws nothing',
    },
  ],
  notes:
    'TBT of a request is the mean of its longest tenth of gaps. The arrivals of the trace, which ' +
    'are Poisson; threshold 4, 3 M tokens of DRAM a node.',
});
