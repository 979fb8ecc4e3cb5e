import { defineExperiment } from 'reprise';
import { mooncake } from '../systems.ts';
import { layerWise } from './claims.ts';
import { clockAxis } from './common.ts';

export default defineExperiment({
  name: 'fast25-layer-wise',
  paper: 'mooncake',
  question: 'What does it save to move KV layer by layer while a prompt is computed?',
  scenarios: {
    grid: {
      base: mooncake({ version: 'fast25', prefill: 8, decode: 8 }),
      axes: {
        workload: { set: 'trace', to: ['conversation', 'synthetic'] },
        streaming: { set: 'network.streaming', to: ['layer-wise', 'serial'] },
        clock: clockAxis,
      },
    },
  },
  tables: ['requests'],
  views: {
    served: `
      SELECT workload, streaming, clock, avg(ttft_ms) / 1000 AS ttft_s,
        quantile_cont(ttft_ms, 0.5) / 1000 AS ttft_p50_s, avg(tbt_top10_ms) AS tbt_ms,
        avg(max_gap_ms) AS gap_ms
      FROM requests JOIN cells USING (run) GROUP BY ALL`,
  },
  claims: layerWise,
  charts: [
    {
      id: 'ttft',
      title: {
        sql: `SELECT 'Layer by layer, the first token comes '
            || min(saved) || ' to ' || max(saved) || ' % sooner, and the longest gap is '
            || round(min(gaps), 1) || ' to ' || round(max(gaps), 1) || ' times shorter'
          FROM (SELECT workload, clock, round(100 * (1 - max(ttft_s) FILTER (streaming = 'layer-wise')
              / max(ttft_s) FILTER (streaming = 'serial')), 1) AS saved,
            max(gap_ms) FILTER (streaming = 'serial')
              / max(gap_ms) FILTER (streaming = 'layer-wise') AS gaps
            FROM served GROUP BY ALL)`,
      },
      subtitle: 'Mean TTFT, 8P + 8D at the rate of each trace',
      sql: `SELECT workload || ', ' || clock AS system, streaming, ttft_s FROM served ORDER BY ALL`,
      spec: {
        mark: 'bar',
        encoding: {
          y: { field: 'system', type: 'nominal', title: null },
          yOffset: { field: 'streaming' },
          x: { field: 'ttft_s', type: 'quantitative', title: 'mean TTFT, s' },
          color: { field: 'streaming', type: 'nominal' },
        },
      },
    },
  ],
  notes:
    'serial: load the prefix, compute, store, then send the whole prompt to the decode node. ' +
    'The papers measure one node alone (arXiv v3, figure 7), not the cluster.',
});
