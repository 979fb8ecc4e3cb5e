import { defineExperiment, mooncakeNodeConstants, type ScenarioInput } from 'reprise';
import { fittedClaims } from '../fast25/claims.ts';
import { mooncake, vllm } from '../systems.ts';
import { prefillClaims } from './claims.ts';
import { workloads } from './published.ts';

const version = 'fast25';
const nodes = { version, count: 16 } as const;
const { rowMs, areaMs } = mooncakeNodeConstants;
const systems: Record<string, ScenarioInput> = {
  '8P8D': mooncake({ version, prefill: 8, decode: 8 }),
  vllm: vllm(nodes),
  'vllm-prefix': vllm({ ...nodes, mode: 'prefix' }),
  'vllm-chunked': vllm({ ...nodes, mode: 'chunked' }),
};

export default defineExperiment({
  name: 'fast25-prefill-time',
  paper: 'mooncake',
  question: 'How much prefill time does a request take on the GPUs of each system?',
  scenarios: function* () {
    for (const [workload, { trace }] of Object.entries(workloads)) {
      for (const [system, scenario] of Object.entries(systems)) {
        yield { labels: { workload, system }, scenario: { ...scenario, trace } };
      }
    }
  },
  tables: ['steps', 'requests'],
  views: {
    // Steps that compute prompts, whole: decodes that ride along are in their time.
    prefill_times: `SELECT workload, system, sum(end_ms - start_ms) / any_value(requests) / 1000
        AS prefill_s
      FROM steps JOIN cells USING (run) JOIN runs USING (run)
      WHERE prefill_requests > 0 GROUP BY ALL`,
    // What they compute, by the law of the clock: without waiting for KV, without decodes.
    computed_times: `SELECT workload, system, avg(
          ${rowMs.value} * (input_tokens - cached_tokens)
          + ${areaMs.value} * (input_tokens::DOUBLE ^ 2 - cached_tokens::DOUBLE ^ 2)) / 1000
        AS prefill_s
      FROM requests JOIN cells USING (run) GROUP BY ALL`,
  },
  constants: Object.entries({ rowMs, areaMs }).map(([name, constant]) => ({
    name: `prefill, ${name}`,
    ...constant,
    setFrom: fittedClaims('prefill'),
  })),
  claims: prefillClaims,
  charts: [
    {
      id: 'prefill-s',
      title: {
        sql: `SELECT 'A request of conversation takes ' || string_agg(
            round(prefill_s, 2) || ' s (' || system || ')', ', ' ORDER BY prefill_s)
          FROM prefill_times WHERE workload = 'conversation'`,
      },
      subtitle: 'Seconds of a node with prompts at work, over all requests; toolagent: generated',
      sql: 'SELECT workload, system, prefill_s FROM prefill_times ORDER BY ALL',
      spec: {
        mark: 'bar',
        encoding: {
          x: { field: 'system', type: 'nominal' },
          y: { field: 'prefill_s', type: 'quantitative', title: 's of a node per request' },
          column: { field: 'workload', type: 'nominal' },
        },
      },
      interval: 'none: the replay draws nothing',
    },
  ],
  notes: 'Sixteen nodes of 8 A800, LLaMA3-70B, clock of figure 14, rate of the trace.',
});
