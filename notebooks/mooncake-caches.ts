import type { Figure, Rows } from './figure.ts';
import { hitRates, sources } from './mooncake-published.ts';
import {
  countLabel,
  hover,
  logScale,
  numberOf,
  percent,
  reference,
  seriesChannels,
  seriesOf,
  shareAxis,
} from './plot.ts';

/** The policies that deployed systems have. */
const deployed = seriesOf([
  ['lru', 'blue'],
  ['lfu', 'vermillion'],
  ['fifo', 'green'],
]);

/** The capacity that the text is about, in blocks. */
export const middle = 10_000;

/** Hits of one pool, of a policy at a capacity, over the whole trace. */
export function hitsOf(caches: Rows, policy: string, blocks = middle) {
  const row = caches.find((one) => one.policy === policy && one.capacity_blocks === blocks);
  return { hits: numberOf(row, 'hits'), references: numberOf(row, 'block_references'), row };
}

/** Share of prompt tokens that a pool finds, by its size, under Belady and under what is in use. */
export function gap(caches: Rows): Figure {
  const [first] = caches;
  const points = caches.map((row) => ({
    policy: row.policy ?? null,
    capacity_blocks: row.capacity_blocks ?? null,
    share: numberOf(row, 'hit_tokens') / numberOf(row, 'input_tokens'),
    hits: row.hits ?? null,
  }));
  const best = points.filter((row) => row.policy === 'min');
  const shown = points.filter((row) => row.policy !== 'min');
  const recorded = first?.trace === 'conversation';
  const blocks = points.map((row) => numberOf(row, 'capacity_blocks'));
  const [fewest, most] = [Math.min(...blocks), Math.max(...blocks)];
  const drawn = hitRates.filter(
    ({ capacity_blocks }) => recorded && capacity_blocks >= fewest && capacity_blocks <= most,
  );
  const x = {
    field: 'capacity_blocks',
    ...logScale([fewest, most], {
      title: 'blocks in the pool, log scale; a block of 512 tokens is 160 MiB of a 70B model',
      labelExpr: countLabel,
    }),
  };
  const y = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [0, 0.5], clamp: true },
    axis: { ...shareAxis('share of prompt tokens found'), values: [0, 0.1, 0.2, 0.3, 0.4, 0.5] },
  };
  const lru = hitsOf(caches, 'lru');
  const belady = hitsOf(caches, 'min');
  const last = best[best.length - 1];
  const others = deployed.filter(({ name }) => shown.some((row) => row.policy === name));
  return {
    title: `With ${middle.toLocaleString('en')} blocks LRU gets ${percent(lru.hits / belady.hits)} of the hits that Belady does`,
    subtitle: `one pool for all requests, cold; the dashed line is Belady, which knows the future${recorded ? '; hollow: published for LRU' : ''}`,
    rows: points,
    series: others,
    caption: `${cacheProvenance(first)}${recorded ? `; diamonds: ${sources.figure9}` : ''}`,
    sql: caches.sql,
    spec: {
      height: 300,
      layer: [
        ...reference(
          best.map((row) => ({ x: numberOf(row, 'capacity_blocks'), y: numberOf(row, 'share') })),
          `Belady, ${percent(numberOf(last, 'share'))}`,
          { dx: -150 },
        ),
        {
          transform: [{ filter: "datum.policy !== 'min'" }],
          mark: { type: 'line', clip: true, point: { size: 45, filled: true, opacity: 1 } },
          encoding: { x, y, ...seriesChannels(others, 'policy') },
        },
        {
          data: { values: drawn },
          mark: { type: 'point', shape: 'diamond', size: 70, filled: false, strokeWidth: 1.5 },
          encoding: {
            x,
            y,
            color: { value: seriesChannels(deployed).color.scale.range[0] },
            tooltip: [
              { field: 'capacity_blocks', title: 'published, blocks', format: ',.0f' },
              { field: 'share', title: 'found', format: '.1%' },
            ],
          },
        },
        hover({ x, y }, [
          { field: 'policy', title: 'policy' },
          { field: 'capacity_blocks', title: 'blocks', format: ',' },
          { field: 'share', title: 'found', format: '.1%' },
          { field: 'hits', title: 'block hits', format: ',' },
        ]),
      ],
    },
  };
}

/** What a chart of block caches says of its rows. */
export function cacheProvenance(row: Rows[number] | undefined): string {
  return `Trace ${row?.trace}, ${row?.trace_kind}; analysis block-cache, rule ${row?.rule}, ${numberOf(row, 'requests').toLocaleString('en')} requests counted; no interval: the replay draws nothing`;
}
