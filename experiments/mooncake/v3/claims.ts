import { type Claim, defineClaims } from 'reprise';
import { v3 } from '../published.ts';

const version = 'arXiv 2407.00079v3';
const printed = (where: string) => ({ version, where, read: 'printed' as const });
const drawn = (where: string) => ({ version, where, read: 'read from a figure' as const });

const holds = { absolute: 0, reason: 'it holds or it does not' };
const otherTrace =
  'the figure is of the trace of 2024 (23,608 requests, 512-token blocks), of which no copy was ' +
  'obtained; beside it stands the conversation trace of 2025, another service, so that they ' +
  'differ by the trace and not by the replay';

const table1 = v3.table1.capacities.flatMap((capacity, i) =>
  (['lru', 'lfu', 'length-aware'] as const).map((policy): Claim => {
    const size = capacity === null ? 'IS NULL' : `= ${capacity}`;
    return {
      id: `v3-table1-${policy}-${capacity ?? 'unlimited'}`,
      says: `Hit ratio of one pool under ${policy}, ${capacity ?? 'unlimited'} blocks`,
      source: printed('table 1'),
      kind: 'postdicted',
      published: v3.table1[policy][i] as number,
      precision: 0.01,
      unit: 'hits per block',
      cells: { workload: 'conversation' },
      sql: `SELECT hit_ratio AS replayed FROM block_cache
        WHERE policy = '${policy}' AND capacity_blocks ${size}`,
      tolerance: { absolute: 0.01, reason: 'two printed digits' },
      notComparable: otherTrace,
    };
  }),
);

/** Whether one policy has at least the hits of another at these capacities, on one trace. */
const order = (better: string, worse: string, capacities: string) => `
  SELECT bool_and(a.hits >= b.hits) AS replayed
  FROM block_cache a JOIN block_cache b USING (run, capacity_blocks)
  WHERE a.policy = '${better}' AND b.policy = '${worse}' AND capacity_blocks IN (${capacities})`;

const orders = (['conversation', 'synthetic'] as const).flatMap((workload): Claim[] => [
  {
    id: `v3-table1-lru-over-lfu-${workload}`,
    says: `LRU keeps at least the hits of LFU from 10,000 to 100,000 blocks, on ${workload}`,
    source: printed('table 1'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { workload },
    sql: order('lru', 'lfu', '10000, 30000, 50000, 100000'),
    tolerance: holds,
  },
  {
    id: `v3-table1-lfu-over-length-aware-${workload}`,
    says: `LFU keeps at least the hits of LengthAware from 10,000 to 100,000 blocks, on ${workload}`,
    source: printed('table 1'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { workload },
    sql: order('lfu', 'length-aware', '10000, 30000, 50000, 100000'),
    tolerance: holds,
  },
  {
    id: `v3-half-never-reused-${workload}`,
    says: `More than half of all blocks are never used again, on ${workload}`,
    source: printed('text on the use of blocks'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { workload },
    sql: 'SELECT count(*) FILTER (uses = 1) > 0.5 * count(*) AS replayed FROM uses',
    tolerance: holds,
  },
]);

const population = Object.entries(v3.usedAtMost).map(
  ([uses, published]): Claim => ({
    id: `v3-fig6-used-at-most-${uses}`,
    says: `Share of blocks that are used at most ${uses} times`,
    source: drawn('figure 6'),
    kind: 'postdicted',
    published,
    precision: 0.001,
    unit: 'of blocks',
    cells: { workload: 'conversation' },
    sql: `SELECT count(*) FILTER (uses <= ${uses}) / count(*) AS replayed FROM uses`,
    tolerance: { absolute: 0.01, reason: 'reading of the figure, 0.5 % of its scale, twice' },
    notComparable: otherTrace,
  }),
);

/** Claims on block caches, and on how often blocks are used. */
export const caches = defineClaims([...table1, ...orders, ...population]);

const prefillShares = Object.entries(v3.prefillShare).map(
  ([tokens, published]): Claim => ({
    id: `v3-fig2-prefill-${tokens}`,
    says: `Prefill of ${tokens} tokens over that of 128k, LLaMA2-70B on 8 A800`,
    source: drawn('figure 2'),
    kind: 'postdicted',
    published,
    precision: 0.001,
    unit: 'of 128k',
    sql: `SELECT max(total_ms) FILTER (name = 'prefill-${tokens}')
        / max(total_ms) FILTER (name = 'prefill-128k') AS replayed
      FROM step_times`,
    tolerance: {
      relative: 0.1,
      reason: 'error of a step of the analytic clock, 7.7 %, twice independently',
    },
  }),
);

const serialSql = (tokens: string) =>
  `SELECT serial_s AS replayed FROM stores WHERE name = 'prefill-${tokens}'`;

const stores = v3.store.tokens.flatMap((tokens, i): Claim[] => [
  {
    id: `v3-fig7-serial-${tokens}`,
    says: `Seconds to store the KV of ${tokens} tokens after the prefill`,
    source: drawn('figure 7'),
    kind: tokens === '128k' ? 'calibrated' : 'postdicted',
    published: v3.store.serial[i] as number,
    precision: 0.001,
    unit: 's',
    sql: serialSql(tokens),
    tolerance: {
      relative: 0.1,
      reason: 'reading of the figure is 4 ms; bytes over one bandwidth leave no more to differ',
    },
  },
  {
    id: `v3-fig7-layer-wise-${tokens}`,
    says: `Seconds that storing the KV of ${tokens} tokens adds layer by layer`,
    source: drawn('figure 7'),
    kind: 'postdicted',
    published: v3.store.layerWise[i] as number,
    precision: 0.001,
    unit: 's',
    sql: `SELECT added_s AS replayed FROM stores WHERE name = 'prefill-${tokens}'`,
    tolerance: { relative: 0.1, reason: 'reading of the figure is 4 ms' },
  },
]);

/** Claims on one request alone on a node: LLaMA2-70B, 8 A800. */
export const alone = defineClaims([
  ...prefillShares,
  {
    id: 'v3-fig2-round-1-of-16',
    says: 'Decode round of one sequence of 8k tokens over that of 16',
    source: drawn('figure 2'),
    kind: 'postdicted',
    published: v3.roundShare,
    precision: 0.001,
    unit: 'of batch 16',
    sql: `SELECT max(total_ms) FILTER (name = 'round-1')
        / max(total_ms) FILTER (name = 'round-16') AS replayed
      FROM step_times`,
    tolerance: {
      relative: 0.1,
      reason: 'error of a step of the analytic clock, 7.7 %, twice independently',
    },
  },
  ...stores,
  {
    id: 'v3-fig7-layer-wise-hides',
    says: 'From 16k tokens on layer-wise storing adds less than storing afterwards, the more the longer',
    source: printed('section 5.2 and figure 7'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `SELECT bool_and(added_s < serial_s)
        AND bool_and(coalesce(serial_s - added_s > before_s, true)) AS replayed
      FROM (SELECT *, lag(serial_s - added_s) OVER (ORDER BY input_tokens) AS before_s
        FROM stores WHERE input_tokens >= 16384)`,
    tolerance: holds,
  },
]);
