import { type Cell, defineExperiment, type ScenarioInput } from 'reprise';
import { type ClockName, distserveLike, mooncake, vllm } from '../systems.ts';
import { realCharts } from './charts.ts';
import { realWorkloadClaims } from './real-workload-claims.ts';

const version = 'v3';

/** Twenty nodes each, 160 GPUs; the first two are the paper's. */
function systems(clock: ClockName): Record<string, ScenarioInput> {
  const pools = { version, clock, prefill: 10, decode: 10 } as const;
  const coupled = { version, clock, count: 20 } as const;
  return {
    mooncake: mooncake(pools),
    vllm: vllm(coupled),
    'vllm-prefix': vllm({ ...coupled, mode: 'prefix' }),
    'vllm-chunked': vllm({ ...coupled, mode: 'chunked' }),
    'no-store': distserveLike(pools),
  };
}

function* cells(): Generator<Cell> {
  for (const clock of ['measured', 'analytic'] as const) {
    for (const [system, scenario] of Object.entries(systems(clock))) {
      for (const rate of clock === 'measured' ? [1, 1.5, 2] : [1]) {
        const arrivals = { rate: { factor: rate } };
        yield {
          labels: { clock, rate, system },
          scenario: { ...scenario, trace: 'toolagent-like', arrivals },
        };
      }
    }
  }
}

export default defineExperiment({
  name: 'v3-real-workload',
  paper: 'mooncake',
  question: 'Does a busy service keep its time between tokens better with prefill set apart?',
  scenarios: cells,
  baselines: { paper: { system: 'vllm' }, strongest: { system: 'vllm-chunked' } },
  tables: ['requests'],
  views: {
    latencies: `SELECT clock, rate, system, status, ttft_ms / 1000 AS ttft_s,
        tpot_ms / 1000 AS tbt_s, tbt_top10_ms / 1000 AS tbt_top10_s
      FROM requests JOIN cells USING (run)`,
  },
  claims: realWorkloadClaims,
  charts: realCharts,
  notes:
    'The trace of the paper was not obtained: toolagent-like, generated, of as many requests in an ' +
    'hour, stands in. No figure of another trace is a comparison; what is held is order.',
});
