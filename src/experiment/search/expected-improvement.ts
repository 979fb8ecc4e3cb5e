/**
 * Expected improvement below `best` of a normal prediction. Mockus (1978); Jones, Schonlau and
 * Welch, Journal of Global Optimization 13 (1998), equation 15.
 */
export function expectedImprovement(mean: number, variance: number, best: number): number {
  if (variance <= 0) return Math.max(0, best - mean);
  const deviation = Math.sqrt(variance);
  const z = (best - mean) / deviation;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return Math.max(0, (best - mean) * normalBelow(z) + deviation * density);
}

/** Share of the standard normal below z: Abramowitz and Stegun 26.2.17, absolute error 7.5e-8. */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z > 0 ? 1 - tail : tail;
}
