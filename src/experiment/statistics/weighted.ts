/**
 * Statistics of a sample in which each row occurs as often as its weight says: a resample without
 * copying it. A row without a value (NaN) takes part in none.
 */
export type Statistic = (weights: ArrayLike<number>) => number;

export function weightedMean(values: ArrayLike<number>): Statistic {
  const rows = rowsWithValue(values);
  return (weights) => {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const weight = weights[row] as number;
      sum += weight * (values[row] as number);
      total += weight;
    }
    return total > 0 ? sum / total : Number.NaN;
  };
}

/**
 * The q-quantile by linear interpolation between the rows of the resample, as `quantileSorted`
 * of the copied rows. Sorted once: a resample costs one pass.
 */
export function weightedQuantile(values: ArrayLike<number>, q: number): Statistic {
  const rows = rowsWithValue(values).sort((a, b) => (values[a] as number) - (values[b] as number));
  return (weights) => {
    let total = 0;
    for (let i = 0; i < rows.length; i++) total += weights[rows[i] as number] as number;
    if (total === 0) return Number.NaN;
    const position = q * (total - 1);
    const whole = Math.floor(position);
    let passed = 0;
    let i = 0;
    for (; i < rows.length; i++) {
      passed += weights[rows[i] as number] as number;
      if (passed > whole) break;
    }
    const low = values[rows[i] as number] as number;
    if (passed > whole + 1 || position === whole) return low;
    do i++;
    while (i < rows.length && weights[rows[i] as number] === 0);
    const high = i < rows.length ? (values[rows[i] as number] as number) : low;
    return low + (high - low) * (position - whole);
  };
}

/** Sum of `part` over sum of `whole`: the share of requests that meet an SLO, by session. */
export function weightedShare(part: ArrayLike<number>, whole: ArrayLike<number>): Statistic {
  return (weights) => {
    let above = 0;
    let below = 0;
    for (let row = 0; row < whole.length; row++) {
      const weight = weights[row] as number;
      above += weight * (part[row] as number);
      below += weight * (whole[row] as number);
    }
    return below > 0 ? above / below : Number.NaN;
  };
}

/** The value of a statistic for the sample itself. */
export function plainValue(statistic: Statistic, rows: number): number {
  return statistic(new Uint8Array(rows).fill(1));
}

function rowsWithValue(values: ArrayLike<number>): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < values.length; row++) {
    if (!Number.isNaN(values[row])) rows.push(row);
  }
  return Int32Array.from(rows);
}
