import type { Summary } from '../units/quantile.ts';

/** Ratio of a bucket's edges: 0.5 %. */
const ratio = 1.005;
const logRatio = Math.log(ratio);
/** Gaps from 1 ns to about 10^9 s; shorter and longer ones share the outermost buckets. */
const lowest = Math.floor(Math.log(1e-6) / logRatio);
const highest = Math.ceil(Math.log(1e12) / logRatio);

/** Counts and sums of gaps in 0.5 % log buckets. */
export class GapHistogram {
  readonly #count = new Float64Array(highest - lowest + 1);
  readonly #sum = new Float64Array(highest - lowest + 1);
  /** Longest gap, exact. */
  maxMs = 0;

  add(gapMs: number, count = 1): void {
    const bucket = bucketOf(gapMs);
    this.maxMs = Math.max(this.maxMs, gapMs);
    this.#count[bucket]! += count;
    this.#sum[bucket]! += count * gapMs;
  }

  /** Gaps base, base + slope, … (`terms` of them), each `count` times. */
  addSeries(baseMs: number, slopeMs: number, terms: number, count: number): void {
    this.maxMs = Math.max(this.maxMs, baseMs + (terms - 1) * slopeMs);
    let k = 0;
    while (k < terms) {
      const value = baseMs + k * slopeMs;
      const bucket = bucketOf(value);
      const end = slopeMs > 0 ? lastTermIn(bucket, baseMs, slopeMs, k, terms) : terms;
      const n = end - k;
      this.#count[bucket]! += n * count;
      this.#sum[bucket]! += count * (n * value + slopeMs * ((n * (n - 1)) / 2));
      k = end;
    }
  }

  /** Buckets that hold something, lowest first. */
  buckets(): {
    lowMs: Float64Array;
    highMs: Float64Array;
    gaps: Float64Array;
    sumMs: Float64Array;
  } {
    const used = [...this.#count.keys()].filter((i) => (this.#count[i] as number) > 0);
    return {
      lowMs: Float64Array.from(used, (i) => edge(i)),
      highMs: Float64Array.from(used, (i) => edge(i + 1)),
      gaps: Float64Array.from(used, (i) => this.#count[i] as number),
      sumMs: Float64Array.from(used, (i) => this.#sum[i] as number),
    };
  }
}

/** Mean and quantiles of a histogram; quantiles interpolate linearly inside a bucket. */
export function summariseGaps(histogram: GapHistogram): Summary {
  const buckets = histogram.buckets();
  let total = 0;
  let sum = 0;
  for (const [i, n] of buckets.gaps.entries()) {
    total += n;
    sum += buckets.sumMs[i] as number;
  }
  const at = (q: number): number | null => {
    if (total === 0) return null;
    let before = 0;
    for (const [i, n] of buckets.gaps.entries()) {
      if (before + n >= q * total) {
        const low = buckets.lowMs[i] as number;
        return low + ((buckets.highMs[i] as number) - low) * ((q * total - before) / n);
      }
      before += n;
    }
    return buckets.highMs[buckets.highMs.length - 1] as number;
  };
  return {
    mean: total === 0 ? null : sum / total,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: total === 0 ? null : histogram.maxMs,
  };
}

function bucketOf(gapMs: number): number {
  if (!(gapMs > 0)) return 0;
  const bucket = Math.floor(Math.log(gapMs) / logRatio) - lowest;
  return bucket < 0 ? 0 : bucket > highest - lowest ? highest - lowest : bucket;
}

function edge(bucket: number): number {
  return Math.exp((bucket + lowest) * logRatio);
}

/** First term from k on that leaves the bucket: binary search over the terms. */
function lastTermIn(bucket: number, base: number, slope: number, k: number, terms: number): number {
  let inside = k;
  let outside = terms;
  while (inside + 1 < outside) {
    const middle = (inside + outside) >> 1;
    if (bucketOf(base + middle * slope) === bucket) inside = middle;
    else outside = middle;
  }
  return outside;
}
