import { defineExperiment } from 'reprise';
import { mooncake } from '../systems.ts';
import { halfOf, strategyAxis } from './common.ts';
import { v3Fig8 } from './strategy-claims.ts';

const base = {
  ...mooncake({ version: 'v3', prefill: 8, decode: 8 }),
  trace: 'toolagent-like',
  arrivals: { dequantise: true },
};
const { 'kv-cache-centric, min': _, ...strategy } = strategyAxis as Record<string, object>;
const rate = 'arrivals.rate.factor';

export default defineExperiment({
  name: 'v3-strategies',
  paper: 'mooncake',
  question: 'How do the strategies differ on requests like those of 2024, and near saturation?',
  scenarios: [
    { grid: { base, axes: { strategy, rate: { set: rate, to: [1, 2] } } }, repetitions: 5 },
    {
      grid: { base, axes: { strategy, rate: { set: rate, to: [1.4, 1.6, 1.8, 2.2] } } },
      seeds: [1],
    },
  ],
  tables: 'summary',
  views: {
    ttfts: `
      SELECT strategy, rate, avg(ttft_mean_ms) / 1000 AS mean, ${halfOf('ttft_mean_ms / 1000')} AS half,
        avg(ttft_p50_ms) / 1000 AS median
      FROM runs JOIN cells USING (run) GROUP BY ALL`,
  },
  claims: v3Fig8,
  charts: [
    {
      id: 'by-rate',
      title: 'The differences of 2024 are those of a cluster at its limit',
      subtitle: 'Mean TTFT by rate, toolagent-like (generated), LLaMA2-70B, 8P + 8D',
      sql: 'SELECT strategy, rate, mean AS ttft_s FROM ttfts ORDER BY strategy, rate',
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'rate', type: 'quantitative', title: 'rate, times that of the trace' },
          y: {
            field: 'ttft_s',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'mean TTFT, s',
          },
          color: { field: 'strategy', type: 'nominal' },
        },
      },
      interval: 'rates 1 and 2: means over 5 seeds; the others a single run',
    },
  ],
  notes:
    'The trace of 2024 was not obtained. toolagent-like is generated: 23,608 requests in an hour ' +
    'with the lengths and reuse of the tool-and-agent trace of 2025, another set of requests. ' +
    'DRAM of a node is not reported: 3 M tokens, as in 2025.',
});
