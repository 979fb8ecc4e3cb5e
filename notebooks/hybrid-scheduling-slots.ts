import { hues, tones } from '../src/report/theme.ts';
import type { Figure, Row, Rows } from './figure.ts';
import { hover, numberOf, percent, seriesChannels, seriesOf, titleAbove } from './plot.ts';
import { runProvenance } from './provenance.ts';

/** What charts here say of their runs: no step of the clock was measured. */
export function slotsProvenance(run: Row): string {
  const clock = 'affine clock calibrated to the published totals';
  return runProvenance(run).replace('cost profile none', clock);
}

const said: Readonly<Record<string, string>> = {
  fcfs: 'First come, first served',
  hybrid: 'Hybrid',
};

/** Requests by their output tokens, from here on. */
const lengths = [
  { name: 'answers under 250 tokens', from: 0, hue: 'sky' },
  { name: '250 to 499', from: 250, hue: 'blue' },
  { name: '500 and more', from: 500, hue: 'black' },
  { name: 'idle', from: Number.POSITIVE_INFINITY, hue: 'orange' },
] as const;
const solid = { dash: [1, 0], shape: 'square' } as const;

/** Of so many slots one is drawn, so that its requests can be told apart. */
const every = 5;

/** Requests as bars on the client slots that held them; what is left idle, shaded and summed. */
export function gantt(all: Rows, runs: Rows, policy: string): Figure {
  const requests = all.filter((row) => row.policy === policy);
  const run = runs.find((row) => row.policy === policy) ?? {};
  const end = Math.max(...runs.map((row) => numberOf(row, 'total_s')));
  const total = numberOf(run, 'total_s');
  const ends = new Map<number, number>();
  for (const row of requests) {
    const slot = numberOf(row, 'slot');
    ends.set(slot, Math.max(ends.get(slot) ?? 0, numberOf(row, 'finish_s')));
  }
  const ranked = [...ends.entries()].sort((a, b) => b[1] - a[1]);
  const tail = ranked.reduce((sum, [, done]) => sum + total - done, 0);
  const place = new Map(
    ranked.filter((_, i) => i % every === every - 1).map(([slot], i) => [slot, i]),
  );
  const bars = requests.flatMap((row) => {
    const rank = place.get(numberOf(row, 'slot'));
    if (rank === undefined) return [];
    const tokens = numberOf(row, 'output_tokens');
    const { name } = lengths.findLast(({ from }) => tokens >= from) ?? lengths[0];
    return [{ ...row, rank, low: rank + 0.85, length: name }];
  });
  const idle = ranked.flatMap(([slot, done]) => {
    const rank = place.get(slot);
    if (rank === undefined) return [];
    return [{ slot, start_s: done, finish_s: total, rank, low: rank + 0.85, length: 'idle' }];
  });
  const x = {
    field: 'start_s',
    type: 'quantitative',
    scale: { domain: [0, end], nice: false },
    axis: { title: 'time, s', tickCount: 10, format: 'd' },
  };
  const y = {
    field: 'rank',
    type: 'quantitative',
    scale: { domain: [place.size, 0], nice: false },
    axis: titleAbove(
      `every ${every}th of ${ranked.length} client slots, the last to be done on top`,
      {
        values: [],
        titleX: 0,
        minExtent: 0,
      },
    ),
  };
  return {
    title: `${said[policy] ?? policy}: ${total.toFixed(1)} s, of the slots ${percent(numberOf(run, 'util_round'))} decode in a round; ${Math.round(tail).toLocaleString('en')} slot seconds are idle at the end, ${percent(tail / (ranked.length * total))} of all`,
    subtitle:
      'a bar is a request on its slot; rounds of few requests are short, so that less is idle of the time than of the rounds',
    rows: [...bars, ...idle],
    series: lengths.map(({ name, hue }) => ({ name, hue, ...solid })),
    caption: slotsProvenance(run),
    sql: all.sql,
    spec: {
      height: 320,
      mark: { type: 'rect', stroke: tones.paper.light, strokeWidth: 0.8 },
      encoding: {
        x,
        x2: { field: 'finish_s' },
        y,
        y2: { field: 'low' },
        color: {
          field: 'length',
          type: 'nominal',
          scale: {
            domain: lengths.map(({ name }) => name),
            range: lengths.map(({ hue }) => hues[hue].mark.light),
          },
          legend: null,
        },
        tooltip: [
          { field: 'request_id', title: 'request' },
          { field: 'output_tokens', title: 'output tokens', format: ',' },
          { field: 'slot', title: 'slot' },
          { field: 'start_s', title: 'from, s', format: '.1f' },
          { field: 'finish_s', title: 'to, s', format: '.1f' },
        ],
      },
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
    title: `${percent(1 - before)} of the idle slot-rounds of first come, first served come after its queue is empty: ${totals.join(', ')}`,
    subtitle:
      'means over 2 s; what a line lacks before the end are prefill stages, in which no slot decodes',
    rows,
    series: shown,
    caption: `${slotsProvenance(base)}; lengths known: a list for each slot by the true lengths, levelled`,
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
