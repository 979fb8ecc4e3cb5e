import { RandomStream } from '../units/random.ts';
import type { PlacedConstant } from './constants.ts';
import { heldOutMape } from './profile-errors.ts';
import type { EngineProfile } from './profiles.ts';

/**
 * Draws of the analytic clock: what its times would be, had the constants come out elsewhere within
 * their errors. Draw 0 is the published clock; draw n > 0 is one seeded sample, the same wherever
 * it is asked for. Each number comes from a stream of its own, named after it, so that a constant
 * more or another variant shifts no other number; a constant that two variants give differently
 * lies at the same quantile of both.
 *
 * Constants are drawn independently of each other: how their bootstrap errors go together is not
 * known. On another GPU than the A100, the error of carrying the shares there is not in a draw.
 */

/** 95 % quantile of the standard normal. */
const z95 = 1.6448536269514722;

/**
 * One constant in a draw. Split log-normal: half of the draws on each side of the published value,
 * 5 % of them below the low end of the 90 % interval and 5 % above its high end. A share of a peak
 * stays at most 1; a side that ends at 0 is a normal one, cut there. Without an interval the
 * published value stands.
 */
export function drawnValue({ path, constant }: PlacedConstant, draw: number): number {
  const { value, interval, unit } = constant;
  if (draw === 0 || interval === undefined) return value;
  const z = new RandomStream(draw, `clock.${path}`).normal();
  const end = z < 0 ? interval[0] : interval[1];
  const drawn =
    value > 0 && end > 0
      ? value * (end / value) ** (Math.abs(z) / z95)
      : Math.max(0, value + ((end - value) * Math.abs(z)) / z95);
  return unit === 'share of peak' ? Math.min(drawn, Math.max(1, value)) : drawn;
}

/**
 * Factor on every step of an engine in a draw: log-normal, median 1, with the engine's held-out
 * error as its mean absolute deviation (sigma = MAPE x sqrt(pi / 2), exact for small errors).
 *
 * Bootstrap intervals tell how well a form is fitted, not how well a step is met: they are far
 * narrower than the errors against measured steps. The whole held-out error is taken as common to
 * all steps of the engine, the cautious reading: an error that differed from step to step would
 * partly average out over a request.
 */
export function stepFactor(profile: EngineProfile, draw: number): number {
  if (draw === 0) return 1;
  const sigma = (heldOutMape(profile) / 100) * Math.sqrt(Math.PI / 2);
  return Math.exp(sigma * new RandomStream(draw, `clock.profile.${profile.name}`).normal());
}
