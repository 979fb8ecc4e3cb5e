import { type Claim, defineClaims } from 'reprise';
import { fast25 } from '../published.ts';

const version = "FAST'25";
const printed = (where: string) => ({ version, where, read: 'printed' as const });
const drawn = (where: string) => ({ version, where, read: 'read from a figure' as const });
const workloads = ['conversation', 'synthetic'] as const;

const sizes: Readonly<Record<string, number>> = Object.fromEntries(
  fast25.hitRate.tokens.map((tokens) => [tokens, Math.floor(Number(tokens) / 512)]),
);
/** Blocks of 512 tokens in the 3 M tokens that a node holds. */
export const nodeBlocks = Math.floor(3e6 / 512);
export const capacities = [...Object.values(sizes), nodeBlocks, null].sort(
  (a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY),
);

const hitRate = (blocks: number | null) => `
  SELECT hit_tokens / input_tokens AS replayed FROM block_cache
  WHERE policy = 'lru' AND capacity_blocks ${blocks === null ? 'IS NULL' : `= ${blocks}`}`;

const released = workloads.flatMap((workload): Claim[] => {
  const { input, output, requests, cacheRatio } = fast25.workloads[workload];
  const counted = (id: string, what: string, published: number, sql: string): Claim => ({
    id: `fast25-table2-${workload}-${id}`,
    says: `${what} of ${workload}, as released`,
    source: printed('table 2'),
    kind: 'identity',
    published,
    unit: id === 'requests' ? 'requests' : 'tokens',
    cells: { workload },
    sql: `SELECT ${sql} AS replayed FROM trace_requests`,
    tolerance: { absolute: id === 'requests' ? 0 : 0.5, reason: 'printed without decimals' },
  });
  return [
    counted('requests', 'Requests', requests, 'count(*)::DOUBLE'),
    counted('input', 'Mean prompt', input, 'avg(input_tokens)'),
    counted('output', 'Mean output', output, 'avg(output_tokens)'),
    {
      id: `fast25-table2-${workload}-cache-ratio`,
      says: `Most prompt tokens of ${workload} that any cache can hit`,
      source: printed('table 2'),
      kind: 'postdicted',
      published: cacheRatio,
      precision: 0.01,
      unit: 'of prompt tokens',
      cells: { workload },
      sql: hitRate(null),
      tolerance: { absolute: 0.005, reason: 'printed in whole percent' },
    },
  ];
});

const curve = workloads.flatMap((workload) =>
  fast25.hitRate.tokens.map(
    (tokens, i): Claim => ({
      id: `fast25-fig9-${workload}-${tokens}`,
      says: `Prompt tokens of ${workload} that LRU of ${tokens} tokens hits`,
      source: drawn('figure 9'),
      kind: 'postdicted',
      published: fast25.hitRate[workload][i] as number,
      unit: 'of prompt tokens',
      cells: { workload },
      sql: hitRate(sizes[tokens] as number),
      tolerance: { absolute: 0.005, reason: 'reading of the figure, 0.5 % of its scale' },
    }),
  ),
);

