import { canonicalJson } from '../units/canonical.ts';
import { Recent } from '../units/recent.ts';
import { AffineClock, type AffineSpec } from './affine-clock.ts';
import { AnalyticClock, type AnalyticSpec } from './analytic-clock.ts';
import { RooflineClock, type RooflineSpec } from './roofline-clock.ts';
import type { StepClock } from './work.ts';

export type { DecodeLine, StepClock, StepWork } from './work.ts';
export { addDecodes, addPrefill, newStepWork } from './work.ts';

/** A clock as plain data, as it stands in a scenario. */
export type ClockSpec = AnalyticSpec | RooflineSpec | AffineSpec;

/** A clock remembers prices of work it has seen, so runs of a sweep share theirs. */
const clocks = new Recent<StepClock>(8);

/** The clock of that specification; names are looked up and refused here. */
export function createClock(spec: ClockSpec): StepClock {
  return clocks.get(canonicalJson(spec), () => newClock(spec));
}

function newClock(spec: ClockSpec): StepClock {
  switch (spec.kind) {
    case 'analytic':
      return new AnalyticClock(spec);
    case 'roofline-max':
      return new RooflineClock(spec);
    case 'affine':
      return new AffineClock(spec);
  }
}
