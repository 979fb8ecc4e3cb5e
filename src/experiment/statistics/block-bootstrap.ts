import { RandomStream } from '../../units/random.ts';
import { type Estimate, percentileInterval } from './interval.ts';
import type { Units } from './session-units.ts';
import { plainValue, type Statistic } from './weighted.ts';

/**
 * Moving-block bootstrap over sessions (Künsch, Annals of Statistics 1989), on a circle (Politis
 * and Romano 1992): units in order of their first arrival are drawn in contiguous blocks, so that
 * neighbours in time, which meet the same load, stay together; the last unit is followed by the
 * first, so that every unit is drawn equally often. Each resample has as many units as the sample
 * (the last block is cut); its rows are never copied: a weight says how often each occurs.
 */
export interface BootstrapOptions {
  /** Resamples; 1000 by default. */
  readonly draws?: number | undefined;
  /** Units in a block; the cube root of their number, rounded up, by default. */
  readonly block?: number | undefined;
  readonly seed?: number | undefined;
  /** Share of resamples inside the interval; 0.9 by default. */
  readonly level?: number | undefined;
}

/** Values of statistics in the same resamples: one array of draws per statistic. */
export function bootstrapDraws(
  units: Units,
  statistics: readonly Statistic[],
  { draws = 1000, block = defaultBlock(units.count), seed = 1 }: BootstrapOptions = {},
): Float64Array[] {
  const results = statistics.map(() => new Float64Array(draws));
  const stream = new RandomStream(seed, 'block-bootstrap');
  const byUnit = new Int32Array(units.count);
  const byRow = new Int32Array(units.of.length);
  for (let draw = 0; draw < draws; draw++) {
    drawBlocks(byUnit, block, stream);
    for (let row = 0; row < byRow.length; row++) {
      byRow[row] = byUnit[units.of[row] as number] as number;
    }
    for (const [i, statistic] of statistics.entries()) {
      (results[i] as Float64Array)[draw] = statistic(byRow);
    }
  }
  return results;
}

/** A statistic of the sample and its workload interval, the percentiles of its resamples. */
export function bootstrapEstimate(
  units: Units,
  statistic: Statistic,
  options: BootstrapOptions = {},
): Estimate {
  const [draws] = bootstrapDraws(units, [statistic], options) as [Float64Array];
  return {
    value: plainValue(statistic, units.of.length),
    interval: percentileInterval(draws, 'workload', options.level),
  };
}

/** How often each unit occurs in one resample, written into `weights`. */
export function drawBlocks(weights: Int32Array, block: number, stream: RandomStream): void {
  const count = weights.length;
  weights.fill(0);
  for (let drawn = 0; drawn < count; ) {
    let unit = stream.integer(count);
    const end = Math.min(drawn + block, count);
    for (; drawn < end; drawn++) {
      weights[unit]!++;
      unit = unit + 1 === count ? 0 : unit + 1;
    }
  }
}

export function defaultBlock(units: number): number {
  // Rounded first: the cube root of 1000 is 9.999… or 10.000… in floating point.
  return Math.max(1, Math.ceil(Number(Math.cbrt(units).toFixed(9))));
}
