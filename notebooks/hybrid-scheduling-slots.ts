import { hues, tones } from '../src/report/theme.ts';
import type { Figure, Row, Rows } from './figure.ts';
import { hover, numberOf, percent, seriesChannels, seriesOf, titleAbove } from './plot.ts';
import { runProvenance } from './provenance.ts';

/** What charts say of the clock here: no step of it was measured. */
export const calibrated = 'step times calibrated to the published totals; output lengths generated';

const said: Readonly<Record<string, string>> = {
  fcfs: 'First come, first served',
  hybrid: 'Hybrid',
};

/** Requests as bars on the client slots that held them; what is left idle, shaded and summed. */
export function gantt(all: Rows, runs: Rows, policy: string): Figure {
  const requests = all.filter((row) => row.policy === policy);
  const run = runs.find((row) => row.policy === policy) ?? {};
  const longest = Math.max(...runs.map((row) => numberOf(row, 'total_s')));
  const total = numberOf(run, 'total_s');
  const ends = new Map<number, number>();
  for (const row of requests) {
    const slot = numberOf(row, 'slot');
    ends.set(slot, Math.max(ends.get(slot) ?? 0, numberOf(row, 'finish_s')));
  }
  const ranked = [...ends.entries()].sort((a, b) => b[1] - a[1]);
  const rank = new Map(ranked.map(([slot], i) => [slot, i]));
  const empty = Math.max(...requests.map((row) => numberOf(row, 'start_s')));
  const idle = ranked.map(([, end], i) => ({ rank: i, low: i + 1, start_s: end, finish_s: total }));
  const tail = idle.reduce((sum, { start_s }) => sum + total - Math.max(empty, start_s), 0);
  const rows: Row[] = requests.map((row) => ({
    ...row,
    rank: rank.get(numberOf(row, 'slot')) ?? 0,
    low: (rank.get(numberOf(row, 'slot')) ?? 0) + 1,
  }));
  const x = {
    field: 'start_s',
    type: 'quantitative',
    scale: { domain: [0, longest], nice: false },
    axis: { title: 'time, s', tickCount: 10, format: 'd' },
  };
  const y = {
    field: 'rank',
    type: 'quantitative',
    scale: { domain: [ranked.length, 0], nice: false },
    axis: titleAbove(`${ranked.length} client slots, the last to be done on top`, {
      values: [],
      titleX: 0,
      minExtent: 0,
    }),
  };
  const area = { x, x2: { field: 'finish_s' }, y, y2: { field: 'low' } };
  return {
    title: `${said[policy] ?? policy}: ${total.toFixed(1)} s, ${percent(numberOf(run, 'util_round'))} of the slots decode; ${percent(tail / (ranked.length * total))} of all slot time is idle after the queue is empty`,
    subtitle:
      'each bar is a request on its slot; shaded: slots that wait for the others to be done; the rule is the start of the last request',
    rows,
    caption: `${runProvenance(run)}; ${calibrated}`,
    sql: all.sql,
    spec: {
      height: 300,
      layer: [
        {
          data: { values: idle },
          mark: { type: 'rect', fill: hues.orange.mark.light },
          encoding: area,
        },
        {
          mark: {
            type: 'rect',
            fill: hues.blue.mark.light,
            stroke: tones.paper.light,
            strokeWidth: 0.4,
          },
          encoding: {
            ...area,
            tooltip: [
              { field: 'request_id', title: 'request' },
              { field: 'output_tokens', title: 'output tokens', format: ',' },
              { field: 'start_s', title: 'from, s', format: '.1f' },
              { field: 'finish_s', title: 'to, s', format: '.1f' },
            ],
          },
        },
        {
          data: { values: [{}] },
          mark: { type: 'rule', stroke: tones.ink.light, strokeDash: [4, 3] },
          encoding: { x: { datum: empty, type: 'quantitative' } },
        },
      ],
    },
  };
}

const shown = seriesOf([
  ['fcfs', 'black'],
  ['hybrid', 'blue'],
  ['lengths known', 'green'],
]);

/** Slots that decode, over time. */
export function occupancy(all: Rows, runs: Rows): Figure {
  const rows = all.filter((row) => shown.some(({ name }) => name === row.policy));
  const totals = shown.map(({ name }) => {
    const run = runs.find((row) => row.policy === name);
    return `${name} ${numberOf(run, 'total_s').toFixed(1)} s`;
  });
  const base = runs.find((row) => row.policy === 'fcfs') ?? {};
  const x = {
    field: 'at_s',
    type: 'quantitative',
    scale: { nice: false },
    axis: { title: 'time, s', tickCount: 10, format: 'd' },
  };
  const y = {
    field: 'slots',
    type: 'quantitative',
    scale: { domain: [0, 200] },
    axis: titleAbove('client slots that decode', { tickCount: 4 }),
  };
  const before = numberOf(base, 'idle_before_share');
  return {
    title: `All slots are busy until the queue is empty; ${percent(1 - before)} of what is idle comes after: ${totals.join(', ')}`,
    subtitle: 'means over 2 s; the area above a line is lost, the bound has none',
    rows,
    series: shown,
    caption: `${runProvenance(base)}; ${calibrated}; "lengths known" is a list for each slot by the true lengths, levelled`,
    sql: all.sql,
    spec: {
      height: 220,
      layer: [
        {
          mark: { type: 'line', clip: true },
          encoding: { x, y, ...seriesChannels(shown, 'policy') },
        },
        hover({ x, y }, [
          { field: 'at_s', title: 'at, s', format: '.0f' },
          { field: 'policy', title: 'policy' },
          { field: 'slots', title: 'slots that decode', format: '.1f' },
        ]),
      ],
    },
  };
}
