import { quantileSorted } from '../../units/quantile.ts';

/** A signed error, %, at a size above 0. */
export interface SizedError {
  readonly size: number;
  readonly error: number;
}

/** Errors of the rows of one range of sizes. */
export interface ErrorBin {
  /** Geometric middle of the sizes in it. */
  readonly size: number;
  readonly rows: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

const mostBins = 11;

/** Errors by powers of two of the size, several of them together where there are many. */
export function errorBins(errors: readonly SizedError[]): ErrorBin[] {
  const sized = errors.filter(({ size }) => size > 0);
  if (sized.length === 0) return [];
  const octaves = sized.map(({ size }) => Math.floor(Math.log2(size) + 1e-9));
  const first = octaves.reduce((a, b) => Math.min(a, b));
  const last = octaves.reduce((a, b) => Math.max(a, b));
  const step = Math.ceil((last - first + 1) / mostBins);
  const bins = new Map<number, SizedError[]>();
  for (const [i, one] of sized.entries()) {
    const bin = Math.floor(((octaves[i] as number) - first) / step);
    const members = bins.get(bin) ?? [];
    bins.set(bin, members);
    members.push(one);
  }
  return [...bins].sort(([a], [b]) => a - b).map(([, members]) => binOf(members));
}

function binOf(members: readonly SizedError[]): ErrorBin {
  const sorted = Float64Array.from(members, ({ error }) => error).sort();
  const logs = members.reduce((sum, { size }) => sum + Math.log(size), 0);
  return {
    size: Math.exp(logs / members.length),
    rows: members.length,
    p10: quantileSorted(sorted, 0.1),
    median: quantileSorted(sorted, 0.5),
    p90: quantileSorted(sorted, 0.9),
  };
}
