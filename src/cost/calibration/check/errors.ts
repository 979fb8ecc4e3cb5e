import { quantileSorted } from '../../../units/quantile.ts';

/** Errors of predictions over rows, in percent of the measurement. */
export interface ErrorSummary {
  readonly rows: number;
  /** Mean of the signed errors: above 0 where predictions are too long. */
  readonly bias: number;
  /** Mean of the absolute errors. */
  readonly mape: number;
  readonly median: number;
  readonly p90: number;
}

export interface Scored {
  readonly measured: number;
  readonly predicted: number;
}

/** Signed error of one prediction, %. */
export function errorOf({ measured, predicted }: Scored): number {
  return 100 * (predicted / measured - 1);
}

/** Errors over at least one row. */
export function summariseErrors(rows: readonly Scored[]): ErrorSummary {
  const signed = Float64Array.from(rows, errorOf);
  const absolute = signed.map(Math.abs).sort();
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return {
    rows: rows.length,
    bias: sum(signed) / rows.length,
    mape: sum(absolute) / rows.length,
    median: quantileSorted(absolute, 0.5),
    p90: quantileSorted(absolute, 0.9),
  };
}

/** Rows by key, keys in order of first use. */
export function grouped<T>(rows: Iterable<T>, keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** The `count` rows with the largest absolute errors, the largest first. */
export function worstOf<T extends Scored>(rows: readonly T[], count: number): T[] {
  const worst: T[] = [];
  for (const row of rows) {
    const error = Math.abs(errorOf(row));
    const last = worst.at(-1);
    if (worst.length === count && last && error <= Math.abs(errorOf(last))) continue;
    let at = worst.length;
    while (at > 0 && error > Math.abs(errorOf(worst[at - 1] as T))) at--;
    worst.splice(at, 0, row);
    if (worst.length > count) worst.pop();
  }
  return worst;
}
