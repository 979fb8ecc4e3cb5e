import { quantileSorted } from '../units/quantile.ts';
import { type ArrivalStatistics, arrivalStatistics } from './arrival-statistics.ts';
import type { Provenance, RequestTrace } from './request-trace.ts';
import { type ReuseStatistics, reuseStatistics } from './reuse-statistics.ts';

/** Token counts of a column; everything but the sum is null without rows. */
export interface TokenStatistics {
  readonly sum: number;
  readonly mean: number | null;
  readonly min: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export interface MediaStatistics {
  readonly count: number;
  /** Sum over the media whose tokens the source tells. */
  readonly tokens: number;
  readonly per_request: TokenStatistics;
  readonly tokens_each: TokenStatistics;
  readonly requests_with_media: number;
}

export interface SessionStatistics {
  readonly count: number;
  readonly requests_with_parent: number;
  readonly longest: number;
}

/** What a trace looks like; keys carry their unit, as they are printed. */
export interface TraceStatistics {
  readonly name: string;
  readonly kind: Provenance;
  readonly requests: number;
  /** Last minus first arrival. */
  readonly duration_s: number;
  /** Text only. */
  readonly input_tokens: TokenStatistics;
  readonly output_tokens: TokenStatistics;
  readonly blocks: { references: number; unique: number; block_size: number | null } | null;
  readonly media: MediaStatistics | null;
  readonly arrivals: ArrivalStatistics;
  readonly reuse: ReuseStatistics | null;
  readonly sessions: SessionStatistics | null;
}

/** Statistics of a trace; quantiles by linear interpolation. */
export function traceStatistics(trace: RequestTrace): TraceStatistics {
  const { meta, count, arrivalMs, blocks } = trace;
  const span = count === 0 ? 0 : (arrivalMs[count - 1] as number) - (arrivalMs[0] as number);
  return {
    name: meta.name,
    kind: meta.kind,
    requests: count,
    duration_s: span / 1000,
    input_tokens: tokenStatistics(trace.inputTokens),
    output_tokens: tokenStatistics(trace.outputTokens),
    blocks: blocks && {
      references: blocks.values.length,
      unique: countDistinct(blocks.values, trace.uniqueBlocks),
      block_size: meta.blockSize,
    },
    media: mediaStatistics(trace),
    arrivals: arrivalStatistics(arrivalMs),
    reuse: reuseStatistics(trace),
    sessions: sessionStatistics(trace),
  };
}

export function tokenStatistics(values: Int32Array): TokenStatistics {
  const sorted = values.slice().sort();
  const sum = values.reduce((total, value) => total + value, 0);
  const quantile = (q: number) => (sorted.length === 0 ? null : quantileSorted(sorted, q));
  return {
    sum,
    mean: sorted.length === 0 ? null : sum / sorted.length,
    min: quantile(0),
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    max: quantile(1),
  };
}

function countDistinct(ids: Int32Array, unique: number): number {
  const seen = new Uint8Array(unique);
  let count = 0;
  for (const id of ids) {
    if (seen[id] === 0) count++;
    seen[id] = 1;
  }
  return count;
}

function mediaStatistics({ media, count }: RequestTrace): MediaStatistics | null {
  if (media === null) return null;
  const { offsets } = media;
  const sizes = Int32Array.from(
    { length: count },
    (_, row) => (offsets[row + 1] as number) - (offsets[row] as number),
  );
  const each = tokenStatistics(media.tokens.filter((tokens) => tokens >= 0));
  return {
    count: media.tokens.length,
    tokens: each.sum,
    per_request: tokenStatistics(sizes),
    tokens_each: each,
    requests_with_media: sizes.reduce((sum, size) => sum + (size > 0 ? 1 : 0), 0),
  };
}

function sessionStatistics({ sessionId, parentRequestId }: RequestTrace): SessionStatistics | null {
  if (sessionId === null) return null;
  const turns = new Map<number, number>();
  for (const id of sessionId) if (id >= 0) turns.set(id, (turns.get(id) ?? 0) + 1);
  let longest = 0;
  for (const length of turns.values()) longest = Math.max(longest, length);
  const children = parentRequestId?.reduce((sum, id) => sum + (id >= 0 ? 1 : 0), 0) ?? 0;
  return { count: turns.size, requests_with_parent: children, longest };
}
