import { defineExperiment } from 'reprise';
import { capacities, onePool } from './claims.ts';

export default defineExperiment({
  name: 'fast25-one-pool',
  paper: 'mooncake',
  question: 'How much of the released workloads does a cache of a given size hit?',
  analyses: {
    grid: {
      base: { kind: 'block-cache', policies: ['lru'], capacities, rule: 'block' },
      axes: { workload: { set: 'trace', to: ['conversation', 'synthetic'] } },
    },
  },
  views: {
    placed: `SELECT trace, request_id, input_tokens, unnest(block_ids) AS block
      FROM trace_requests`,
    // With room for everything, a block is a hit where an earlier request had it.
    reuse: `SELECT trace, request_id, input_tokens, count(*) FILTER (first < request_id) AS hits
      FROM placed JOIN (SELECT trace, block, min(request_id) AS first FROM placed GROUP BY ALL)
        USING (trace, block)
      GROUP BY ALL`,
  },
  claims: onePool,
  charts: [
    {
      id: 'size',
      title: {
        sql: `SELECT 'Of conversation, 3 M tokens keep '
            || round(100 * max(hit_tokens) FILTER (capacity_blocks = 5859)
              / max(hit_tokens) FILTER (capacity_blocks IS NULL)) || ' % of all hits'
          FROM block_cache JOIN cells USING (run) WHERE workload = 'conversation'`,
      },
      subtitle: 'Share of prompt tokens that LRU hits, one pool, blocks of 512 tokens',
      sql: `SELECT workload, capacity_blocks * 512 AS capacity_tokens,
          hit_tokens / input_tokens AS hit_share
        FROM block_cache JOIN cells USING (run)
        WHERE capacity_blocks IS NOT NULL ORDER BY ALL`,
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: {
            field: 'capacity_tokens',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'capacity, tokens',
          },
          y: { field: 'hit_share', type: 'quantitative', title: 'of prompt tokens' },
          color: { field: 'workload', type: 'nominal' },
        },
      },
      interval: 'none: the replay draws nothing',
    },
  ],
  notes:
    'Order of the trace, no time, cold start, every reference an access of its own: the figure ' +
    'begins below the longest request.',
});
