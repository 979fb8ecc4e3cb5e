import { modelNamed } from '../src/model/models.ts';
import { kvBytesPerToken } from '../src/model/parameters.ts';
import { shardOf } from '../src/model/shard.ts';
import { tones } from '../src/report/theme.ts';
import { formatMs } from '../src/units/format.ts';
import type { Figure, Rows } from './figure.ts';
import {
  hover,
  logScale,
  numberOf,
  reference,
  rimmed,
  seriesChannels,
  seriesOf,
  titleAbove,
} from './plot.ts';
import { runProvenance } from './provenance.ts';

const statistics = seriesOf([
  ['mean', 'blue'],
  ['median', 'green'],
  ['p90', 'vermillion'],
]);

/** TTFT against the DRAM of each prefill node, and what of the prompts is found in it. */
export function dramBought(runs: Rows): Figure {
  const bytes = kvBytesPerToken(shardOf(modelNamed(String(runs[0]?.model)), 1));
  const gib = (tokens: number) => (tokens * bytes) / 2 ** 30;
  const rows = runs
    .filter((row) => row.dram_tokens !== null)
    .flatMap((row) => {
      const tokens = numberOf(row, 'dram_tokens');
      const found = numberOf(row, 'found');
      const of = { mean: 'ttft_mean_ms', median: 'ttft_p50_ms', p90: 'ttft_p90_ms' };
      return Object.entries(of).map(([statistic, column]) => ({
        dram_gib: gib(tokens),
        dram_tokens: tokens,
        statistic,
        ttft_s: numberOf(row, column) / 1000,
        found,
      }));
    });
  const without = runs.find((row) => row.dram_tokens === null);
  const none = numberOf(without, 'ttft_mean_ms') / 1000;
  const means = rows.filter((row) => row.statistic === 'mean');
  const [least] = means;
  const most = means[means.length - 1];
  const enough = means.find((row) => row.ttft_s <= 1.05 * (most?.ttft_s ?? 0));
  const sizes = means.map((row) => row.dram_gib);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const times = [none, ...rows.map((row) => row.ttft_s)];
  const x = {
    field: 'dram_gib',
    ...logScale([0.9 * low, 1.1 * high], {
      title: 'DRAM for KV on each of 8 prefill nodes, GiB, log scale',
      format: ',',
    }),
  };
  const y = {
    field: 'ttft_s',
    ...logScale([0.8 * Math.min(...times), 1.3 * Math.max(...times)], {
      ...titleAbove('TTFT, s, log scale; above the mean, what of the prompts is found'),
      format: '~r',
    }),
  };
  return {
    title: `Mean TTFT falls from ${formatMs(1000 * none)} without a store to ${formatMs(1000 * (least?.ttft_s ?? 0))} with ${size(least)} a node and ${formatMs(1000 * (enough?.ttft_s ?? 0))} with ${size(enough)}; more brings less than 5 %`,
    subtitle: 'at 1.5 times the rate of the trace, kv-cache-centric placement',
    rows,
    series: statistics,
    caption: runProvenance(runs[0] ?? {}),
    sql: runs.sql,
    spec: {
      height: 300,
      layer: [
        ...reference(
          [
            { x: 0.9 * low, y: none },
            { x: 1.1 * high, y: none },
          ],
          'mean without a store',
        ),
        {
          mark: { type: 'line', clip: true, point: { size: 45, filled: true, opacity: 1 } },
          encoding: { x, y, ...seriesChannels(statistics, 'statistic') },
        },
        ...rimmed(
          { dy: -12, fill: tones.muted.light },
          {
            x,
            y,
            text: { field: 'found', type: 'quantitative', format: '.0%' },
          },
        ).map((layer) => ({ transform: [{ filter: "datum.statistic === 'mean'" }], ...layer })),
        hover({ x, y }, [
          { field: 'dram_gib', title: 'DRAM of a node, GiB', format: ',.0f' },
          { field: 'dram_tokens', title: 'tokens', format: ',' },
          { field: 'statistic', title: 'TTFT' },
          { field: 'ttft_s', title: 's', format: ',.2f' },
          { field: 'found', title: 'of prompts found', format: '.1%' },
        ]),
      ],
    },
  };
}

function size(row: { dram_gib: number } | undefined): string {
  return `${Math.round(row?.dram_gib ?? Number.NaN).toLocaleString('en')} GiB`;
}
