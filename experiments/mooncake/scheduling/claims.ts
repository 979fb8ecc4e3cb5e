import { type Claim, defineClaims } from 'reprise';
import { drawn, FAST25, holds, printed, within } from './common.ts';
import { fast25 } from './published.ts';

const splitFigures = [
  ['effective', 'effective', 'Share of effective requests', 'of requests'],
  ['ttft', 'ttft_s', 'Mean TTFT', 's'],
  ['tbt', 'tbt_ms', 'Mean TBT', 'ms'],
] as const;
const splitTolerance = {
  effective: { absolute: 0.01, reason: 'reading of the figure, and 40 of 3,993 requests' },
  ttft: within(0.15),
  tbt: within(0.1),
};

/** Figure 15 of FAST'25. */
export const splits = defineClaims([
  ...splitFigures.flatMap(([id, column, says, unit]) =>
    fast25.split.prefill.map((prefill, i): Claim => {
      const published = { ...fast25.split, tbt: fast25.split.tbtMs }[id][i] as number;
      return {
        id: `fast25-fig15-${id}-${prefill}p`,
        says: `${says} with ${prefill} prefill and ${16 - prefill} decode nodes, measured clock`,
        source: drawn(FAST25, 'figure 15'),
        kind: 'postdicted',
        published,
        unit,
        cells: { prefill, clock: 'measured' },
        sql: `SELECT ${column} AS replayed FROM served
          WHERE prefill = ${prefill} AND clock = 'measured'`,
        tolerance: splitTolerance[id],
      };
    }),
  ),
  {
    id: 'fast25-fig15-collapse-5p',
    says: 'With 5 prefill nodes fewer requests are effective than with 6 to 10, on both clocks',
    source: printed(FAST25, 'figure 15'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `SELECT bool_and(few < others) AS replayed
      FROM (SELECT clock, max(effective) FILTER (prefill = 5) AS few,
          min(effective) FILTER (prefill BETWEEN 6 AND 10) AS others
        FROM served GROUP BY clock)`,
    tolerance: holds,
  },
  {
    id: 'fast25-fig15-collapse-11p',
    says: 'With 11 prefill and 5 decode nodes fewer requests are effective than with 6 to 10',
    source: printed(FAST25, 'figure 15'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { clock: 'measured' },
    sql: `SELECT max(effective) FILTER (prefill = 11)
        < min(effective) FILTER (prefill BETWEEN 6 AND 10) - 0.05 AS replayed
      FROM served WHERE clock = 'measured'`,
    tolerance: holds,
  },
  {
    id: 'fast25-fig15-balance',
    says: 'With 7 to 9 prefill nodes nearly as many are effective as with the best split (within 1 %)',
    source: printed(FAST25, 'figure 15'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `SELECT bool_and(middle >= best - 0.01) AS replayed
      FROM (SELECT clock, min(effective) FILTER (prefill BETWEEN 7 AND 9) AS middle,
          max(effective) AS best
        FROM served GROUP BY clock)`,
    tolerance: holds,
  },
]);

/** Layer by layer or one after the other, on a cluster. */
export const layerWise = defineClaims([
  {
    id: 'fast25-layer-wise-sooner',
    says: 'Layer by layer the mean TTFT is lower, on both workloads and clocks',
    source: printed(FAST25, 'section 3.1, steps 2 and 3'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `SELECT bool_and(overlapped < serial) AS replayed
      FROM (SELECT workload, clock, max(ttft_s) FILTER (streaming = 'layer-wise') AS overlapped,
        max(ttft_s) FILTER (streaming = 'serial') AS serial FROM served GROUP BY ALL)`,
    tolerance: holds,
  },
]);

/** Times the rate of the trace: at this one computing every prompt whole takes as long as drawn. */
export const bandwidthLoad = 0.5;

const at = (gbps: number, column: string) => `
  SELECT ${column} AS replayed FROM by_bandwidth
  WHERE gbps = ${gbps} AND emitted = 'decode' AND system = 'centric' AND load = ${bandwidthLoad}`;

/** Figure 13 of FAST'25. */
export const bandwidths = defineClaims([
  ...fast25.bandwidth.gbps.flatMap((gbps, i): Claim[] => {
    const common = {
      source: drawn(FAST25, 'figure 13'),
      kind: 'postdicted' as const,
      unit: 's',
      cells: { gbps, emitted: 'decode', system: 'centric', load: bandwidthLoad },
    };
    return [
      {
        ...common,
        id: `fast25-fig13-ttft-${gbps}`,
        says: `Mean TTFT of synthetic over ${gbps} Gb/s`,
        published: fast25.bandwidth.ttft[i] as number,
        sql: at(gbps, 'ttft_s'),
        tolerance: within(0.15),
      },
      {
        ...common,
        id: `fast25-fig13-theory-${gbps}`,
        kind: 'identity' as const,
        says: `Mean KV of a prompt of synthetic over ${gbps} Gb/s`,
        published: fast25.bandwidth.theory[i] as number,
        sql: at(gbps, 'theory_s'),
        tolerance: { relative: 0.05, reason: 'a quotient of bytes and bandwidth; reading' },
        changes: [
          {
            date: '2026-11-26',
            what: 'called an identity, not postdicted',
            why: 'it is the length of prompts over the bandwidth: no replay could miss it',
          },
        ],
      },
      {
        ...common,
        id: `fast25-fig13-real-${gbps}`,
        says: `Mean time in which KV of a prompt is asked for and not all there, over ${gbps} Gb/s`,
        published: fast25.bandwidth.real[i] as number,
        sql: `
          SELECT under_way_s AS replayed FROM under_way JOIN cells USING (run)
          WHERE gbps = ${gbps} AND emitted = 'decode' AND system = 'centric'
            AND load = ${bandwidthLoad}`,
        tolerance: within(0.15),
        changes: [
          {
            date: '2026-11-26',
            what: 'the union of the flows of a prompt, not the sum of their durations',
            why: 'flows of the chunks of a prompt overlap, and the sum counted such time twice',
          },
        ],
      },
    ];
  }),
  {
    id: 'fast25-fig13-below-2s',
    says: 'Above 100 Gb/s the mean TTFT is below 2 s',
    source: printed(FAST25, 'section 5.4.1'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { emitted: 'decode', system: 'centric' },
    sql: `SELECT bool_and(ttft_s < 2) AS replayed FROM by_bandwidth
      WHERE gbps >= 100 AND emitted = 'decode' AND system = 'centric'`,
    tolerance: holds,
  },
  {
    id: 'fast25-fig13-recomputing',
    says: 'Mean TTFT where every prompt is computed whole; the load was set from it',
    source: drawn(FAST25, 'figure 13, baseline'),
    kind: 'calibrated',
    published: fast25.bandwidth.recomputing,
    unit: 's',
    cells: { emitted: 'decode', system: 'no cache', load: bandwidthLoad },
    sql: `SELECT ttft_s AS replayed FROM by_bandwidth
      WHERE emitted = 'decode' AND system = 'no cache' AND load = ${bandwidthLoad}`,
    tolerance: within(0.15),
  },
]);

const settled = (workload: string, rank: number) => `
  SELECT avg(replicas) AS replayed FROM counts
  WHERE workload = '${workload}' AND system = 'threshold 4' AND rank = ${rank}
    AND minute > (SELECT max(minute) / 2 FROM counts WHERE workload = '${workload}')`;

const settledAt = (workload: string, rank: number, published: number, why?: string): Claim => ({
  id: `fast25-fig11-${workload}-${rank}`,
  says: `Nodes that hold the block of rank ${rank} of ${workload}, mean of the second half`,
  source: drawn(FAST25, 'figure 11'),
  kind: 'postdicted',
  published,
  unit: 'nodes',
  cells: { workload, system: 'threshold 4' },
  sql: settled(workload, rank),
  tolerance: { absolute: 0.5, reason: 'the figure has whole numbers between two' },
  ...(why === undefined ? {} : { notComparable: why }),
});

/** Figure 11 of FAST'25. */
export const replicas = defineClaims([
  settledAt('conversation', 10, 7.5),
  settledAt('conversation', 100, 7.5),
  settledAt('synthetic', 10, 4.5),
  settledAt('toolagent-like', 10, 7.5, 'toolagent-like is generated'),
  settledAt('toolagent-like', 100, 7.5, 'toolagent-like is generated'),
  {
    id: 'fast25-fig11-first-everywhere',
    says: 'The most used block of conversation is on all 8 nodes within five minutes, and stays',
    source: printed(FAST25, 'text on figure 11: top keys on almost every instance'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { workload: 'conversation', system: 'threshold 4' },
    sql: `SELECT min(replicas) = 8 AS replayed FROM counts
      WHERE workload = 'conversation' AND system = 'threshold 4' AND rank = 1 AND minute >= 5`,
    tolerance: holds,
  },
  {
    id: 'fast25-fig11-popular-spread-more',
    says: 'The 10th block of conversation is on more nodes than the 100th, and that than the 1000th',
    source: printed(FAST25, 'figure 11'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { workload: 'conversation', system: 'threshold 4' },
    sql: `SELECT max(mean) FILTER (rank = 10) > max(mean) FILTER (rank = 100)
        AND max(mean) FILTER (rank = 100) > max(mean) FILTER (rank = 1000) AS replayed
      FROM (SELECT rank, avg(replicas) AS mean FROM counts
        WHERE workload = 'conversation' AND system = 'threshold 4' GROUP BY rank)`,
    tolerance: holds,
  },
]);

const generated =
  'toolagent-like is generated, and its reuse was set so that one pool hits what figure 9 shows';

const pools = (Object.keys(fast25.pools) as (keyof typeof fast25.pools)[]).flatMap((workload) => {
  const { local, global, localS, globalS } = fast25.pools[workload];
  const one = (
    id: string,
    says: string,
    system: string,
    column: string,
    published: number,
    tolerance: Claim['tolerance'],
    unit: string,
  ): Claim => ({
    id: `fast25-fig10-served-${workload}-${id}`,
    says: `${says} of ${workload}, 10 prefill nodes`,
    source: drawn(FAST25, 'figure 10'),
    kind: 'postdicted',
    published,
    unit,
    cells: { workload, system },
    sql: `SELECT ${column} AS replayed FROM pools
      WHERE workload = '${workload}' AND system = '${system}'`,
    tolerance,
    ...(workload === 'toolagent-like' ? { notComparable: generated } : {}),
  });
  const reading = { absolute: 0.01, reason: 'reading of the figure, and what is being computed' };
  const share = 'of prompt tokens';
  return [
    one('global', 'Prompt tokens that a pool hits', 'global', 'hit_rate', global, reading, share),
    one(
      'local',
      'Prompt tokens that caches of the nodes hit (cache-aware)',
      'local, cache-aware',
      'hit_rate',
      local,
      reading,
      share,
    ),
    one(
      'local-longest',
      'Prompt tokens that caches of the nodes hit (longest prefix)',
      'local, longest prefix',
      'hit_rate',
      local,
      reading,
      share,
    ),
    one(
      'global-s',
      'Prefill seconds of a request, one pool',
      'global',
      'prefill_s',
      globalS,
      within(0.08),
      's',
    ),
    one(
      'local-s',
      'Prefill seconds of a request, caches of the nodes (cache-aware)',
      'local, cache-aware',
      'prefill_s',
      localS,
      within(0.08),
      's',
    ),
  ];
});

/** Figure 10 of FAST'25. */
export const localGlobal = defineClaims([
  ...pools,
  {
    id: 'fast25-fig10-served-more-and-less',
    says: 'One pool hits more and computes less than the caches of the nodes, by every routing',
    source: printed(FAST25, 'figure 10'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `SELECT bool_and(global > local AND global_s < local_s) AS replayed
      FROM (SELECT workload, max(hit_rate) FILTER (system = 'global') AS global,
          max(hit_rate) FILTER (system LIKE 'local, %') AS local,
          max(prefill_s) FILTER (system = 'global') AS global_s,
          min(prefill_s) FILTER (system LIKE 'local, %') AS local_s
        FROM pools GROUP BY workload)`,
    tolerance: holds,
    changes: [
      {
        date: '2026-11-26',
        what: 'routing by the longest prefix counts among the local ones',
        why: 'it was replayed, it is local, and it is where the finding does not hold',
      },
    ],
  },
]);
