import type { Row, Rows } from './figure.ts';
import { hitsOf } from './mooncake-caches.ts';
import { lruOfV3, meanTtftS, sources, workload } from './mooncake-published.ts';
import { numberOf, percent } from './plot.ts';
import type { Beside } from './published-table.ts';

/** What the papers say of trace, caches and placement, beside the replays. */
export function besideOf(about: Row, caches: Rows, sent: Rows): Beside[] {
  const recorded = about.trace === 'conversation';
  const generated = recorded ? '' : 'kimi-like is generated, not the published trace';
  const count = (n: number) => Math.round(n).toLocaleString('en');
  const lengths = (input: number, output: number) => `${count(input)} / ${count(output)}`;
  const { hits, references } = hitsOf(caches, 'lru');
  return [
    {
      figure: 'requests; mean tokens of prompt and answer',
      source: sources.table2,
      published: `${count(workload.requests)}; ${lengths(workload.input, workload.output)}`,
      replayed: `${count(numberOf(about, 'requests'))}; ${lengths(numberOf(about, 'input_tokens'), numberOf(about, 'output_tokens'))}`,
      differs: generated,
    },
    {
      figure: 'prompt tokens that an endless cache finds',
      source: sources.table2,
      published: percent(workload.cacheRatio),
      replayed: percent(numberOf(about, 'found')),
      differs:
        generated || 'the released hashes are of 512 tokens; the figure was made with finer blocks',
    },
    {
      figure: 'LRU, 10,000 blocks of one pool',
      source: sources.table1,
      published: percent(lruOfV3.limited),
      replayed: percent(hits / references),
      differs: 'the trace of v3 was not released; half of its blocks come back at any size',
    },
    {
      figure: 'the same without a limit',
      source: sources.table1,
      published: percent(lruOfV3.unlimited),
      replayed: percent(numberOf(about, 'found_blocks')),
      differs: 'as above',
    },
    ...Object.entries(meanTtftS).map(([paper, means]) => meansBeside(paper, means, sent)),
  ];
}

/** Mean TTFT by placement of one paper, beside ours at each rate. */
function meansBeside(
  paper: string,
  published: Readonly<Record<string, number>>,
  sent: Rows,
): Beside {
  const names = Object.keys(published);
  const rates = [...new Set(sent.map((row) => numberOf(row, 'rate_factor')))];
  const at = (rate: number) =>
    names.map(
      (name) =>
        numberOf(
          sent.find((row) => row.rate_factor === rate && row.placement === name),
          'ttft_mean_ms',
        ) / 1000,
    );
  return {
    figure: `mean TTFT, s: ${names.join(', ')}`,
    source: paper === 'FAST 2025' ? sources.figure5 : sources.v3Figure8,
    published: Object.values(published)
      .map((s) => s.toFixed(2))
      .join(', '),
    replayed: rates
      .map(
        (rate) =>
          `${rate}x: ${at(rate)
            .map((s) => s.toFixed(2))
            .join(', ')}`,
      )
      .join('; '),
    differs:
      paper === 'FAST 2025'
        ? '16 nodes whose split and rate are not given'
        : 'another trace, 8 + 8 nodes near saturation',
  };
}
