import { type Claim, defineClaims } from 'reprise';
import { derived, drawn, FAST25, fiveSeeds, holds, printed, V3, within } from './common.ts';
import { fast25, type Strategy, strategies, v3Strategies } from './published.ts';

const clockNames = ['measured', 'analytic'] as const;

/** Mean TTFT of a strategy, with its interval. */
const ttft = (column: string, strategy: string, clock: string) => `
  SELECT ${column} AS replayed, ${column} - ${column}_half AS low,
    ${column} + ${column}_half AS high, ${fiveSeeds} AS interval
  FROM ttfts WHERE strategy = '${strategy}' AND clock = '${clock}' AND arrivals = 'spread'`;

const means = clockNames.flatMap((clock) =>
  strategies.map(
    (strategy): Claim => ({
      id: `fast25-fig5-${strategy}-${clock}`,
      says: `Mean TTFT with ${strategy} placement, 8P + 8D assumed, ${clock} clock`,
      source: printed(FAST25, 'figure 5'),
      kind: 'postdicted',
      published: fast25.strategies[strategy].mean,
      precision: 0.01,
      unit: 's',
      cells: { strategy, clock, arrivals: 'spread' },
      sql: ttft('mean', strategy, clock),
      tolerance: within(0.15),
    }),
  ),
);

const quartiles = strategies.flatMap((strategy) =>
  (['q1', 'median', 'q3'] as const).map(
    (quartile): Claim => ({
      id: `fast25-fig5-${strategy}-${quartile}`,
      says: `${quartile} of TTFT with ${strategy} placement, 8P + 8D assumed, measured clock`,
      source: drawn(FAST25, 'figure 5'),
      kind: 'postdicted',
      published: fast25.strategies[strategy][quartile],
      unit: 's',
      cells: { strategy, clock: 'measured', arrivals: 'spread' },
      sql: ttft(quartile, strategy, 'measured'),
      tolerance: within(0.15),
    }),
  ),
);

/** Paired by seed: a ratio of means, with its interval. */
const ratioSql = (over: string, under: string, clock: string) => `
  SELECT avg(ratio) AS replayed, avg(ratio) - 2.132 * stddev_samp(ratio) / sqrt(5) AS low,
    avg(ratio) + 2.132 * stddev_samp(ratio) / sqrt(5) AS high, ${fiveSeeds} AS interval
  FROM (SELECT seed, max(mean) FILTER (strategy = '${over}')
      / max(mean) FILTER (strategy = '${under}') AS ratio
    FROM (SELECT cells.strategy, cells.seed, mean FROM first_tokens JOIN cells USING (run)
      WHERE cells.clock = '${clock}' AND cells.arrivals = 'spread')
    GROUP BY seed)`;

const ratios = clockNames.flatMap((clock) =>
  (['random', 'load-balancing', 'cache-aware'] as const).map(
    (strategy): Claim => ({
      id: `fast25-fig5-${strategy}-over-centric-${clock}`,
      says: `Mean TTFT with ${strategy} over that with Algorithm 1, ${clock} clock`,
      source: derived(FAST25, 'figure 5'),
      kind: 'postdicted',
      published: fast25.strategies[strategy].mean / fast25.strategies['kv-cache-centric'].mean,
      unit: 'x',
      cells: { clock, arrivals: 'spread' },
      sql: ratioSql(strategy, 'kv-cache-centric', clock),
      tolerance: within(0.15),
    }),
  ),
);

/** The order of the strategies, every step of it beyond the intervals. */
const orderOf = (where: string) => `
  SELECT bool_and(mean - half > before + before_half) AS replayed
  FROM (SELECT mean, half, lag(mean) OVER w AS before, lag(half) OVER w AS before_half
    FROM (SELECT strategy, mean, half FROM (${where}))
    WINDOW w AS (ORDER BY CASE strategy WHEN 'kv-cache-centric' THEN 0 WHEN 'cache-aware' THEN 1
      WHEN 'load-balancing' THEN 2 WHEN 'random' THEN 3 END))
  WHERE before IS NOT NULL`;

