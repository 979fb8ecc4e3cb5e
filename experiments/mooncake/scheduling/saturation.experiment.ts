import { type Cell, defineExperiment } from 'reprise';
import { type ClockName, mooncake } from '../systems.ts';
import { strategies } from './published.ts';
import { fast25Saturation } from './strategy-claims.ts';

const rates = [0.5, 0.75, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.2];
const prefillNodes = [5, 6, 7, 8, 9, 10];

/** By rate with 8 prefill nodes, and by split at the rate of the trace. */
function* cells(): Iterable<Cell> {
  for (const clock of ['measured', 'analytic'] as ClockName[]) {
    for (const strategy of strategies) {
      for (const rate of rates) yield cell({ clock, strategy, rate, prefill: 8 });
      for (const prefill of prefillNodes) {
        if (prefill !== 8) yield cell({ clock, strategy, rate: 1, prefill });
      }
    }
  }
}

function cell(labels: { clock: ClockName; strategy: string; rate: number; prefill: number }): Cell {
  const { clock, strategy, rate, prefill } = labels;
  const placement = { kind: strategy };
  return {
    labels,
    scenario: {
      ...mooncake({ version: 'fast25', prefill, decode: 16 - prefill, clock, placement }),
      trace: 'conversation',
      arrivals: { dequantise: true, rate: { factor: rate } },
    },
  };
}

const line = {
  mark: { type: 'line', point: true },
  encoding: {
    y: {
      field: 'ttft_s',
      type: 'quantitative',
      scale: { type: 'log' },
      title: 'mean TTFT, s',
    },
    color: { field: 'strategy', type: 'nominal' },
  },
};
const over = (field: string, title: string) => ({
  ...line,
  encoding: { ...line.encoding, x: { field, type: 'quantitative', title } },
});

export default defineExperiment({
  name: 'fast25-saturation',
  paper: 'mooncake',
  question: 'How near to saturation must the cluster be for the strategies to differ as published?',
  scenarios: cells,
  tables: 'summary',
  views: {
    by_load: `
      SELECT cells.clock, rate, prefill, max(ttft_mean_ms) FILTER (strategy = 'random') / 1000 AS random,
        max(ttft_mean_ms) FILTER (strategy = 'load-balancing') / 1000 AS balanced,
        max(ttft_mean_ms) FILTER (strategy = 'cache-aware') / 1000 AS aware,
        max(ttft_mean_ms) FILTER (strategy = 'kv-cache-centric') / 1000 AS centric
      FROM runs JOIN cells USING (run) GROUP BY ALL`,
  },
  claims: fast25Saturation,
  charts: [
    {
      id: 'by-rate',
      title: {
        sql: `SELECT 'At ' || max(rate) FILTER (centric <= 10) || ' times the rate Algorithm 1 '
            || 'still answers within 10 s on average; load balancing up to '
            || max(rate) FILTER (balanced <= 10)
          FROM by_load WHERE clock = 'measured' AND prefill = 8`,
      },
      subtitle: 'Mean TTFT by arrival rate, conversation, 8P + 8D, measured clock',
      sql: `SELECT strategy, rate, ttft_mean_ms / 1000 AS ttft_s FROM runs JOIN cells USING (run)
        WHERE cells.clock = 'measured' AND prefill = 8 ORDER BY strategy, rate`,
      spec: over('rate', 'rate, times that of the trace'),
    },
    {
      id: 'by-split',
      title: 'With fewer prefill nodes the strategies part, as near saturation',
      subtitle: 'Mean TTFT by prefill nodes of 16, conversation at its own rate, measured clock',
      sql: `SELECT strategy, prefill, ttft_mean_ms / 1000 AS ttft_s FROM runs JOIN cells USING (run)
        WHERE cells.clock = 'measured' AND rate = 1 ORDER BY strategy, prefill`,
      spec: over('prefill', 'prefill nodes'),
    },
  ],
  notes:
    'Conversation, its ticks spread with one seed. The other assumptions are those of ' +
    'fast25-strategies. Rate and split of the published figure are not reported.',
});
