import { hues } from '../src/report/theme.ts';
import type { Figure, Row, Rows } from './figure.ts';
import { numberOf, percent, titleAbove } from './plot.ts';
import { provenance } from './provenance.ts';

/** Requests by their number of images; from ten on together. */
export function imagesPerRequest(all: Rows, traces: Rows, trace: string): Figure {
  const counted = all.filter((row) => row.trace === trace);
  const total = sumOf(counted);
  const at = (n: number) => counted.filter((row) => row.images === n);
  const many = counted.filter((row) => numberOf(row, 'images') >= 10);
  const rows = [
    ...Array.from({ length: 10 }, (_, n) => ({ images: String(n), requests: sumOf(at(n)) })),
    { images: '10 and more', requests: sumOf(many) },
  ].map((row) => ({ ...row, share: row.requests / total }));
  const most = Math.max(...counted.map((row) => numberOf(row, 'images')));
  const several = counted.filter((row) => numberOf(row, 'images') > 1);
  return {
    title: `${percent(sumOf(at(1)) / total)} of the requests carry one image, ${percent(sumOf(several) / total)} several, at most ${most}`,
    subtitle: 'requests by their number of images',
    rows,
    caption: provenance(traces, trace, ['media']),
    sql: all.sql,
    spec: {
      height: 220,
      layer: [
        {
          mark: { type: 'bar', fill: hues.green.mark.light },
          encoding: {
            tooltip: [
              { field: 'images', title: 'images' },
              { field: 'requests', title: 'requests', format: ',' },
            ],
          },
        },
        {
          mark: { type: 'text', baseline: 'bottom', dy: -3 },
          encoding: { text: { field: 'share', format: '.1%' } },
        },
      ],
      encoding: {
        x: {
          field: 'images',
          type: 'nominal',
          sort: null,
          axis: { title: 'images in the request', labelAngle: 0 },
        },
        y: {
          field: 'share',
          type: 'quantitative',
          axis: titleAbove('share of requests', { format: '.0%', tickCount: 4 }),
        },
      },
    },
  };
}

function sumOf(rows: readonly Row[]): number {
  return rows.reduce((total, row) => total + numberOf(row, 'requests'), 0);
}