const orders = clockNames.map(
  (clock): Claim => ({
    id: `fast25-fig5-order-${clock}`,
    says: `Algorithm 1 before cache-aware, load balancing and random, intervals apart, ${clock} clock`,
    source: printed(FAST25, 'figure 5'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { clock, arrivals: 'spread' },
    sql: orderOf(`SELECT strategy, mean, mean_half AS half FROM ttfts
      WHERE clock = '${clock}' AND arrivals = 'spread'
        AND strategy IN (${strategies.map((one) => `'${one}'`).join(', ')})`),
    tolerance: holds,
  }),
);

const ticks: Claim = {
  id: 'fast25-fig5-order-ticks',
  says: 'The same order on the arrivals as recorded, in ticks of 3 s, on both clocks',
  source: printed(FAST25, 'figure 5'),
  kind: 'shape',
  published: 1,
  unit: 'holds',
  cells: { arrivals: 'ticks' },
  sql: `
    SELECT bool_and(centric < aware AND aware < balanced AND balanced < random) AS replayed
    FROM (SELECT clock, max(mean) FILTER (strategy = 'kv-cache-centric') AS centric,
        max(mean) FILTER (strategy = 'cache-aware') AS aware,
        max(mean) FILTER (strategy = 'load-balancing') AS balanced,
        max(mean) FILTER (strategy = 'random') AS random
      FROM ttfts WHERE arrivals = 'ticks' GROUP BY clock)`,
  tolerance: holds,
};

const saved: Claim = {
  id: 'fast25-fig5-saved-by-global',
  says: 'Mean TTFT falls by that share from local caches to Algorithm 1, measured clock',
  source: printed(FAST25, 'text on figure 5: 14 % lower'),
  kind: 'postdicted',
  published: 0.14,
  precision: 0.01,
  unit: 'of the time',
  cells: { clock: 'measured', arrivals: 'spread' },
  sql: `SELECT 1 - 1 / replayed AS replayed, 1 - 1 / low AS low, 1 - 1 / high AS high, interval
    FROM (${ratioSql('cache-aware', 'kv-cache-centric', 'measured')})`,
  tolerance: { absolute: 0.02, reason: 'printed in whole percent, and a difference of two means' },
};

/** Figure 5 of FAST'25. */
export const fast25Strategies = defineClaims([
  ...orders,
  ticks,
  saved,
  ...means,
  ...ratios,
  ...quartiles,
]);

/** What the load does to the order; nothing is published on rates. */
export const fast25Saturation = defineClaims([
  {
    id: 'fast25-fig5-order-any-split',
    says: 'The order of the four strategies holds for 5 to 10 prefill nodes of 16, on both clocks',
    source: printed(FAST25, 'figure 5, whose split is not reported'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { rate: 1 },
    sql: `SELECT bool_and(centric < aware AND aware < balanced AND balanced < random) AS replayed
      FROM by_load WHERE rate = 1`,
    tolerance: holds,
  },
  {
    id: 'fast25-fig5-order-any-rate',
    says: 'The order of the four strategies holds from half the rate of the trace to twice it',
    source: printed(FAST25, 'figure 5, whose rate is not reported'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { prefill: 8, clock: 'measured' },
    sql: `SELECT bool_and(centric < aware AND aware < balanced AND balanced < random) AS replayed
      FROM by_load WHERE prefill = 8 AND clock = 'measured' AND rate <= 2`,
    tolerance: holds,
  },
]);

/** The threshold of Algorithm 1 is not published; nothing is held against a figure. */
export const thresholds = defineClaims([
  {
    id: 'fast25-threshold-sending-pays',
    says: 'Sending blocks at any threshold from 1 to 8 answers sooner than never sending them',
    source: printed(FAST25, 'section 4.2 and figure 5'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `SELECT bool_and(most < never) AS replayed
      FROM (SELECT cells.trace, load, mode, max(ttft_mean_ms) FILTER (threshold <= 8) AS most,
          max(ttft_mean_ms) FILTER (threshold > 8) AS never
        FROM runs JOIN cells USING (run) GROUP BY ALL)`,
    tolerance: holds,
  },
]);

const otherTrace =
  'the figure is of the trace of 2024, of which no copy was obtained; beside it stands a generated ' +
  'trace with the rate, lengths and reuse of the tool-and-agent trace of 2025, at that rate';

const ttftsOf = (strategy: Strategy, rate: number) => `
  SELECT mean AS replayed, mean - half AS low, mean + half AS high, ${fiveSeeds} AS interval
  FROM ttfts WHERE strategy = '${strategy}' AND rate = ${rate}`;

/** Figure 8 of arXiv v3. */
export const v3Fig8 = defineClaims([
  ...strategies.map(
    (strategy): Claim => ({
      id: `v3-fig8-${strategy}`,
      says: `Mean TTFT with ${strategy} placement, 8P + 8D`,
      source: printed(V3, 'figure 8'),
      kind: 'postdicted',
      published: v3Strategies[strategy].mean,
      precision: 0.01,
      unit: 's',
      cells: { strategy, rate: 1 },
      sql: ttftsOf(strategy, 1),
      tolerance: within(0.15),
      notComparable: otherTrace,
    }),
  ),
  ...[1, 2].map(
    (rate): Claim => ({
      id: `v3-fig8-order-rate-${rate}`,
      says: `The order of the four strategies on toolagent-like at ${rate} times its rate, intervals apart`,
      source: printed(V3, 'figure 8'),
      kind: 'shape',
      published: 1,
      unit: 'holds',
      cells: { rate },
      sql: orderOf(`SELECT strategy, mean, half FROM ttfts WHERE rate = ${rate}`),
      tolerance: holds,
    }),
  ),
  {
    id: 'v3-fig8-near-saturation',
    says: 'At some rate load balancing takes at least five times as long as Algorithm 1, which stays below 30 s',
    source: derived(V3, 'figure 8: 9.6 times'),
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `SELECT bool_or(balanced >= 5 * centric AND centric < 30) AS replayed
      FROM (SELECT rate, max(mean) FILTER (strategy = 'load-balancing') AS balanced,
        max(mean) FILTER (strategy = 'kv-cache-centric') AS centric FROM ttfts GROUP BY rate)`,
    tolerance: holds,
  },
]);
