import { logTicks } from '../src/report/scales.ts';
import { hues } from '../src/report/theme.ts';
import type { Figure, Row, Rows } from './figure.ts';
import {
  countLabel,
  hover,
  logScale,
  numberOf,
  percent,
  quantile,
  reference,
  shareAxis,
  titleAbove,
} from './plot.ts';
import { provenance } from './provenance.ts';

const line = { type: 'line', clip: true, stroke: hues.blue.mark.light } as const;

/** Requests by the share of their prompt's blocks that earlier prompts began with. */
export function prefixReuse(all: Rows, traces: Rows, trace: string): Figure {
  const rows = all.filter((row) => row.trace === trace);
  const sum = (column: string, of: readonly Row[] = rows) =>
    of.reduce((total, row) => total + numberOf(row, column), 0);
  const found = sum('found_blocks') / sum('blocks');
  const little = rows.filter((row) => numberOf(row, 'found_upto') <= 0.1);
  return {
    title: `An endless prefix cache finds ${percent(found)} of all prompt blocks, but at most a tenth of the prompt for ${percent(sum('requests', little) / sum('requests'))} of the requests`,
    subtitle:
      'requests by the share of their leading blocks that an earlier request had; nothing is ever evicted',
    rows,
    caption: provenance(traces, trace, ['block_ids']),
    sql: all.sql,
    spec: {
      height: 220,
      transform: [
        { calculate: 'datum.found_upto - 0.1', as: 'found_from' },
        { calculate: `datum.requests / ${sum('requests')}`, as: 'share' },
      ],
      mark: { type: 'bar', fill: hues.blue.mark.light, binSpacing: 2 },
      encoding: {
        x: {
          field: 'found_from',
          type: 'quantitative',
          scale: { domain: [0, 1] },
          axis: { title: 'share of the prompt found in the cache', format: '.0%' },
        },
        x2: { field: 'found_upto' },
        y2: { datum: 0 },
        y: {
          field: 'share',
          type: 'quantitative',
          axis: titleAbove('share of requests', { format: '.0%', tickCount: 4 }),
        },
        tooltip: [
          { field: 'found_upto', title: 'found, up to', format: '.0%' },
          { field: 'requests', title: 'requests', format: ',' },
          { field: 'share', title: 'share of requests', format: '.1%' },
        ],
      },
    },
  };
}

/** Times between the uses of a block. */
export function reuseIntervals(all: Rows, traces: Rows, trace: string): Figure {
  const rows = all.filter((row) => row.trace === trace);
  const seconds = rows.map((row) => numberOf(row, 'interval_s')).filter((s) => s >= 1);
  const x = {
    field: 'interval_s',
    ...logScale([Math.min(...seconds), Math.max(...seconds)], {
      title: 'time since the last use of the block, s, log scale',
      format: ',',
    }),
  };
  const y = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: shareAxis('share of all reuses within that time'),
  };
  const [middle, tail] = [0.5, 0.9].map((q) => Math.round(quantile(rows, 'interval_s', q)));
  return {
    title: `Half of all reuses come within ${middle} s, nine in ten within ${tail} s`,
    subtitle:
      'how long a block must be kept to be found; a block that comes back with the next arrival counts too',
    rows,
    caption: provenance(traces, trace, ['arrival_ms', 'block_ids']),
    sql: all.sql,
    spec: {
      height: 240,
      transform: [{ filter: 'datum.interval_s >= 1' }],
      layer: [
        { mark: line, encoding: { x, y, order: { field: 'share' } } },
        hover({ x, y }, [
          { field: 'interval_s', title: 'within, s', format: ',.0f' },
          { field: 'share', title: 'share of reuses', format: '.1%' },
        ]),
      ],
    },
  };
}

/** Uses of blocks over their rank, on logarithmic axes: a straight line is a Zipf law. */
export function popularity(all: Rows, traces: Rows, trace: string): Figure {
  const rows = all.filter((row) => row.trace === trace);
  const ranks = Math.max(...rows.map((row) => numberOf(row, 'rank')));
  const most = numberOf(rows[0], 'uses');
  const second = rows.find((row) => numberOf(row, 'rank') === 2);
  const repeated = Math.max(
    0,
    ...rows.filter((row) => numberOf(row, 'uses') > 1).map((row) => numberOf(row, 'rank')),
  );
  const x = {
    field: 'rank',
    ...logScale([1, ranks], {
      title: 'rank of the block by its uses, log scale',
      labelExpr: countLabel,
    }),
  };
  const y = {
    field: 'uses',
    type: 'quantitative',
    scale: { type: 'log', domain: [1, most], nice: false },
    axis: titleAbove('uses, log scale', { values: logTicks(1, most, 5), labelExpr: countLabel }),
  };
  return {
    title: `One block is used ${most.toLocaleString('en')} times, the next ${numberOf(second, 'uses').toLocaleString('en')}; ${percent(1 - repeated / ranks)} of the blocks are used once`,
    subtitle: `prompts that use a block, by rank, for ${ranks.toLocaleString('en')} blocks; a Zipf law of exponent 1 would be parallel to the dashed line`,
    rows,
    caption: provenance(traces, trace, ['block_ids']),
    sql: all.sql,
    spec: {
      height: 260,
      layer: [
        ...reference(
          [
            { x: Math.min(ranks, most), y: Math.max(1, most / ranks) },
            { x: 1, y: most },
          ],
          'Zipf, exponent 1',
          { align: 'left', baseline: 'top', dx: 60, dy: 2 },
        ),
        { mark: { ...line, interpolate: 'step-before' }, encoding: { x, y } },
        hover({ x, y }, [
          { field: 'rank', title: 'rank', format: ',' },
          { field: 'uses', title: 'uses', format: ',' },
        ]),
      ],
    },
  };
}
