import type { CheckedRows } from '../../cost/calibration/check/check.ts';
import { errorOf, type Scored } from '../../cost/calibration/check/errors.ts';
import type { CheckRecord } from '../../cost/calibration/recorded/record.ts';
import type { Chart } from '../chart.ts';
import { errorByShape } from '../charts/error-by-shape.ts';
import { type ErrorMark, type ErrorRow, errorMarks } from '../charts/error-marks.ts';
import { predictedMeasured } from '../charts/predicted-measured.ts';
import { rangeOf } from '../clock-errors.ts';
import { slug } from '../page/html.ts';
import { counted } from '../sections/section.ts';
import { comparedPoints, shapePanels } from './clock-rows.ts';
import { constantsOf } from './clock-tables.ts';

type Head = Pick<Chart, 'id' | 'provenance'>;

const familyMarks: readonly ErrorMark[] = [
  { field: 'median', label: 'median', shape: 'circle', hue: 'blue' },
  { field: 'mean', label: 'mean', shape: 'diamond', hue: 'vermillion' },
  { field: 'p90', label: '90th percentile', shape: 'stroke' },
];

/** Kernels by family, a panel per GPU. */
export function familiesChart(families: CheckRecord['families'], head: Head): Chart {
  const rows: ErrorRow[] = families.map(({ family, gpu, rows: n, bias, mape, median, p90 }) => ({
    panel: `${gpu}, ${constantsOf(gpu) === 'its own' ? 'constants of its own' : constantsOf(gpu)}`,
    row: family,
    rows: n,
    median,
    mean: mape,
    p90,
    bias,
  }));
  const own = families.filter(({ gpu }) => constantsOf(gpu) === 'its own');
  const carried = families.filter(({ gpu }) => constantsOf(gpu) !== 'its own');
  const near = (list: typeof own) =>
    `${list.filter(({ median }) => median <= 10).length} of ${list.length}`;
  const parts = [
    own.length > 0
      ? `${near(own)} kernel families are within 10 % at the median with constants of their GPU`
      : '',
    carried.length > 0
      ? `${near(carried)}${own.length > 0 ? '' : ' kernel families are within 10 % at the median'} with shares carried over from the A100`
      : '',
  ];
  return errorMarks(
    rows,
    { marks: familyMarks, axis: 'absolute error of one call' },
    {
      ...head,
      title: parts.filter(Boolean).join(', '),
      subtitle:
        'Error of single kernel calls by family: median, mean and 90th percentile; where a GPU has constants of its own, their fit may have seen some of the rows',
      sql: '',
    },
  );
}

const h200Marks: readonly ErrorMark[] = [
  { field: 'median', label: 'median, measured with the kernels', shape: 'circle', hue: 'blue' },
  {
    field: 'own_median',
    label: 'median, our own measurement',
    shape: 'diamond',
    hue: 'vermillion',
  },
  { field: 'p90', label: '90th percentile of the former', shape: 'stroke' },
];

const shortNames: Readonly<Record<string, string>> = {
  'decode steps, batch from 8 on': 'decode, batch from 8 on',
  'prefill without prefix, from 1,024 tokens on': 'prefill from 1,024 tokens',
  'prefix prefill': 'prefill on a prefix',
  'mixed steps': 'mixed',
  'encoder steps': 'encoders',
  'token-selective share of full prefill, from 32k tokens on': 'token-selective from 32k',
  'token-selective share of full prefill, below': 'token-selective below 32k',
};

/** Steps of the H200 that no fit saw, in two measurements of them. */
export function h200Chart(
  recorded: CheckRecord['selections'],
  own: CheckRecord['selections'],
  head: Head,
): Chart {
  const steps = recorded.filter(({ selection }) => !/attention/.test(selection));
  const rows = steps.map(({ selection, rows: n, bias, median, p90 }) => {
    const ours = own.find((one) => one.selection === selection);
    return {
      panel: 'H200, steps that nothing was fitted on',
      row: shortNames[selection] ?? selection,
      rows: n,
      median,
      own_median: ours?.median ?? null,
      p90,
      bias,
      own_rows: ours?.rows ?? null,
    };
  });
  const medians = rangeOf(
    steps.map(({ median }) => median),
    1,
  );
  return errorMarks(
    rows,
    { marks: h200Marks, axis: 'absolute error of the step time' },
    {
      ...head,
      title: `With kernels fitted alone, whole steps on the H200 are ${medians} off at the median, in a second measurement at most ${Math.max(...rows.map((row) => row.own_median ?? 0)).toFixed(1)} %`,
      subtitle:
        'Errors of composed steps across models, rows that a fit saw left out; token-selective prefill as its share of a full one',
      sql: '',
    },
  );
}

/** Every measured row of a GPU beside its prediction. */
export function measuredChart(rows: CheckedRows, gpu: string, head: Omit<Head, 'id'>): Chart {
  const points = comparedPoints(rows, gpu);
  const fitted = points.filter(({ fitted: seen }) => seen === 'yes').length;
  return predictedMeasured(points, {
    id: `measured-${slug(gpu)}`,
    title: `On ${gpu} ${withinText(points)}`,
    subtitle: `Predicted over measured time, both axes logarithmic; the line is equality, the bands are ±10 % and ±25 %; steps with the profile of their engine${fitted > 0 ? `, ${fitted} steps that a fit saw hollow` : ''}`,
    sql: '',
    ...head,
  });
}

/** "67 % of 90,413 measured times are met within 10 %, 90 % within 25 %". */
export function withinText(points: readonly Scored[]): string {
  const within = (limit: number) => {
    const near = points.filter((point) => Math.abs(errorOf(point)) <= limit).length;
    return `${((100 * near) / points.length).toFixed(0)} %`;
  };
  return `${within(10)} of ${counted(points.length, 'measured time')} are met within 10 %, ${within(25)} within 25 %`;
}

/** Signed errors of a GPU over the size of what was timed. */
export function shapeChart(rows: CheckedRows, gpu: string, head: Omit<Head, 'id'>): Chart | null {
  const panels = shapePanels(rows, gpu);
  if (panels.length === 0) return null;
  const all = panels.flatMap(({ panel, size, bins }) => bins.map((bin) => ({ panel, size, bin })));
  const worst = all.reduce((a, b) => (Math.abs(b.bin.median) > Math.abs(a.bin.median) ? b : a));
  const error = worst.bin.median;
  return errorByShape(panels, {
    id: `shape-${slug(gpu)}`,
    title: `On ${gpu} the largest median error, ${error > 0 ? '+' : ''}${error.toFixed(0)} %, is that of ${worst.panel} around ${sizeText(worst.bin.size)} ${unitText(worst.size)}`,
    subtitle:
      'Signed error over size, sizes by powers of two: median, and the middle 80 % as a band; above 0 where predictions are too long, cut off at 60 %; rows of fits of steps left out',
    sql: '',
    ...head,
  });
}

function sizeText(size: number): string {
  const rounded = Number(size.toPrecision(2));
  if (rounded >= 1e6) return `${rounded / 1e6}M`;
  return rounded.toLocaleString('en');
}

function unitText(size: string): string {
  return size === 'KV of the call, bytes' ? 'bytes of KV' : size === 'rows m' ? 'rows' : size;
}
