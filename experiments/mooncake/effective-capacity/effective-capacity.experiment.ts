import { type Cell, defineExperiment, type ScenarioInput } from 'reprise';
import { type ClockName, distserveLike, mooncake, vllm } from '../systems.ts';
import { workloads } from './published.ts';

const version = 'fast25';

function systems(clock: ClockName): Record<string, ScenarioInput> {
  const count = 16;
  return {
    '8P8D': mooncake({ version, clock, prefill: 8, decode: 8 }),
    '10P6D': mooncake({ version, clock, prefill: 10, decode: 6 }),
    vllm: vllm({ version, clock, count }),
    'vllm-prefix': vllm({ version, clock, count, mode: 'prefix' }),
    'vllm-chunked': vllm({ version, clock, count, mode: 'chunked' }),
    '8P8D-no-store': distserveLike({ version, clock, prefill: 8, decode: 8 }),
  };
}

function* cells(): Generator<Cell> {
  for (const [workload, { trace }] of Object.entries(workloads)) {
    for (const clock of ['measured', 'analytic'] as const) {
      for (const [system, scenario] of Object.entries(systems(clock))) {
        for (const rate of [1, 2, 3]) {
          yield {
            labels: { workload, clock, rate, system },
            scenario: { ...scenario, trace, arrivals: { rate: { factor: rate } } },
          };
        }
      }
    }
  }
}

export default defineExperiment({
  name: 'fast25-effective-capacity',
  paper: 'mooncake',
  question: 'What share of requests does each system serve within the latency limits?',
  scenarios: cells,
  tables: ['requests', 'steps'],
});
