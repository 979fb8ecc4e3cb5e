import { type Cell, defineExperiment } from 'reprise';
import { mooncake } from '../systems.ts';
import { thresholds } from './strategy-claims.ts';

/** As a label: nothing is ever sent. */
const never = 100;

function* cells(): Iterable<Cell> {
  for (const trace of ['conversation', 'synthetic']) {
    for (const load of [1, 1.6]) {
      for (const mode of ['paper', 'min']) {
        for (const threshold of [1, 1.5, 2, 4, 8, never]) {
          const kind = 'kv-cache-centric';
          const placement =
            threshold === never
              ? { kind, mode, transfers: false }
              : { kind, mode, balancingThreshold: threshold };
          const system = mooncake({ version: 'fast25', prefill: 8, decode: 8, placement });
          // Ticks are those of conversation; synthetic has none.
          const arrivals = { dequantise: trace === 'conversation', rate: { factor: load } };
          yield {
            labels: { trace, load, mode, threshold },
            scenario: { ...system, trace, arrivals },
          };
        }
      }
    }
  }
}

export default defineExperiment({
  name: 'fast25-threshold',
  paper: 'mooncake',
  question: 'How much does the balancing threshold matter, which is not published?',
  scenarios: cells,
  tables: 'summary',
  claims: thresholds,
  charts: [
    {
      id: 'threshold',
      title: {
        sql: `SELECT 'From threshold 1 to 8 the mean TTFT changes by at most '
            || round(100 * max(most / least - 1), 1) || ' %'
          FROM (SELECT trace, load, mode, max(ttft_mean_ms) AS most, min(ttft_mean_ms) AS least
            FROM (SELECT cells.trace, load, mode, threshold, ttft_mean_ms
              FROM runs JOIN cells USING (run))
            WHERE threshold <= 8 GROUP BY ALL)`,
      },
      subtitle: 'Mean TTFT by threshold and load, 8P + 8D; the rightmost never sends anything',
      sql: `SELECT cells.trace || ', load ' || load || ', ' || mode AS system,
          least(threshold, 16) AS threshold, ttft_mean_ms / 1000 AS ttft_s
        FROM runs JOIN cells USING (run) ORDER BY ALL`,
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: {
            field: 'threshold',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'threshold (16: never)',
          },
          y: {
            field: 'ttft_s',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'mean TTFT, s',
          },
          color: { field: 'system', type: 'nominal' },
        },
      },
    },
  ],
});
