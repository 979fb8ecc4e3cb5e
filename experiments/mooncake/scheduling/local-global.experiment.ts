import { type Cell, defineExperiment } from 'reprise';
import { mooncake } from '../systems.ts';
import { localGlobal } from './claims.ts';

const systems = {
  global: { kind: 'kv-cache-centric', balancingThreshold: 1 },
  'global, threshold 4': { kind: 'kv-cache-centric' },
  'local, cache-aware': { kind: 'cache-aware' },
  'local, longest prefix': { kind: 'longest-prefix' },
  'local, balanced': { kind: 'load-balancing' },
};

function* cells(): Iterable<Cell> {
  for (const workload of ['conversation', 'toolagent-like', 'synthetic']) {
    for (const [system, placement] of Object.entries(systems)) {
      const nodes = mooncake({ version: 'fast25', prefill: 10, decode: 10, placement });
      yield { labels: { workload, system }, scenario: { ...nodes, trace: workload } };
    }
  }
}

export default defineExperiment({
  name: 'fast25-local-global',
  paper: 'mooncake',
  question: 'What does one pool over ten nodes save that their own caches do not?',
  scenarios: cells,
  tables: ['requests', 'steps'],
  views: {
    pools: `
      SELECT workload, system, cached_tokens / input_tokens AS hit_rate, busy_s / requests AS prefill_s,
        ttft_mean_ms / 1000 AS ttft_s, most
      FROM runs JOIN cells USING (run)
        JOIN (SELECT run, sum(end_ms - start_ms) / 1000 AS busy_s FROM steps
          WHERE kind = 'prefill' GROUP BY run) USING (run)
        JOIN (SELECT run, max(placed) / avg(placed) AS most
          FROM (SELECT run, prefill_instance, count(*) AS placed FROM requests GROUP BY ALL)
          GROUP BY run) USING (run)`,
  },
  claims: localGlobal,
  charts: [
    {
      id: 'hits',
      title: {
        sql: `SELECT 'One pool hits ' || round(100 * max(hit_rate) FILTER (system = 'global'), 1)
            || ' % of conversation, and its own caches behind balanced queues '
            || round(100 * max(hit_rate) FILTER (system = 'local, balanced'), 1) || ' %'
          FROM pools WHERE workload = 'conversation'`,
      },
      subtitle: 'Prompt tokens that were not computed, 10 prefill nodes of 3 M tokens',
      sql: 'SELECT workload, system, 100 * hit_rate AS share FROM pools ORDER BY workload, share',
      spec: {
        mark: 'bar',
        encoding: {
          y: { field: 'workload', type: 'nominal', title: null },
          yOffset: { field: 'system' },
          x: { field: 'share', type: 'quantitative', title: 'of prompt tokens, %' },
          color: { field: 'system', type: 'nominal' },
        },
      },
    },
  ],
  notes:
    'The figure cut outputs to one token. Here they are served whole on 10 decode nodes beside: ' +
    'prefill nodes do not decode, and the KV that they send on is a few percent of their links. ' +
    'Prefill seconds are steps of a node with prompts. toolagent-like is generated.',
});
