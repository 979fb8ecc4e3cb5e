import type { DecodeLine, StepClock, StepWork } from '../../cost/clock.ts';
import type { Composition, StepTimes } from './serving-log.ts';
import type { PricedStep, StepPricing } from './step-pricing.ts';

/**
 * Kernel selection: an engine process that meets a prompt length for the first time chooses (or
 * compiles) an attention kernel for it, once. A prompt on its own prefix takes another path and
 * pays nothing. What the choice takes depends on the host and on what the process served before,
 * which no log says.
 */

/** Prompts of each step whose number of new tokens, on no prefix, no step before had. */
export function firstLengths(steps: readonly Composition[]): Int32Array {
  const known = new Set<number>();
  return Int32Array.from(steps, ({ prefills }) => {
    let count = 0;
    for (const { rows, cached } of prefills) {
      if (cached > 0 || known.has(rows)) continue;
      known.add(rows);
      count++;
    }
    return count;
  });
}

/**
 * What a first length cost in the first half of the steps with prompts, ms: the mean time of its
 * steps beyond the clock's, less that of steps without a first length; at least 0.
 * @param steps compositions of a replay at logged times: those of the log are not read
 */
export function measureFirstLength(
  steps: readonly PricedStep[],
  { durationMs }: StepTimes,
  pricing: StepPricing,
): number {
  const firsts = firstLengths(steps);
  const eager = [...steps.keys()].filter((k) => (steps[k] as PricedStep).prefills.length > 0);
  const usual = { ms: 0, steps: 0 };
  const first = { ms: 0, steps: 0, lengths: 0 };
  for (const k of eager.slice(0, Math.ceil(eager.length / 2))) {
    const beyond = (durationMs[k] as number) - pricing.stepMs(steps[k] as PricedStep);
    const count = firsts[k] as number;
    const group = count > 0 ? first : usual;
    group.ms += beyond;
    group.steps++;
    first.lengths += count;
  }
  if (first.lengths === 0) return 0;
  const offset = usual.steps > 0 ? usual.ms / usual.steps : 0;
  return Math.max(0, (first.ms - first.steps * offset) / first.lengths);
}

/** A clock whose steps take longer where they hold a first length. For one replay: it remembers. */
export class FirstLengthClock implements StepClock {
  readonly name: string;
  readonly #clock: StepClock;
  readonly #ms: number;
  readonly #known = new Set<number>();

  constructor(clock: StepClock, msPerLength: number) {
    this.name = `${clock.name}, ${msPerLength} ms for a first length`;
    this.#clock = clock;
    this.#ms = msPerLength;
  }

  decode(batch: number, context: number, line: DecodeLine): void {
    this.#clock.decode(batch, context, line);
  }

  stepMs(work: StepWork): number {
    let ms = this.#clock.stepMs(work);
    for (const { prefillCount, prefillRows, prefillKeys } of work.segments.slice(0, 1)) {
      for (let i = 0; i < prefillCount; i++) {
        const rows = prefillRows[i] as number;
        if (prefillKeys[i] !== rows || this.#known.has(rows)) continue;
        this.#known.add(rows);
        ms += this.#ms;
      }
    }
    return ms;
  }
}
