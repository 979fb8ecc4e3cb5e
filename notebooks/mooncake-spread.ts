import { tones } from '../src/report/theme.ts';
import { formatRatio } from '../src/units/format.ts';
import type { Figure, Rows } from './figure.ts';
import { placements } from './mooncake-placements.ts';
import { meanTtftS, sources } from './mooncake-published.ts';
import { hover, logScale, numberOf, rimmed, seriesChannels, seriesOf } from './plot.ts';
import { runProvenance } from './provenance.ts';

/** Mean TTFT of each placement over that of kv-cache-centric: the papers', and the replays'. */
export function spread(all: Rows): Figure {
  const rates = [...new Set(all.map((row) => numberOf(row, 'rate_factor')))].sort((a, b) => a - b);
  const names = [
    ...rates.map((rate) => `replayed, ${formatRatio(rate)}`),
    ...Object.keys(meanTtftS),
  ];
  const hueNames = ['blue', 'vermillion', 'black', 'black'] as const;
  const series = seriesOf(names.map((name, i) => [name, hueNames[i] ?? 'black']));
  const baseline = 'kv-cache-centric';
  const replayed = rates.flatMap((rate) => {
    const at = (placement: string) =>
      numberOf(
        all.find((row) => row.rate_factor === rate && row.placement === placement),
        'ttft_mean_ms',
      ) / 1000;
    return placements.map(({ name }) => ({
      from: `replayed, ${formatRatio(rate)}`,
      placement: name,
      seconds: at(name),
      ratio: at(name) / at(baseline),
    }));
  });
  const published = Object.entries(meanTtftS).flatMap(([from, means]) =>
    Object.entries(means).map(([placement, seconds]) => ({
      from,
      placement,
      seconds,
      ratio: seconds / means[baseline],
    })),
  );
  const rows = [...replayed, ...published].filter((row) => row.placement !== baseline);
  const x = {
    field: 'ratio',
    ...logScale([0.95, 40], {
      title: `mean TTFT over that of ${baseline}, log scale`,
      labelExpr: "format(datum.value, '~r') + 'x'",
    }),
  };
  const y = {
    field: 'placement',
    type: 'nominal',
    scale: {
      domain: placements.map((one) => one.name).filter((name) => name !== baseline),
      paddingInner: 0.2,
    },
    axis: { title: null, domain: false, ticks: false, labelFontSize: 12 },
  };
  const yOffset = { field: 'from', type: 'nominal', scale: { domain: names } };
  const ours = (row: { from: string }) => row.from.startsWith('replayed');
  const inOrder = rates.every((rate) => {
    const ratios = placements.map(
      ({ name }) =>
        replayed.find((row) => row.from.endsWith(` ${formatRatio(rate)}`) && row.placement === name)
          ?.ratio ?? 0,
    );
    return ratios.every((ratio, i) => i === 0 || ratio >= (ratios[i - 1] as number));
  });
  const range = (from: (row: { from: string }) => boolean) => {
    const ratios = rows
      .filter((row) => from(row) && row.placement === 'random')
      .map((row) => row.ratio);
    return [Math.min(...ratios), Math.max(...ratios)].map(formatRatio).join(' to ');
  };
  return {
    title: `${inOrder ? 'The order of both papers holds at every rate' : 'The order of the papers does not hold at every rate'}; random is ${range(ours)} slower here, ${range((row) => !ours(row))} there`,
    subtitle: 'how far apart placements are is a matter of load; hollow: published',
    rows,
    series,
    caption: `${runProvenance(all[0] ?? {})}. Published: ${sources.figure5} (the conversation trace, 16 nodes, rate and split not given); ${sources.v3Figure8} (another trace, 8 + 8 nodes)`,
    sql: all.sql,
    spec: {
      height: 230,
      layer: [
        {
          data: { values: [{}] },
          mark: { type: 'rule', stroke: tones.axis.light, strokeDash: [5, 4], strokeWidth: 1.5 },
          encoding: { x: { datum: 1, type: 'quantitative' } },
        },
        {
          transform: [{ filter: "indexof(datum.from, 'replayed') === 0" }],
          mark: { type: 'point', filled: true, size: 80, opacity: 1 },
          encoding: { x, y, yOffset, ...marks(series) },
        },
        {
          transform: [{ filter: "indexof(datum.from, 'replayed') !== 0" }],
          mark: { type: 'point', filled: false, size: 70, strokeWidth: 1.5, opacity: 1 },
          encoding: { x, y, yOffset, ...marks(series) },
        },
        ...rimmed(
          { align: 'left', dx: 9, fill: tones.ink.light },
          {
            x,
            y,
            yOffset,
            text: { field: 'ratio', type: 'quantitative', format: '.2f' },
          },
        ),
        hover({ x, y, yOffset }, [
          { field: 'from', title: 'from' },
          { field: 'placement', title: 'placement' },
          { field: 'seconds', title: 'mean TTFT, s', format: ',.2f' },
          { field: 'ratio', title: 'ratio', format: '.2f' },
        ]),
      ],
    },
  };
}

function marks(series: ReturnType<typeof seriesOf>) {
  return {
    color: seriesChannels(series, 'from').color,
    shape: {
      field: 'from',
      type: 'nominal',
      scale: {
        domain: series.map((one) => one.name),
        range: series.map((one) => one.shape),
      },
      legend: null,
    },
  };
}
