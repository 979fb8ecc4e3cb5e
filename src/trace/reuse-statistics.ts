import { quantileSorted } from '../units/quantile.ts';
import type { RequestTrace } from './request-trace.ts';

export interface ReuseStatistics {
  /** Blocks found by a cache that never evicts: leading blocks of a prompt seen before. */
  readonly infinite_cache_hits: number;
  /** Those over all references; null without references. */
  readonly infinite_cache_hit_ratio: number | null;
  /** The same weighted by tokens: min(block size × leading blocks, input) over all input. */
  readonly infinite_cache_token_ratio: number | null;
  /** Share of the distinct blocks that are referenced once. */
  readonly used_once_share: number | null;
  /** References of the most used block. */
  readonly most_uses: number;
  /** Distinct first blocks. */
  readonly roots: number;
  /** Time since a block's last reference, over all references but the first; null without any. */
  readonly interval_s: Record<'p25' | 'p50' | 'p75' | 'p90' | 'p95' | 'p99', number> | null;
  /** Share of all reuses that come within that many seconds. */
  readonly reused_within: readonly { s: number; share: number }[];
}

/** Steps of the curve of reuse over time, in s. */
const withinS = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600];

/** How blocks of prompts come back; null where the trace has no block ids. */
export function reuseStatistics(trace: RequestTrace): ReuseStatistics | null {
  if (trace.blocks === null) return null;
  const { offsets, values } = trace.blocks;
  const uses = new Int32Array(trace.uniqueBlocks);
  const lastMs = new Float64Array(trace.uniqueBlocks);
  const intervalMs = new Float64Array(values.length);
  const blockSize = trace.meta.blockSize ?? 0;
  let reuses = 0;
  let hits = 0;
  let hitTokens = 0;
  let inputTokens = 0;
  let roots = 0;
  for (let row = 0; row < trace.count; row++) {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    let leading = 0;
    while (start + leading < end && uses[values[start + leading] as number] !== 0) leading++;
    hits += leading;
    const input = trace.inputTokens[row] as number;
    hitTokens += Math.min(blockSize * leading, input);
    inputTokens += input;
    if (start < end && leading === 0) roots++;
    const now = trace.arrivalMs[row] as number;
    for (let i = start; i < end; i++) {
      const id = values[i] as number;
      if (uses[id] !== 0) intervalMs[reuses++] = now - (lastMs[id] as number);
      uses[id]!++;
      lastMs[id] = now;
    }
  }
  const intervals = intervalMs.slice(0, reuses).sort();
  const used = uses.filter((times) => times > 0);
  const once = used.reduce((sum, times) => sum + (times === 1 ? 1 : 0), 0);
  return {
    infinite_cache_hits: hits,
    infinite_cache_hit_ratio: ratio(hits, values.length),
    infinite_cache_token_ratio: blockSize === 0 ? null : ratio(hitTokens, inputTokens),
    used_once_share: ratio(once, used.length),
    most_uses: used.reduce((most, times) => Math.max(most, times), 0),
    roots,
    interval_s: reuses === 0 ? null : intervalQuantiles(intervals),
    reused_within: withinS.map((s) => ({
      s,
      share: reuses === 0 ? 0 : countUpTo(intervals, s * 1000) / reuses,
    })),
  };
}

function intervalQuantiles(sortedMs: Float64Array) {
  const at = (q: number) => quantileSorted(sortedMs, q) / 1000;
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** How many sorted values are at most `limit`. */
function countUpTo(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
