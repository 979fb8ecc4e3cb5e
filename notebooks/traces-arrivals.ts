import { hues } from '../src/report/theme.ts';
import type { Figure, Rows } from './figure.ts';
import { hover, logScale, numberOf, reference, titleAbove } from './plot.ts';
import { provenance } from './provenance.ts';

/** Requests per second over the trace, in equal windows. */
export function arrivalsOverTime(all: Rows, traces: Rows, trace: string): Figure {
  const rows = all.filter((row) => row.trace === trace);
  const rates = rows.map((row) => numberOf(row, 'requests_per_s'));
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const most = Math.max(...rates);
  const [first] = rows;
  const window = numberOf(first, 'window_s');
  const end = Math.max(...rows.map((row) => numberOf(row, 'start_s'))) + window;
  const backlog = rows.length === 1;
  const y = backlog
    ? { field: 'requests', axis: titleAbove('requests at that time', { tickCount: 5 }) }
    : { field: 'requests_per_s', axis: titleAbove('requests per second', { tickCount: 5 }) };
  return {
    title: backlog
      ? `All ${numberOf(first, 'requests').toLocaleString('en')} requests stand at time 0: a backlog, without a rate of its own`
      : `${mean.toFixed(2)} requests per second on average, ${(most / mean).toFixed(2)}x that in the busiest ${window} s`,
    subtitle: backlog ? 'arrivals over time' : `arrivals in windows of ${window} s`,
    rows,
    caption: provenance(traces, trace, ['arrival_ms']),
    sql: all.sql,
    spec: {
      height: 200,
      layer: [
        {
          transform: [{ calculate: `datum.start_s + ${backlog ? 0.2 : window}`, as: 'end_s' }],
          mark: { type: 'bar', fill: hues.blue.mark.light, binSpacing: 0 },
          encoding: {
            x: {
              field: 'start_s',
              type: 'quantitative',
              scale: { domain: [0, end], nice: false },
              axis: { title: 'time from the start of the trace, s', format: ',d' },
            },
            x2: { field: 'end_s' },
            y: { ...y, type: 'quantitative' },
            y2: { datum: 0 },
            tooltip: [
              { field: 'start_s', title: 'from, s', format: ',' },
              { field: 'requests', title: 'requests', format: ',' },
              { field: 'requests_per_s', title: 'per second', format: '.2f' },
            ],
          },
        },
        ...(backlog
          ? []
          : reference(
              [
                { x: 0, y: mean },
                { x: end, y: mean },
              ],
              'mean',
            )),
      ],
    },
  };
}

/**
 * Index of dispersion of the arrivals: variance over mean of the requests in windows of a length.
 * 1 at all lengths for a Poisson process; above it, arrivals are bunched at that scale.
 */
export function dispersion(all: Rows, traces: Rows, trace: string): Figure {
  const rows = all.filter((row) => row.trace === trace);
  const x = {
    field: 'window_s',
    ...logScale([3, 300], { title: 'length of the window, s, log scale', values: windows }),
  };
  const values = rows.map((row) => numberOf(row, 'dispersion'));
  const y = {
    field: 'dispersion',
    type: 'quantitative',
    scale: { domainMin: 0, domainMax: Math.max(1.5, ...values) * 1.05 },
    axis: titleAbove('index of dispersion', { tickCount: 5 }),
  };
  const [short = '', long = ''] = [rows[0], rows[rows.length - 1]].map((row) => {
    const value = numberOf(row, 'dispersion');
    return `${comparedToPoisson(value)} over ${numberOf(row, 'window_s')} s (${value.toFixed(1)})`;
  });
  return {
    title: `Arrivals are ${short}, ${long}`,
    subtitle:
      'variance over mean of the requests in a window; windows are cut between the steps of 3 s in which some clocks tick',
    rows,
    caption: provenance(traces, trace, ['arrival_ms']),
    sql: all.sql,
    spec: {
      height: 220,
      layer: [
        ...reference(
          [
            { x: 3, y: 1 },
            { x: 300, y: 1 },
          ],
          'Poisson process',
        ),
        {
          mark: { type: 'line', stroke: hues.blue.mark.light, point: pointMark },
          encoding: { x, y },
        },
        hover({ x, y }, [
          { field: 'window_s', title: 'window, s' },
          { field: 'dispersion', title: 'variance over mean', format: '.2f' },
          { field: 'windows', title: 'windows counted', format: ',' },
        ]),
      ],
    },
  };
}

function comparedToPoisson(index: number): string {
  if (index > 1.25) return 'burstier than a Poisson process';
  return index < 0.8 ? 'evener than a Poisson process' : 'as even as a Poisson process';
}

/** Window lengths of the query, in s: multiples of the 3 s that some traces' clocks tick in. */
const windows = [3, 6, 15, 30, 60, 150, 300];

const pointMark = { filled: true, size: 50, opacity: 1, fill: hues.blue.mark.light };
