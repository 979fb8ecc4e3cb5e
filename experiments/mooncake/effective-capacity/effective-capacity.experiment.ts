import { type Cell, defineExperiment, type ScenarioInput } from 'reprise';
import { type ClockName, distserveLike, mooncake, vllm } from '../systems.ts';
import { charts } from './charts.ts';
import { claims } from './claims.ts';
import { limitsMs, type Published, ttftLimitMs, type Workload, workloads } from './published.ts';

const version = 'fast25';

/** Sixteen nodes each, 128 GPUs. */
function systems(clock: ClockName): Record<string, ScenarioInput> {
  const nodes = { version, clock, count: 16 } as const;
  return {
    '8P8D': mooncake({ version, clock, prefill: 8, decode: 8 }),
    '10P6D': mooncake({ version, clock, prefill: 10, decode: 6 }),
    vllm: vllm(nodes),
    'vllm-prefix': vllm({ ...nodes, mode: 'prefix' }),
    'vllm-chunked': vllm({ ...nodes, mode: 'chunked' }),
    'vllm-chunked-2048': vllm({ ...nodes, mode: 'chunked', budget: 2048 }),
    '8P8D-no-store': distserveLike({ version, clock, prefill: 8, decode: 8 }),
  };
}

/** Multiples of the rate of the trace: the paper does not say at which it replays. */
const rates = { measured: [1, 1.5, 2, 3], analytic: [1, 1.5] } as const;

function* cells(): Generator<Cell> {
  for (const [workload, { trace }] of Object.entries(workloads)) {
    for (const clock of ['measured', 'analytic'] as const) {
      for (const [system, scenario] of Object.entries(systems(clock))) {
        for (const rate of rates[clock]) {
          yield {
            labels: { workload, clock, rate, system },
            scenario: { ...scenario, trace, arrivals: { rate: { factor: rate } } },
          };
        }
      }
    }
  }
}

const rows = Object.entries(workloads).flatMap(([workload, { within }]: [string, Workload]) =>
  Object.entries(within).flatMap(([system, shares]: [string, Published]) =>
    shares.map((share, i) => `('${workload}', '${system}', ${limitsMs[i]}, ${share / 100})`),
  ),
);

export default defineExperiment({
  name: 'fast25-effective-capacity',
  paper: 'mooncake',
  question: 'What share of requests does each system serve within the latency limits?',
  scenarios: cells,
  baselines: { paper: { system: 'vllm' }, strongest: { system: 'vllm-chunked' } },
  tables: ['requests'],
  views: {
    published: `SELECT * FROM (VALUES ${rows.join(', ')}) AS rows(workload, system, limit_ms, share)`,
    served: `SELECT workload, clock, rate, system, limit_ms,
        avg((status = 'finished' AND ttft_ms <= ${ttftLimitMs}
          AND coalesce(tbt_top10_ms <= limit_ms, true))::INTEGER) AS share
      FROM requests JOIN cells USING (run),
        (SELECT unnest([${limitsMs.join(', ')}]) AS limit_ms) GROUP BY ALL`,
    gains: `SELECT workload, clock, rate, limit_ms, mooncake.system AS mooncake,
        any_value(mooncake.share) / max(baseline.share) FILTER (baseline.system <> 'vllm-chunked-2048') - 1
          AS gain,
        any_value(mooncake.share) / max(baseline.share) FILTER (baseline.system <> 'vllm-chunked') - 1
          AS gain_2048
      FROM served AS mooncake JOIN served AS baseline USING (workload, clock, rate, limit_ms)
      WHERE mooncake.system IN ('8P8D', '10P6D') AND baseline.system LIKE 'vllm%'
      GROUP BY ALL`,
    distances: `SELECT workload, clock, rate, replayed.system, published.system AS as_published,
        avg(abs(replayed.share - published.share)) AS distance
      FROM served AS replayed JOIN published USING (workload, limit_ms)
      WHERE published.system = CASE WHEN replayed.system IN ('8P8D', '10P6D') THEN 'mooncake'
        WHEN replayed.system = 'vllm-chunked-2048' THEN 'vllm-chunked' ELSE replayed.system END
      GROUP BY ALL`,
  },
  claims,
  charts,
  notes:
    'Sixteen nodes of 8 A800, LLaMA3-70B. TBT is the mean of the longest tenth of gaps of a ' +
    'request, TTFT at most 30 s; shares of all arrivals. The split of the nodes, the rate and the ' +
    'token budget of chunked prefill are not reported: two splits, four rates, two budgets.',
});
