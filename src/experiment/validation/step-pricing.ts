import {
  addDecodes,
  addPrefill,
  type DecodeLine,
  newStepWork,
  type StepClock,
} from '../../cost/clock.ts';
import type { Composition, MeasuredStep } from './serving-log.ts';

/** A composition and the KV tokens that its decodes read, padding left out. */
export interface PricedStep extends Composition {
  readonly decodeContext: number;
}

/**
 * A measured step without the padding of its graph: the sequences that fill a round up are counted
 * in `decodeContext` with one token each, and the clock adds them itself.
 */
export function withoutPadding({
  decodes,
  prefills,
  graphBatch,
  decodeContext,
}: MeasuredStep): PricedStep {
  const padding = Math.max(0, graphBatch - decodes);
  return { decodes, prefills, decodeContext: decodeContext - padding };
}

/** Prices whole steps by what they compute: a round by its line, a step with prompts by its work. */
export class StepPricing {
  readonly #clock: StepClock;
  readonly #layers: number;
  readonly #line: DecodeLine = { aMs: 0, bMs: 0, validTo: 0 };

  constructor(clock: StepClock, layers: number) {
    this.#clock = clock;
    this.#layers = layers;
  }

  /**
   * @param finishing prompts that yield their first token; they take a row of the LM head each
   */
  stepMs({ decodes, prefills, decodeContext }: PricedStep, finishing = prefills.length): number {
    if (prefills.length === 0) {
      const line = this.#line;
      this.#clock.decode(decodes, decodeContext, line);
      return line.aMs + line.bMs * decodeContext;
    }
    const work = newStepWork(prefills.length, this.#layers);
    const segment = work.segments[0] as (typeof work.segments)[number];
    for (const { rows, cached } of prefills) addPrefill(segment, rows, rows + cached);
    if (decodes > 0) addDecodes(segment, decodes, decodeContext);
    work.logitRows = finishing + decodes;
    work.sequences = prefills.length + decodes;
    return this.#clock.stepMs(work);
  }
}
