import { hues, tones } from '../src/report/theme.ts';
import { formatCount } from '../src/units/format.ts';
import type { Figure, Rows } from './figure.ts';
import { cacheProvenance } from './mooncake-caches.ts';
import { hover, logScale, numberOf, percent, reference, titleAbove } from './plot.ts';

/** How much of the way from LRU to Belady other policies go, by capacity. */
export function closed(caches: Rows, capacity: number): Figure {
  const at = (policy: string, blocks: number) =>
    numberOf(
      caches.find((row) => row.policy === policy && row.capacity_blocks === blocks),
      'hits',
    );
  const capacities = [...new Set(caches.map((row) => numberOf(row, 'capacity_blocks')))];
  const policies = [...new Set(caches.map((row) => String(row.policy)))].filter(
    (policy) => !['lru', 'min'].includes(policy),
  );
  const rows = policies.flatMap((policy) =>
    capacities.map((blocks) => {
      const lru = at('lru', blocks);
      const room = at('min', blocks) - lru;
      return {
        policy,
        capacity_blocks: blocks,
        hits: at(policy, blocks),
        lru_hits: lru,
        closed: (at(policy, blocks) - lru) / room,
      };
    }),
  );
  const shown = rows
    .filter((row) => row.capacity_blocks === capacity)
    .sort((a, b) => b.closed - a.closed);
  const [best] = shown;
  const worst = shown[shown.length - 1]?.closed ?? 0;
  const steady = policies.filter((policy) =>
    rows.every((row) => row.policy !== policy || row.closed > 0),
  );
  const tuned =
    caches[0]?.trace === 'conversation'
      ? 'reuse-rate was tuned on the half before, and on kimi-like'
      : 'reuse-rate was tuned on all of this trace';
  const x = {
    field: 'closed',
    type: 'quantitative',
    scale: { domain: [Math.min(-0.4, worst - 0.2), 1], nice: false },
    axis: {
      title: 'share of the gap from LRU (0 %) to Belady (100 %); worse than LRU to the left',
      format: '.0%',
      tickCount: 9,
      grid: true,
    },
  };
  const y = {
    field: 'policy',
    type: 'nominal',
    scale: { domain: shown.map((row) => row.policy), paddingInner: 0.35 },
    axis: { title: null, domain: false, ticks: false, labelFontSize: 12 },
  };
  const text = (align: string, dx: number, filter: string) => ({
    transform: [{ filter }],
    mark: { type: 'text', align, dx, fill: tones.ink.light },
    encoding: { x, y, text: { field: 'closed', type: 'quantitative', format: '+.1%' } },
  });
  return {
    title: `At ${formatBlocks(capacity)} ${best?.policy} goes ${percent(best?.closed ?? Number.NaN)} of the way; ${steadyText(steady)} above LRU at every size`,
    subtitle:
      'hits in the second half of the hour beyond those of LRU, over those of Belady; caches are warm',
    rows: shown,
    caption: `${cacheProvenance(caches[0])}; ${tuned}`,
    sql: caches.sql,
    spec: {
      height: 26 * shown.length,
      layer: [
        {
          mark: { type: 'bar', cornerRadius: 0 },
          encoding: {
            x,
            x2: { datum: 0 },
            y,
            color: {
              condition: { test: "datum.policy === 'reuse-rate'", value: hues.blue.mark.light },
              value: hues.sky.mark.light,
            },
            tooltip: [
              { field: 'policy', title: 'policy' },
              { field: 'closed', title: 'of the gap', format: '.1%' },
              { field: 'hits', title: 'hits', format: ',' },
              { field: 'lru_hits', title: 'hits of LRU', format: ',' },
            ],
          },
        },
        text('left', 5, 'datum.closed >= 0'),
        text('right', -5, 'datum.closed < 0'),
      ],
    },
  };
}

const formatBlocks = (blocks: number) => `${blocks.toLocaleString('en')} blocks`;

function steadyText(policies: readonly string[]): string {
  if (policies.length === 0) return 'none of them is';
  return policies.length === 1 ? `only ${policies[0]} is` : `${policies.join(' and ')} are`;
}

/** Hits of a pool without a limit whose blocks expire some time after their last use. */
export function lifetimes(caches: Rows): Figure {
  const most = numberOf(
    caches.find((row) => row.ttl_s === null),
    'hits',
  );
  const rows = caches
    .filter((row) => row.ttl_s !== null)
    .map((row) => ({ ttl_s: numberOf(row, 'ttl_s'), share: numberOf(row, 'hits') / most }));
  const ten = rows.find((row) => row.ttl_s === 600);
  const times = rows.map((row) => row.ttl_s);
  const x = {
    field: 'ttl_s',
    ...logScale([Math.min(...times), Math.max(...times)], {
      title: 'time from the last use of a block to its end, s, log scale',
      values: times,
      format: ',',
    }),
  };
  const y = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: titleAbove('share of all hits that there are to have', { format: '.0%', tickCount: 5 }),
  };
  // The label stands at the last: where the curve is far below.
  const ends = [Math.max(...times), Math.min(...times)];
  return {
    title: `Blocks that live 10 minutes keep ${percent(ten?.share ?? Number.NaN)} of all hits`,
    subtitle: `room without a limit, blocks end some time after their last use; ${formatCount(most)} hits are the most`,
    rows,
    caption: cacheProvenance(caches[0]),
    sql: caches.sql,
    spec: {
      height: 240,
      layer: [
        ...reference(
          ends.map((x) => ({ x, y: 1 })),
          'nothing ever ends',
          { align: 'left', baseline: 'top', dx: 6, dy: 6 },
        ),
        {
          mark: { type: 'line', stroke: hues.blue.mark.light, point: mark },
          encoding: { x, y },
        },
        hover({ x, y }, [
          { field: 'ttl_s', title: 'lifetime, s', format: ',' },
          { field: 'share', title: 'of all hits', format: '.1%' },
        ]),
      ],
    },
  };
}

const mark = { filled: true, size: 50, opacity: 1, fill: hues.blue.mark.light };
