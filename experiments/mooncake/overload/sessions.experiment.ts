import { type Cell, defineExperiment } from 'reprise';
import { mooncake } from '../systems.ts';

const rates = [1, 2, 4];

function* cells(): Generator<Cell> {
  const system = mooncake({ version: 'v3', prefill: 8, decode: 8 });
  for (const mode of ['open', 'session'] as const) {
    for (const rate of rates) {
      yield {
        labels: { mode, rate },
        scenario: {
          ...system,
          trace: 'conversation',
          arrivals: { mode, sessions: 'inferred', dequantise: true, rate: { factor: rate } },
        },
      };
    }
  }
}

export default defineExperiment({
  name: 'v3-overload-sessions',
  paper: 'mooncake',
  question: 'What does it change that a turn cannot come before the answer to the turn before?',
  scenarios: cells,
  tables: 'summary',
  views: {
    by_mode: `
      SELECT c.mode, c.rate, causality_violations, cached_tokens / input_tokens AS cached,
        ttft_mean_ms / 1000 AS ttft_s, ttft_p90_ms / 1000 AS ttft_p90_s, simulated_s
      FROM runs JOIN cells c USING (run)`,
  },
  claims: [],
  charts: [
    {
      id: 'modes',
      title: {
        sql: `SELECT 'Replayed at four times the rate, ' || max(causality_violations)
            || ' turns come before the answer that they continue'
          FROM by_mode WHERE rate = 4`,
      },
      subtitle:
        'Mean time to first token by rate, turns at their recorded times or after their parents',
      sql: 'FROM by_mode ORDER BY ALL',
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'rate', type: 'quantitative', title: "multiple of the trace's rate" },
          y: { field: 'ttft_s', type: 'quantitative', title: 'mean TTFT, s' },
          color: { field: 'mode', type: 'nominal' },
        },
      },
    },
  ],
  notes:
    'Everyone is taken in. A turn is inferred to continue the latest request that used the deepest ' +
    'block it shares; it waits for that one and for its own recorded time.',
});
