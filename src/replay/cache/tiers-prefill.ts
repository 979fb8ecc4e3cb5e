import type { StepClock } from '../../cost/clock.ts';
import { addPrefill, newStepWork } from '../../cost/work.ts';

/** Time of a prompt alone on an instance: so many tokens behind a cached prefix, in one step. */
export function promptTimes(
  clock: StepClock,
  layers: number,
): (tokens: number, cachedTokens: number) => number {
  const work = newStepWork(1, layers);
  const [segment] = work.segments;
  work.sequences = 1;
  work.logitRows = 1;
  return (tokens, cachedTokens) => {
    segment!.rows = 0;
    segment!.mlpRows = 0;
    segment!.prefillCount = 0;
    addPrefill(segment!, tokens, tokens + cachedTokens);
    return clock.stepMs(work);
  };
}
