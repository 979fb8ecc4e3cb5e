/**
 * Exact: asks the clock that makes the truth. A prompt is one step of its own; that it may be
 * computed in chunks, or beside others, is not foreseen. The upper bound of what a policy can gain
 * from predicting; no deployed system has it, and runs that use it say so.
 */
import { type DecodeLine, newStepWork, type StepClock, type StepWork } from '../../cost/work.ts';
import type { Estimator } from '../../policy/estimator.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { EstimatorFactory } from './estimator-factory.ts';

export class ExactEstimator implements Estimator {
  readonly #clock: StepClock;
  readonly #work: StepWork;
  readonly #line: DecodeLine = { aMs: 0, bMs: 0, validTo: 0 };

  constructor(clock: StepClock, layers: number) {
    this.#clock = clock;
    this.#work = newStepWork(1, layers);
    this.#work.logitRows = 1;
    this.#work.sequences = 1;
    const segment = this.#work.segments[0] as StepWork['segments'][number];
    segment.prefillCount = 1;
  }

  /** At least one token is computed, whatever is cached. */
  prefillMs(tokens: number, cachedTokens: number): number {
    const rows = Math.max(1, tokens - cachedTokens);
    const segment = this.#work.segments[0] as StepWork['segments'][number];
    segment.rows = rows;
    segment.mlpRows = rows;
    segment.prefillRows[0] = rows;
    segment.prefillKeys[0] = Math.max(1, tokens);
    return this.#clock.stepMs(this.#work);
  }

  roundMs(sequences: number, contextTokens: number): number {
    if (sequences === 0) return 0;
    this.#clock.decode(sequences, contextTokens, this.#line);
    return this.#line.aMs + this.#line.bMs * contextTokens;
  }
}

export const exact = definePolicy<EstimatorFactory, Record<string, never>>({
  kind: 'exact',
  doc: 'the clock itself: foresees every duration of a step',
  source: 'upper bound',
  parameters: {},
  oracle: () => ['future'],
  create: () => (clock, layers) => new ExactEstimator(clock, layers),
});
