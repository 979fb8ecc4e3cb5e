import { type Cell, defineExperiment } from 'reprise';
import { mooncake } from '../systems.ts';

const nodes = 8;
const sizes = [250_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 6_000_000, 12_000_000];

function* cells(): Iterable<Cell> {
  for (const workload of ['conversation', 'synthetic']) {
    for (const eviction of ['lru', 'reuse-rate']) {
      for (const tokens of sizes) {
        const { groups, ...rest } = mooncake({ version: 'fast25', prefill: nodes, decode: 8 });
        const [prefill, decode] = groups as [(typeof groups)[0], (typeof groups)[0]];
        const store = { kind: 'pool', dramTokens: tokens, eviction };
        yield {
          labels: { workload, eviction, tokens },
          scenario: {
            ...rest,
            trace: workload,
            arrivals: { dequantise: workload === 'conversation', rate: { factor: 1.6 } },
            groups: [{ ...prefill, store }, decode],
          },
        };
      }
    }
  }
}

export default defineExperiment({
  name: 'fast25-dram',
  paper: 'mooncake',
  question: 'How much DRAM is worth buying, and does a better eviction save some of it?',
  scenarios: cells,
  tables: ['steps'],
  views: {
    bought: `
      SELECT workload, eviction, tokens, dram_gib_h, dram_gib_h * 3600 / simulated_s / 1024 AS dram_tib,
        ttft_mean_ms / 1000 AS ttft_s, cached_tokens / input_tokens AS hit_rate,
        8 * busy_s / 3600 AS prefill_gpu_h, simulated_s / 3600 AS hours
      FROM runs JOIN cells USING (run)
        JOIN (SELECT run, sum(end_ms - start_ms) / 1000 AS busy_s FROM steps
          WHERE kind = 'prefill' GROUP BY run) USING (run)`,
    // Beside the smallest store: GPU hours that a GiB hour of DRAM saves.
    saved: `
      SELECT *, (smallest_gpu_h - prefill_gpu_h) / nullif(dram_gib_h - smallest_gib_h, 0) AS gpu_h_per_gib_h
      FROM (SELECT *, first_value(prefill_gpu_h) OVER w AS smallest_gpu_h,
          first_value(dram_gib_h) OVER w AS smallest_gib_h
        FROM bought WINDOW w AS (PARTITION BY workload, eviction ORDER BY tokens))`,
  },
  charts: ['conversation', 'synthetic'].map((workload) => ({
    id: workload,
    title: {
      sql: `SELECT 'On ${workload}, 3 M tokens a node answer after ' || round(max(ttft_s) FILTER
            (tokens = 3000000 AND eviction = 'lru'), 2) || ' s with LRU, '
          || round(max(ttft_s) FILTER (tokens = 3000000 AND eviction = 'reuse-rate'), 2)
          || ' s with reuse-rate; four times as much ' || round(max(ttft_s) FILTER
            (tokens = 12000000 AND eviction = 'lru'), 2) || ' s'
        FROM bought WHERE workload = '${workload}'`,
    },
    subtitle: 'Mean TTFT by DRAM of all 8 prefill nodes, 1.6 times the rate of the trace',
    sql: `SELECT dram_tib, eviction, ttft_s FROM bought WHERE workload = '${workload}' ORDER BY ALL`,
    spec: {
      mark: { type: 'line', point: true },
      encoding: {
        x: {
          field: 'dram_tib',
          type: 'quantitative',
          scale: { type: 'log' },
          title: 'DRAM for KV, TiB',
        },
        y: { field: 'ttft_s', type: 'quantitative', title: 'mean TTFT, s' },
        color: { field: 'eviction', type: 'nominal' },
      },
    },
  })),
  notes:
    'Beyond the papers. reuse-rate is a cache policy of ours (../cache-policy). No price of DRAM or ' +
    'GPU is taken from anywhere: the table `saved` says how many GPU hours a GiB hour saves.',
});
