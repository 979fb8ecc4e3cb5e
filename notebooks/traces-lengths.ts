import { hues } from '../src/report/theme.ts';
import type { Figure, Rows } from './figure.ts';
import {
  countLabel,
  hover,
  logScale,
  numberOf,
  percent,
  quantile,
  seriesChannels,
  seriesOf,
  shareAxis,
} from './plot.ts';
import { provenance } from './provenance.ts';

/** What of a request is counted in tokens, as the query names it, with its column of the trace. */
const quantities = seriesOf([
  ['prompt text', 'blue'],
  ['output', 'vermillion'],
  ['images', 'green'],
]);
const columns: Readonly<Record<string, string>> = {
  'prompt text': 'input_tokens',
  output: 'output_tokens',
  images: 'media',
};

/** Distribution of the tokens of a request: text of the prompt, output, images. */
export function lengths(all: Rows, traces: Rows, trace: string): Figure {
  const rows = all.filter((row) => row.trace === trace);
  const series = quantities.filter((one) => rows.some((row) => row.quantity === one.name));
  const tokens = rows.map((row) => numberOf(row, 'tokens')).filter((n) => n >= 1);
  const x = {
    field: 'tokens',
    ...logScale([Math.min(...tokens), Math.max(...tokens)], {
      title: 'tokens of a request, log scale',
      labelExpr: countLabel,
    }),
  };
  const y = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: shareAxis('share of requests with at most that many'),
  };
  const prompt = rows.filter((row) => row.quantity === 'prompt text');
  const output = rows.filter((row) => row.quantity === 'output');
  const [middle, tail, answer] = [
    quantile(prompt, 'tokens', 0.5),
    quantile(prompt, 'tokens', 0.99),
    quantile(output, 'tokens', 0.5),
  ].map((n) => Math.round(n).toLocaleString('en'));
  return {
    title: `Half of the prompts hold at most ${middle} tokens of text and one in a hundred over ${tail}; the median answer has ${answer}`,
    subtitle: `share of requests by tokens${series.length > 2 ? '; the line of images is over the requests that have one' : ''}`,
    rows,
    series,
    caption: provenance(
      traces,
      trace,
      series.map((one) => columns[one.name] as string),
    ),
    sql: all.sql,
    spec: {
      height: 280,
      transform: [{ filter: 'datum.tokens >= 1' }],
      layer: [
        {
          mark: { type: 'line', clip: true },
          encoding: { x, y, order: { field: 'share' }, ...seriesChannels(series, 'quantity') },
        },
        hover({ x, y }, [
          { field: 'quantity', title: 'tokens of' },
          { field: 'tokens', title: 'tokens', format: ',.0f' },
          { field: 'share', title: 'share of requests with at most that', format: '.1%' },
        ]),
      ],
    },
  };
}

/** Tokens of one image, as a distribution. */
export function imageTokens(all: Rows, traces: Rows, trace: string): Figure {
  const rows = all.filter((row) => row.trace === trace);
  const most = Math.max(...rows.map((row) => numberOf(row, 'tokens')));
  const x = {
    field: 'tokens',
    type: 'quantitative',
    axis: { title: 'tokens of one image', tickCount: 7, labelExpr: countLabel, grid: true },
  };
  const y = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: shareAxis('share of images with at most that many'),
  };
  const middle = Math.round(quantile(rows, 'tokens', 0.5)).toLocaleString('en');
  const large = rows.filter((row) => numberOf(row, 'tokens') < 0.9 * most);
  const below = numberOf(large[large.length - 1], 'share');
  return {
    title: `Half of the images cost at most ${middle} tokens; ${percent(1 - below)} stand within a tenth of the largest, ${most.toLocaleString('en')}`,
    subtitle: "share of images by their tokens, in the source's own count",
    rows,
    caption: provenance(traces, trace, ['media']),
    sql: all.sql,
    spec: {
      height: 240,
      layer: [
        {
          mark: { type: 'line', clip: true },
          encoding: { x, y, order: { field: 'share' }, color: { value: hues.blue.mark.light } },
        },
        hover({ x, y }, [
          { field: 'tokens', title: 'tokens', format: ',.0f' },
          { field: 'share', title: 'share of images with at most that', format: '.1%' },
        ]),
      ],
    },
  };
}
