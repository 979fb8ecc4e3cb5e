import type { LocatedTrace } from '../../trace/locate.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import type { TokenStatistics, TraceStatistics } from '../../trace/statistics.ts';
import { formatBytes, formatCount, formatShare } from '../../units/format.ts';
import { bold, dim, print, printTable, sparkline } from '../terminal.ts';

/**
 * A trace on the terminal: lengths, arrivals over time, block reuse, sessions.
 * @param argument how a command line names the trace
 */
export function printTrace(
  { meta }: RequestTrace,
  statistics: TraceStatistics,
  file: LocatedTrace,
  argument: string,
): void {
  const { requests, duration_s, blocks, media, sessions } = statistics;
  print(`${bold(meta.name)}  ${meta.kind}, ${requests} requests in ${duration_s.toFixed(1)} s`);
  const origin = [meta.source.repository, meta.source.path].filter(Boolean).join(' : ');
  const facts = [origin, meta.licence, formatBytes(file.bytes.length), file.sha256.slice(0, 12)];
  print(dim(facts.filter(Boolean).join(', ')));
  const kinds = Object.entries(meta.columnKinds).map(([column, kind]) => `${column} ${kind}`);
  if (kinds.length > 0) print(dim(`columns of another kind: ${kinds.join(', ')}`));
  print();
  printLengths(statistics);
  printArrivals(statistics);
  if (blocks) printReuse(statistics);
  if (media) {
    const share = media.tokens / (media.tokens + statistics.input_tokens.sum);
    print();
    print(
      `${bold('Media')}  ${media.count} in ${media.requests_with_media} requests; ` +
        `${formatShare(share)} of the prompt tokens at the source's own count`,
    );
  }
  if (sessions) {
    print();
    print(
      `${bold('Sessions')}  ${sessions.count}, the longest of ${sessions.longest} requests; ` +
        `${sessions.requests_with_parent} requests continue an earlier one`,
    );
  }
  print();
  print(`Next: reprise replay conversation-16xA100 --trace ${argument}`);
}

function printLengths({ input_tokens, output_tokens, media }: TraceStatistics): void {
  const row = (title: string, values: TokenStatistics): string[] => [
    title,
    ...[values.sum, values.mean, values.min, values.p50, values.p90, values.p99, values.max].map(
      (value) => (value === null ? '-' : formatCount(Math.round(value))),
    ),
  ];
  printTable(
    [
      { title: 'tokens' },
      ...['sum', 'mean', 'min', 'p50', 'p90', 'p99', 'max'].map(
        (title) => ({ title, align: 'right' }) as const,
      ),
    ],
    [
      row('input (text)', input_tokens),
      row('output', output_tokens),
      ...(media
        ? [row('one medium', media.tokens_each), row('media a request', media.per_request)]
        : []),
    ],
  );
}

function printArrivals({ arrivals }: TraceStatistics): void {
  print();
  const { rate_per_s, gap_cv, peak_per_s, tick_ms, over_time } = arrivals;
  if (rate_per_s === null) {
    print(`${bold('Arrivals')}  all at one time`);
    return;
  }
  const tick = tick_ms === null ? '' : `, in ticks of ${Math.round(tick_ms)} ms`;
  print(
    `${bold('Arrivals')}  ${rate_per_s.toFixed(2)} a second, at most ${peak_per_s}; ` +
      `CV of the gaps ${gap_cv?.toFixed(2)}${tick}`,
  );
  print(`${sparkline(over_time)}  at most ${Math.max(...over_time)} in 1/${over_time.length}`);
}

function printReuse({ blocks, reuse }: TraceStatistics): void {
  if (blocks === null || reuse === null) return;
  print();
  print(
    `${bold('Block reuse')}  ${blocks.references} references to ${blocks.unique} blocks of ` +
      `${blocks.block_size} tokens`,
  );
  print(
    `a cache without limit hits ${formatShare(reuse.infinite_cache_hit_ratio)} of the blocks, ` +
      `${formatShare(reuse.infinite_cache_token_ratio)} of the tokens; ` +
      `${formatShare(reuse.used_once_share)} of blocks used once`,
  );
  if (reuse.interval_s === null) return;
  print(dim('share of reuses that come within'));
  for (const { s, share } of reuse.reused_within) {
    const bar = '█'.repeat(Math.round(40 * share));
    print(`${`${s} s`.padStart(7)}  ${bar.padEnd(40)}  ${formatShare(share)}`);
  }
}
