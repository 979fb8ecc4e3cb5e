import { type Cell, defineExperiment } from 'reprise';
import { mooncake } from '../systems.ts';
import { replicas } from './claims.ts';

const systems = {
  'threshold 4': { kind: 'kv-cache-centric' },
  'threshold 1': { kind: 'kv-cache-centric', balancingThreshold: 1 },
  // As many copies as come about where nobody looks for the longest prefix.
  random: { kind: 'random' },
};

function* cells(): Iterable<Cell> {
  for (const workload of ['conversation', 'toolagent-like', 'synthetic']) {
    for (const [system, placement] of Object.entries(systems)) {
      yield {
        labels: { workload, system },
        scenario: {
          ...mooncake({ version: 'fast25', prefill: 8, decode: 8, placement }),
          trace: workload,
          samples: { everyMs: 30_000, blockRanks: [1, 10, 100, 1000] },
        },
      };
    }
  }
}

export default defineExperiment({
  name: 'fast25-replicas',
  paper: 'mooncake',
  question: 'How far do popular blocks spread over the nodes by themselves?',
  scenarios: cells,
  tables: ['replicas'],
  views: {
    counts: `
      SELECT workload, system, at_ms / 60000 AS minute, rank, replicas
      FROM replicas JOIN cells USING (run)`,
    // Uses of the block of each rank in the whole trace.
    uses: `
      SELECT trace AS workload, uses, row_number() OVER (PARTITION BY trace ORDER BY uses DESC) AS rank
      FROM (SELECT trace, block, count(*) AS uses
        FROM (SELECT trace, unnest(block_ids) AS block FROM trace_requests) GROUP BY ALL)`,
  },
  claims: replicas,
  charts: ['conversation', 'toolagent-like', 'synthetic'].map((workload) => ({
    id: workload,
    title: {
      sql: `SELECT 'Of ${workload}, the 10th block is on '
          || round(avg(replicas) FILTER (rank = 10), 1) || ' of 8 nodes in the second half, the 100th on '
          || round(avg(replicas) FILTER (rank = 100), 1)
        FROM counts WHERE workload = '${workload}' AND system = 'threshold 4'
          AND minute > (SELECT max(minute) / 2 FROM counts WHERE workload = '${workload}')`,
    },
    subtitle: 'Nodes that hold the block of each rank by uses, every 30 s; threshold 4',
    sql: `SELECT minute, rank::VARCHAR AS rank, replicas FROM counts
      WHERE workload = '${workload}' AND system = 'threshold 4' ORDER BY 2, 1`,
    spec: {
      mark: { type: 'line', interpolate: 'step-after' },
      encoding: {
        x: { field: 'minute', type: 'quantitative', title: 'minute' },
        y: { field: 'replicas', type: 'quantitative', title: 'nodes' },
        color: { field: 'rank', type: 'nominal' },
      },
    },
  })),
  notes:
    'Ranks are by uses in the whole trace, which nobody knows while it runs; blocks of 512 tokens ' +
    '(the figure: 256). The counts of the figure end at 8: taken as 8 prefill nodes.',
});
