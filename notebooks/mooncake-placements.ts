import { hues, msLabel, tones } from '../src/report/theme.ts';
import { formatMs, formatRatio } from '../src/units/format.ts';
import type { Figure, Rows } from './figure.ts';
import { hover, logScale, numberOf, percent, seriesChannels, seriesOf, shareAxis } from './plot.ts';
import { runProvenance } from './provenance.ts';

/** TTFT SLO of the papers' experiments on scheduling. */
const sloMs = 30_000;

export const placements = seriesOf([
  ['kv-cache-centric', 'blue'],
  ['cache-aware', 'vermillion'],
  ['load-balancing', 'green'],
  ['random', 'purple'],
]);

/** TTFT of all requests under each placement, at one multiple of the trace's rate. */
export function ttftCurves(all: Rows, rate: number): Figure {
  const rows = all.filter((row) => row.rate_factor === rate);
  const means = placements.map(({ name }) => {
    const mean = numberOf(
      rows.find((row) => row.placement === name),
      'ttft_mean_ms',
    );
    return `${name} ${formatMs(mean)}`;
  });
  const x = {
    field: 'ttft_ms',
    ...logScale([20, 200_000], {
      title: 'time to first token (TTFT), log scale',
      labelExpr: msLabel,
    }),
  };
  const y = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: shareAxis('share of requests with a first token in that time'),
  };
  return {
    title: `Mean TTFT: ${means.join(', ')}`,
    subtitle: `at ${formatRatio(rate)} the rate of the trace; the rule is the SLO of ${formatMs(sloMs)}`,
    rows,
    series: placements,
    caption: runProvenance(rows[0] ?? {}),
    sql: all.sql,
    spec: {
      height: 300,
      layer: [
        {
          data: { values: [{}] },
          mark: { type: 'rule', stroke: tones.muted.light, strokeDash: [3, 3] },
          encoding: { x: { datum: sloMs, type: 'quantitative' } },
        },
        {
          mark: { type: 'line', clip: true },
          encoding: {
            x,
            y,
            order: { field: 'share' },
            ...seriesChannels(placements, 'placement'),
          },
        },
        hover({ x, y }, [
          { field: 'placement', title: 'placement' },
          { field: 'ttft_ms', title: 'TTFT, ms', format: ',.0f' },
          { field: 'share', title: 'share of requests', format: '.0%' },
        ]),
      ],
    },
  };
}

/** Where prompt tokens come from: the node's own store, another node's, or computing them. */
export function origins(all: Rows, rate: number): Figure {
  const rows = all.filter((row) => row.rate_factor === rate);
  const kinds = seriesOf([
    ['found on the node', 'blue'],
    ['fetched from another', 'sky'],
    ['computed', 'orange'],
  ]);
  const parts = rows.flatMap((row) => {
    const total = numberOf(row, 'input_tokens');
    const fetched = numberOf(row, 'fetched_tokens') / total;
    const own = numberOf(row, 'cached_tokens') / total - fetched;
    const shares = [own, fetched, 1 - own - fetched];
    return kinds.map(({ name }, i) => ({
      placement: row.placement ?? null,
      origin: name,
      part: i,
      share: shares[i] as number,
      seconds: numberOf(row, 'ttft_mean_ms') / 1000,
    }));
  });
  const found = (placement: string) =>
    parts
      .filter((part) => part.placement === placement && part.part < 2)
      .reduce((sum, part) => sum + part.share, 0);
  const y = {
    field: 'placement',
    type: 'nominal',
    scale: { domain: placements.map((one) => one.name), paddingInner: 0.35 },
    axis: { title: null, domain: false, ticks: false, labelFontSize: 12 },
  };
  const x = { field: 'share', type: 'quantitative', stack: 'zero' };
  return {
    title: `${placements[0]?.name} finds ${percent(found('kv-cache-centric'))} of the prompt tokens, cache-aware ${percent(found('cache-aware'))}, by load alone ${percent(found('load-balancing'))}`,
    subtitle: `where the tokens of all prompts come from, at ${formatRatio(rate)} the rate of the trace`,
    rows: parts,
    series: kinds.map((one) => ({ ...one, dash: [1, 0], shape: 'square' })),
    caption: runProvenance(rows[0] ?? {}),
    sql: all.sql,
    spec: {
      height: 130,
      mark: { type: 'bar', stroke: tones.paper.light, strokeWidth: 1 },
      encoding: {
        y,
        x: {
          ...x,
          scale: { domain: [0, 1] },
          axis: { title: 'share of prompt tokens', format: '.0%', tickCount: 5, grid: true },
        },
        order: { field: 'part' },
        color: {
          field: 'origin',
          type: 'nominal',
          scale: {
            domain: kinds.map((one) => one.name),
            range: kinds.map((one) => hues[one.hue].mark.light),
          },
          legend: null,
        },
        tooltip: [
          { field: 'placement', title: 'placement' },
          { field: 'origin', title: 'tokens' },
          { field: 'share', title: 'share', format: '.1%' },
        ],
      },
    },
  };
}
