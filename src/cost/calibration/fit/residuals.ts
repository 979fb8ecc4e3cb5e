/**
 * Measured residuals: a form times what measurements nearby say that it misses, the idea of a table
 * that is interpolated in units of a model (AIConfigurator). Of the six nearest points in the
 * logarithm of all sizes, the mean log residual weighted by inverse distance, drawn towards 0 away
 * from the data: halved at a distance of a factor of e.
 */
export interface Residual {
  /** Logarithms of the sizes. */
  readonly at: readonly number[];
  /** log(measured / form). */
  readonly log: number;
}

const neighbours = 6;

/** The factor on the form at a place. */
export function residualFactor(points: readonly Residual[], at: readonly number[]): number {
  const near: { distance: number; log: number }[] = [];
  for (const point of points) {
    let sum = 0;
    for (let i = 0; i < at.length; i++) sum += ((point.at[i] as number) - (at[i] as number)) ** 2;
    const distance = Math.sqrt(sum);
    if (near.length === neighbours && distance >= (near.at(-1)?.distance as number)) continue;
    let place = near.length;
    while (place > 0 && distance < (near[place - 1]?.distance as number)) place--;
    near.splice(place, 0, { distance, log: point.log });
    if (near.length > neighbours) near.pop();
  }
  let weights = 0;
  let logs = 0;
  let distances = 0;
  for (const { distance, log } of near) {
    const weight = 1 / (distance + 1e-3);
    weights += weight;
    logs += weight * log;
    distances += weight * distance;
  }
  if (weights === 0) return 1;
  return Math.exp(logs / weights / (1 + (distances / weights) ** 2));
}
