import { RandomStream } from '../../units/random.ts';
import { defaultBlock, drawBlocks } from '../statistics/block-bootstrap.ts';
import { correctedInterval } from '../statistics/corrected-interval.ts';
import type { Interval, IntervalSource } from '../statistics/interval.ts';
import { sessionUnits } from '../statistics/session-units.ts';

/** Requests of one session (or one request without a session) in the run of one seed. */
export interface SessionHits {
  /** Index of the seed. */
  readonly seed: number;
  readonly session: number;
  readonly firstMs: number;
  readonly arrivals: number;
  readonly met: number;
}

export interface AttainmentLimit {
  readonly attainment: number;
  /** One-sided lower confidence limit. */
  readonly lowerLimit: number;
  /** The two-sided interval whose low end is that limit. */
  readonly interval: Interval;
}

export interface LimitOptions {
  /** One-sided; 0.95 by default. */
  readonly confidence?: number | undefined;
  /** What varies beside the workload where there are several seeds. */
  readonly seedSource?: IntervalSource | null | undefined;
  readonly draws?: number | undefined;
  readonly seed?: number | undefined;
}

/**
 * Attainment over all requests and its lower confidence limit: sessions resampled in blocks as in
 * block-bootstrap.ts, and seeds with replacement beside them, each session with the same weight
 * under all seeds (sessions and seeds are crossed: the pigeonhole bootstrap, Owen 2007). The limit
 * is the corrected percentile of corrected-interval.ts.
 *
 * Where every request of every session met its SLOs a resample cannot show a miss; the limit is
 * then that of a binomial share over the sessions, (1 - confidence)^(1 / sessions).
 */
export function attainmentLimit(
  rows: readonly SessionHits[],
  { confidence = 0.95, seedSource = null, draws = 1000, seed = 1 }: LimitOptions = {},
): AttainmentLimit {
  const table = crossed(rows);
  const { sessions, seeds } = table;
  const bySession = new Int32Array(sessions).fill(1);
  const bySeed = new Int32Array(seeds.length).fill(1);
  const attainment = shareMet(table, bySession, bySeed);
  const blocks = new RandomStream(seed, 'block-bootstrap');
  const repeats = new RandomStream(seed, 'seed-bootstrap');
  const block = defaultBlock(sessions);
  const drawn = Float64Array.from({ length: draws }, () => {
    drawBlocks(bySession, block, blocks);
    if (seeds.length > 1) drawBlocks(bySeed, 1, repeats);
    return shareMet(table, bySession, bySeed);
  });
  const seedsVary = seeds.length > 1 && seedSource !== 'workload';
  const found = correctedInterval(drawn, {
    value: attainment,
    influence: influences(table, attainment),
    source: seedsVary ? 'workload and policy seed' : 'workload',
    level: Number((2 * confidence - 1).toFixed(12)),
  });
  const low = attainment === 1 ? (1 - confidence) ** (1 / sessions) : found.low;
  return { attainment, lowerLimit: low, interval: { ...found, low } };
}

/** Hits of all sessions under all seeds: one column per seed, a row per session by first arrival. */
interface CrossedHits {
  readonly sessions: number;
  readonly seeds: readonly { readonly met: Float64Array; readonly arrivals: Float64Array }[];
}

function crossed(rows: readonly SessionHits[]): CrossedHits {
  const { of, count } = sessionUnits({
    arrivalMs: rows.map((row) => row.firstMs),
    session: rows.map((row) => row.session),
  });
  const length = rows.reduce((most, row) => Math.max(most, row.seed + 1), 0);
  const seeds = Array.from({ length }, () => ({
    met: new Float64Array(count),
    arrivals: new Float64Array(count),
  }));
  for (const [i, row] of rows.entries()) {
    const { met, arrivals } = seeds[row.seed] as CrossedHits['seeds'][number];
    met[of[i] as number]! += row.met;
    arrivals[of[i] as number]! += row.arrivals;
  }
  return { sessions: count, seeds };
}

function shareMet({ seeds }: CrossedHits, bySession: Int32Array, bySeed: Int32Array): number {
  let hits = 0;
  let all = 0;
  for (const [s, { met, arrivals }] of seeds.entries()) {
    const weight = bySeed[s] as number;
    if (weight === 0) continue;
    hits += weight * weighted(bySession, met);
    all += weight * weighted(bySession, arrivals);
  }
  return all > 0 ? hits / all : Number.NaN;
}

/** How far each session moves the attainment, up to a common factor. */
function influences({ sessions, seeds }: CrossedHits, attainment: number): Float64Array {
  return Float64Array.from({ length: sessions }, (_, session) =>
    seeds.reduce(
      (sum, { met, arrivals }) =>
        sum + (met[session] as number) - attainment * (arrivals[session] as number),
      0,
    ),
  );
}

function weighted(weights: Int32Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (weights[i] as number) * (values[i] as number);
  return sum;
}
