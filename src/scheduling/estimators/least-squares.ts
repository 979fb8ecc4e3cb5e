/**
 * Least squares with three non-negative coefficients: minimises the sum of squared relative errors
 * of c0 x0 + c1 x1 + c2 x2 against y > 0. Tries every set of coefficients that may be above 0 and
 * keeps the best one that has none below: exact for so few.
 *
 * @param x three features of each sample, one sample after another
 */
export function fitRelative(x: Float64Array, y: Float64Array): readonly [number, number, number] {
  const { matrix, right, scale } = normalEquations(x, y);
  let best = [0, 0, 0];
  let bestGain = 0;
  for (let chosen = 1; chosen < 8; chosen++) {
    const c = solve(matrix, right, chosen);
    if (c === null || c.some((one) => one < 0)) continue;
    // By how much the sum of squares falls from that of all coefficients 0.
    const gain = c.reduce((sum, one, i) => sum + one * (right[i] as number), 0);
    if (gain > bestGain) [best, bestGain] = [c, gain];
  }
  const [c0, c1, c2] = best.map((one, i) => one / (scale[i] as number));
  return [c0 as number, c1 as number, c2 as number];
}

/** Of features divided by y and scaled to unit length: the third may be 1e10 times the first. */
function normalEquations(x: Float64Array, y: Float64Array) {
  const scale = [0, 1, 2].map((i) => {
    let squares = 0;
    for (let s = 0; s < y.length; s++) {
      squares += ((x[3 * s + i] as number) / (y[s] as number)) ** 2;
    }
    return Math.sqrt(squares) || 1;
  });
  const matrix = new Float64Array(9);
  const right = new Float64Array(3);
  const row = new Float64Array(3);
  for (let s = 0; s < y.length; s++) {
    for (let i = 0; i < 3; i++) {
      row[i] = (x[3 * s + i] as number) / ((y[s] as number) * (scale[i] as number));
    }
    for (let i = 0; i < 3; i++) {
      right[i] = (right[i] as number) + (row[i] as number);
      for (let j = 0; j < 3; j++) {
        matrix[3 * i + j] = (matrix[3 * i + j] as number) + (row[i] as number) * (row[j] as number);
      }
    }
  }
  return { matrix, right, scale };
}

/** Gauss elimination over the chosen unknowns, the others 0; null when they do not differ. */
function solve(matrix: Float64Array, right: Float64Array, chosen: number): number[] | null {
  const kept = [0, 1, 2].filter((i) => chosen & (1 << i));
  const rows = kept.map((i) => [
    ...kept.map((j) => matrix[3 * i + j] as number),
    right[i] as number,
  ]);
  for (let p = 0; p < kept.length; p++) {
    const pivot = rows[p] as number[];
    if ((pivot[p] as number) < 1e-12) return null;
    for (const [r, row] of rows.entries()) {
      if (r === p) continue;
      const factor = (row[p] as number) / (pivot[p] as number);
      for (let j = p; j <= kept.length; j++)
        row[j] = (row[j] as number) - factor * (pivot[j] as number);
    }
  }
  const c = [0, 0, 0];
  for (const [p, i] of kept.entries()) {
    c[i] = (rows[p]?.[kept.length] as number) / (rows[p]?.[p] as number);
  }
  return c;
}
