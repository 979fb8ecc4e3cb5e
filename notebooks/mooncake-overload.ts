import { tones } from '../src/report/theme.ts';
import type { Figure, Row, Rows } from './figure.ts';
import { fluctuation, rejected, sources } from './mooncake-published.ts';
import { hover, numberOf, percent, seriesChannels, seriesOf, titleAbove } from './plot.ts';
import { runProvenance } from './provenance.ts';
import type { Beside } from './published-table.ts';

const pools = seriesOf([
  ['prefill', 'vermillion'],
  ['decode', 'blue'],
]);

const names: Readonly<Record<string, string>> = {
  early: 'early rejection',
  'early-predicted': 'early rejection with prediction',
  'two-gates': 'a gate before each stage',
};

/** Loads of both pools over time under one admission. */
export function loads(all: Rows, moments: Rows, admission: string): Figure {
  const rows = all.filter((row) => row.admission === admission);
  const moment = momentOf(moments, admission);
  const swings = numberOf(moment, 'prefill_sd') > 0.15;
  const end = Math.max(...all.map((row) => numberOf(row, 'at_s')));
  const x = {
    field: 'at_s',
    type: 'quantitative',
    scale: { domain: [0, end], nice: false },
    axis: { title: 'time, s', format: ',d', tickCount: 8 },
  };
  const y = {
    field: 'load',
    type: 'quantitative',
    scale: { domain: [0, 1.1] },
    axis: titleAbove('load', { values: [0, 0.25, 0.5, 0.75, 1], format: '.2f' }),
  };
  return {
    title: `${capital(names[admission] ?? admission)}: the prefill load ${swings ? 'swings' : 'stays'} between ${number(moment, 'prefill_low')} and ${number(moment, 'prefill_high')}, correlation with the decode load ${number(moment, 'correlation')} (${number(moment, 'correlation_low')} to ${number(moment, 'correlation_high')})`,
    subtitle:
      'mean over each pool of 8 nodes, at three times the rate of the trace: queued prefill over 30 s, predicted decode round over 21 ms; 1 is the SLO',
    rows,
    series: pools,
    caption: `${runProvenance(rows[0] ?? {}).replace('one run each, no interval', 'drawn: seed 1')}; a sample every 15 s. Between: 5 and 95 % of the samples, without the first and last minute; of it and of the correlation, means (and the range) of ${numberOf(moment, 'seeds')} seeds of the arrivals`,
    sql: all.sql,
    spec: {
      height: 170,
      layer: [
        {
          data: { values: [{}] },
          mark: { type: 'rule', stroke: tones.muted.light, strokeDash: [3, 3] },
          encoding: { y: { datum: 1, type: 'quantitative' } },
        },
        {
          mark: { type: 'line', clip: true, strokeWidth: 1.75 },
          encoding: { x, y, ...seriesChannels(pools, 'pool') },
        },
        hover({ x, y }, [
          { field: 'at_s', title: 'at, s', format: ',' },
          { field: 'pool', title: 'pool' },
          { field: 'load', title: 'load', format: '.2f' },
        ]),
      ],
    },
  };
}

/** What the damping brought and cost, in words. */
export function settled(moments: Rows): string {
  const said = (admission: string) => {
    const moment = momentOf(moments, admission);
    const share = numberOf(moment, 'rejected') / numberOf(moment, 'requests');
    return `${percent(share)} at a mean TTFT of ${numberOf(moment, 'ttft_s').toFixed(1)} s`;
  };
  const early = numberOf(momentOf(moments, 'early'), 'rejected');
  const predicted = numberOf(momentOf(moments, 'early-predicted'), 'rejected');
  const result =
    predicted < early
      ? 'So prediction damps the swing and lets more in.'
      : 'So prediction damps the swing and here lets no more in: a prefill pool that is kept full is not a gain by itself where decoding is what is scarce.';
  return `Early rejection turned away ${said('early')}, with prediction ${said('early-predicted')}, a gate before each stage ${said('two-gates')}. ${result} The decode load itself hardly moves, because most of a round is reading the weights, whatever the batch. (Means of ${numberOf(momentOf(moments, 'early'), 'seeds')} seeds.)`;
}

/** What the paper's section on overload printed or drew, beside the replay. */
export function overloadBeside(moments: Rows): Beside[] {
  const early = momentOf(moments, 'early');
  const base = numberOf(momentOf(moments, 'two-gates'), 'rejected');
  const change = (admission: 'early' | 'early-predicted'): Beside => ({
    figure: `rejections, ${names[admission]} against a gate before each stage`,
    source: sources.table3,
    published: signed(rejected[admission] / rejected['two-gates'] - 1),
    replayed: signed(numberOf(momentOf(moments, admission), 'rejected') / base - 1),
    differs: "another trace, at twice its rate; the paper's TBT SLO is not given",
  });
  return [
    {
      figure: 'standard deviation of the prefill load, early rejection',
      source: sources.v3Figure9,
      published: String(fluctuation.prefillSd),
      replayed: number(early, 'prefill_sd'),
      differs: '20 machines of a running service',
    },
    {
      figure: 'the same of the decode load',
      source: sources.v3Figure9,
      published: String(fluctuation.decodeSd),
      replayed: number(early, 'decode_sd'),
      differs: 'here most of a round is reading weights, whatever the load',
    },
    {
      figure: 'correlation of the two at the same time',
      source: sources.v3Figure9,
      published: number({ c: fluctuation.correlation }, 'c'),
      replayed: number(early, 'correlation'),
      differs: '',
    },
    change('early'),
    change('early-predicted'),
  ];
}

function momentOf(moments: Rows, admission: string): Row {
  return moments.find((row) => row.admission === admission) ?? {};
}

/** Two decimals, with a minus sign. */
function number(row: Row, column: string): string {
  return numberOf(row, column).toFixed(2).replace('-', '−');
}

function signed(share: number): string {
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
