import { defineExperiment } from 'reprise';
import { caches } from './claims.ts';

export default defineExperiment({
  name: 'v3-cache-policies',
  paper: 'mooncake',
  question: 'Does LRU keep more of a chat service than LFU and LengthAware, as table 1 has it?',
  analyses: {
    grid: {
      base: {
        kind: 'block-cache',
        policies: ['lru', 'lfu', 'length-aware', 'length-aware:evict=shallow-first', 'min'],
        capacities: [1_000, 10_000, 30_000, 50_000, 100_000, null],
      },
      axes: { workload: { set: 'trace', to: ['conversation', 'synthetic'] } },
    },
  },
  views: {
    uses: `SELECT trace, block, count(*) AS uses
      FROM (SELECT trace, unnest(block_ids) AS block FROM trace_requests) GROUP BY ALL`,
  },
  claims: caches,
  charts: [
    {
      id: 'policies',
      title: {
        sql: `SELECT 'At 10,000 blocks LRU hits ' || round(100 * max(hit_ratio) FILTER (policy = 'lru'), 1)
            || ' % of the conversation trace, Belady '
            || round(100 * max(hit_ratio) FILTER (policy = 'min'), 1) || ' %'
          FROM block_cache JOIN cells USING (run)
          WHERE workload = 'conversation' AND capacity_blocks = 10000`,
      },
      subtitle:
        'Share of block references that hit, one pool, rule prefix; Belady (min) knows the future',
      sql: `SELECT workload, policy, capacity_blocks, hit_ratio
        FROM block_cache JOIN cells USING (run) WHERE capacity_blocks IS NOT NULL ORDER BY ALL`,
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: {
            field: 'capacity_blocks',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'blocks of 512 tokens',
          },
          y: { field: 'hit_ratio', type: 'quantitative', title: 'hits per block' },
          color: { field: 'policy', type: 'nominal' },
          column: { field: 'workload', type: 'nominal' },
        },
      },
      interval: 'none: the replay draws nothing',
    },
  ],
  notes:
    'One pool, order of the trace, no time, cold start. LengthAware is a reconstruction in two ' +
    'readings; the table is held against the one that evicts deep blocks first.',
});