const shares = workloads.flatMap((workload): Claim[] => [
  {
    id: `fast25-fig9-${workload}-share-at-3m`,
    says: `Share of all hits of ${workload} that one node of 3 M tokens keeps`,
    source: printed('text on figure 9'),
    kind: 'postdicted',
    published: fast25.shareAt3M[workload],
    precision: 0.01,
    unit: 'of the most hits',
    cells: { workload },
    sql: `SELECT max(hit_tokens) FILTER (capacity_blocks = ${nodeBlocks})
        / max(hit_tokens) FILTER (capacity_blocks IS NULL) AS replayed
      FROM block_cache WHERE policy = 'lru'`,
    tolerance: { absolute: 0.01, reason: 'the quotient of two readings of whole percents' },
  },
  {
    id: `fast25-fig9-${workload}-share-at-50m`,
    says: `50 M tokens keep nearly all hits of ${workload} (at least 97 %)`,
    source: printed('text on figure 9'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { workload },
    sql: `SELECT max(hit_tokens) FILTER (capacity_blocks = ${sizes['5e7']})
        >= 0.97 * max(hit_tokens) FILTER (capacity_blocks IS NULL) AS replayed
      FROM block_cache WHERE policy = 'lru'`,
    tolerance: { absolute: 0, reason: 'it holds or it does not' },
  },
]);

/**
 * What the released hashes leave out: a request that hits a block, but not all of its prompt, has
 * gone on sharing for half a block on average; one that shares the root of `conversation` alone,
 * the rest of a system prompt of one token less than the shortest prompt.
 */
const finer = workloads.map((workload): Claim => {
  const root =
    workload === 'conversation'
      ? 'WHEN hits = 1 THEN (SELECT min(input_tokens) - 1 - 512 FROM trace_requests)'
      : '';
  return {
    id: `fast25-fig9-${workload}-finer-blocks`,
    says: `Most hits of ${workload} with blocks much smaller than the 512 tokens of the release`,
    source: drawn('figure 9, 1e8 tokens and more'),
    kind: 'postdicted',
    published: fast25.hitRate[workload][9] as number,
    unit: 'of prompt tokens',
    cells: { workload },
    sql: `
      SELECT (sum(least(512 * hits, input_tokens)) + sum(CASE
          WHEN hits = 0 OR 512 * hits >= input_tokens THEN 0 ${root} ELSE 256 END))
        / sum(input_tokens) AS replayed
      FROM reuse`,
    tolerance: { absolute: 0.005, reason: 'reading of the figure, 0.5 % of its scale' },
  };
});

/** The released files, counted by another program: most hits, and the prompt tokens in them. */
const independent = {
  conversation: { most: 105_710 / 288_500, tokens: 54_098_411 },
  synthetic: { most: 77_953 / 121_877, tokens: 39_852_661 },
} as const;

const counts = workloads.flatMap((workload): Claim[] => {
  const { most, tokens } = independent[workload];
  const source = {
    version: 'released traces, August 2025',
    where: `${workload}_trace.jsonl, counted independently`,
    read: 'derived' as const,
  };
  const common = { source, kind: 'cross-check' as const, cells: { workload } };
  const exact = { absolute: 0, reason: 'the same count' };
  return [
    {
      ...common,
      id: `fast25-released-${workload}-most-blocks`,
      says: `Most hits of ${workload} in its own blocks of 512 tokens`,
      published: most,
      unit: 'hits per block',
      sql: 'SELECT hit_ratio AS replayed FROM block_cache WHERE capacity_blocks IS NULL',
      tolerance: exact,
    },
    {
      ...common,
      id: `fast25-released-${workload}-most-tokens`,
      says: `Prompt tokens of ${workload} in those hits`,
      published: tokens,
      unit: 'tokens',
      sql: 'SELECT hit_tokens AS replayed FROM block_cache WHERE capacity_blocks IS NULL',
      tolerance: exact,
    },
  ];
});

/** Claims on the released traces and on one pool of any size. */
export const onePool = defineClaims([...curve, ...shares, ...finer, ...released, ...counts]);

const pools = workloads.flatMap((workload): Claim[] => {
  const { local, global, localS, globalS } = fast25.pools[workload];
  const rate = `SELECT hit_tokens / input_tokens AS replayed FROM block_cache`;
  const seconds = `SELECT (prefill_s - saved_prefill_s) / requests AS replayed FROM block_cache`;
  const queues =
    'the local routing of the figure weighs the queues of the nodes against the longest prefix; ' +
    'this replay has no queues, and its longest-prefix routing fills one node with whatever ' +
    'shares a first block: a serving replay is needed';
  const reading = { absolute: 0.005, reason: 'reading of the figure, 0.5 % of its scale' };
  const secondsRead = {
    relative: 0.05,
    reason: 'the fit of figure 14 is within 1.5 %; reading of two figures',
  };
  return [
    {
      id: `fast25-fig10-${workload}-global`,
      says: `Prompt tokens of ${workload} that one pool of 10 nodes hits`,
      source: drawn('figure 10'),
      kind: 'postdicted',
      published: global,
      unit: 'of prompt tokens',
      cells: { workload, pool: 'global' },
      sql: rate,
      tolerance: reading,
    },
    {
      id: `fast25-fig10-${workload}-local`,
      says: `Prompt tokens of ${workload} that the caches of 10 nodes hit by themselves`,
      source: drawn('figure 10'),
      kind: 'postdicted',
      published: local,
      unit: 'of prompt tokens',
      cells: { workload, pool: 'longest-prefix' },
      sql: rate,
      tolerance: reading,
      notComparable: queues,
    },
    {
      id: `fast25-fig10-${workload}-global-s`,
      says: `Prefill GPU seconds of a request of ${workload} with one pool of 10 nodes`,
      source: drawn('figure 10'),
      kind: 'postdicted',
      published: globalS,
      precision: 0.01,
      unit: 's',
      cells: { workload, pool: 'global' },
      sql: seconds,
      tolerance: secondsRead,
    },
    {
      id: `fast25-fig10-${workload}-local-s`,
      says: `The same of ${workload} with the caches of 10 nodes by themselves`,
      source: drawn('figure 10'),
      kind: 'postdicted',
      published: localS,
      precision: 0.01,
      unit: 's',
      cells: { workload, pool: 'longest-prefix' },
      sql: seconds,
      tolerance: secondsRead,
      notComparable: queues,
    },
    {
      id: `fast25-fig8-${workload}-no-reuse-s`,
      says: `Prefill GPU seconds of a request of ${workload} without reuse`,
      source: drawn('figure 8, vLLM'),
      kind: 'postdicted',
      published: fast25.prefillS[workload],
      precision: 0.01,
      unit: 's',
      cells: { workload, pool: 'global' },
      sql: 'SELECT prefill_s / requests AS replayed FROM block_cache',
      tolerance: secondsRead,
    },
    {
      id: `fast25-fig10-${workload}-global-over-local`,
      says: `One pool hits more of ${workload} than caches that requests reach in turn`,
      source: printed('figure 10 and its text'),
      kind: 'shape',
      published: 1,
      unit: 'holds',
      cells: { workload },
      sql: `SELECT max(hits) FILTER (pool = 'global') > max(hits) FILTER (pool = 'round-robin')
          AS replayed
        FROM block_cache JOIN cells USING (run)`,
      tolerance: { absolute: 0, reason: 'it holds or it does not' },
    },
  ];
});

/** Claims on one pool against the caches of single nodes. */
export const tenNodes = defineClaims(pools);

const quantity = (name: string) =>
  `SELECT value AS replayed FROM quantities WHERE name = '${name}'`;

/** What follows from the paper's own formulas. */
export const equations = defineClaims([
  {
    id: 'fast25-eq2-a800',
    says: 'Reusing 8192 tokens pays on 8 A800 above that bandwidth',
    source: printed('section 2.2, after equation (2)'),
    kind: 'identity',
    published: 6,
    unit: 'GB/s',
    sql: quantity('break-even-a800'),
    tolerance: { absolute: 0.5, reason: 'printed without decimals' },
  },
  {
    id: 'fast25-eq2-h800',
    says: 'Reusing 8192 tokens pays on 8 H800 above that bandwidth',
    source: printed('section 2.2, after equation (2)'),
    kind: 'identity',
    published: 19,
    unit: 'GB/s',
    sql: quantity('break-even-h800'),
    tolerance: { absolute: 0.5, reason: 'printed without decimals' },
  },
  {
    id: 'fast25-kv-per-token',
    says: 'KV of a token of LLaMA3-70B',
    source: printed('section 2.2: 320 KB'),
    kind: 'identity',
    published: 320 * 1024,
    unit: 'bytes',
    sql: quantity('kv-per-token'),
    tolerance: { absolute: 0, reason: 'a product of whole numbers' },
  },
  {
    id: 'fast25-kv-per-token-model',
    says: 'The same from the shape of the model, not from the formula',
    source: printed('section 2.2: 320 KB'),
    kind: 'cross-check',
    published: 320 * 1024,
    unit: 'bytes',
    sql: quantity('kv-per-token-model'),
    tolerance: { absolute: 0, reason: 'a product of whole numbers' },
  },
  {
    id: 'fast25-kv-of-3m-tokens',
    says: 'Memory for 3 M tokens of KV',
    source: printed('text on figure 9: about 1 TB'),
    kind: 'identity',
    published: 1,
    unit: 'TB',
    sql: quantity('kv-of-3m-tokens'),
    tolerance: { absolute: 0.05, reason: 'printed as about 1' },
  },
  {
    id: 'fast25-kv-of-128k-tokens',
    says: 'KV of 128k tokens',
    source: printed('section 5.4.1: 40 GB'),
    kind: 'identity',
    published: 40,
    unit: 'GB',
    sql: quantity('kv-of-128k-tokens'),
    tolerance: { relative: 0.1, reason: 'printed as a round number, GB or GiB' },
  },
]);

const timed = (name: string) =>
  `SELECT total_ms / 1000 AS replayed FROM step_times WHERE name = '${name}'`;
const parts = [
  ['prefill', 'Prefill', ''],
  ['prefill95', 'Prefill', ', 95 % of them cached'],
  ['decode', '128 rounds of decoding after a prompt', ''],
] as const;

/** Claims on a part of figure 14 that the clock of the measured node was set from. */
export function fittedClaims(part: (typeof parts)[number][0]): string[] {
  return fast25.alone.tokens.map((tokens) => `mooncake/fast25-fig14-fit-${part}-${tokens}`);
}

const latencies = parts.flatMap(([part, what, rest]) =>
  fast25.alone.tokens.flatMap((tokens, i): Claim[] => {
    const common = {
      source: drawn('figure 14'),
      published: fast25.alone[part][i] as number,
      unit: 's',
      sql: timed(`${part}-${tokens}`),
    };
    return [
      {
        ...common,
        id: `fast25-fig14-${part}-${tokens}`,
        says: `${what} of ${tokens} tokens${rest}, LLaMA3-70B alone on 8 A800: the analytic clock`,
        kind: 'postdicted',
        cells: { clock: 'analytic' },
        tolerance: {
          relative: 0.1,
          reason: 'error of a step of the analytic clock, 7.7 %, and reading of the figure',
        },
      },
      {
        ...common,
        id: `fast25-fig14-fit-${part}-${tokens}`,
        says: `${what} of ${tokens} tokens${rest}: the clock that was set from this figure`,
        kind: 'calibrated',
        cells: { clock: 'measured' },
        tolerance: { relative: 0.03, reason: 'a fit of four constants to fifteen readings' },
      },
    ];
  }),
);

/** Claims on one request alone on a node: LLaMA3-70B, 8 A800. */
export const alone = defineClaims([
  ...latencies,
  {
    id: 'fast25-fig14-prefill-saved-128k',
    says: 'Prefill of 128k tokens falls by that share where 95 % of them are cached',
    source: printed('text on figure 14'),
    kind: 'postdicted',
    published: 0.92,
    precision: 0.01,
    unit: 'of the time',
    cells: { clock: 'analytic' },
    sql: `SELECT 1 - max(total_ms) FILTER (name = 'prefill95-128k')
        / max(total_ms) FILTER (name = 'prefill-128k') AS replayed
      FROM step_times`,
    tolerance: { absolute: 0.01, reason: 'printed in whole percent' },
  },
]);
