import type { DecodeLine, Segment, StepClock, StepWork } from './work.ts';

/**
 * A step time that is affine in what it holds: decoding rounds cost roundMs + perSequenceMs x
 * sequences + perContextTokenMs x context, prompts cost prefillBatchMs + prefillTokenMs x new
 * tokens, and a mixed step costs both. For queueing checks with known service times and for
 * published step-time laws. Only the first segment counts: all rows are in it.
 */
export interface AffineSpec {
  readonly kind: 'affine';
  readonly roundMs: number;
  readonly perSequenceMs: number;
  readonly perContextTokenMs?: number;
  readonly prefillBatchMs: number;
  readonly prefillTokenMs: number;
}

export class AffineClock implements StepClock {
  readonly name = 'affine';
  readonly #spec: Required<AffineSpec>;

  constructor(spec: AffineSpec) {
    this.#spec = { perContextTokenMs: 0, ...spec };
  }

  decode(batch: number, _context: number, line: DecodeLine): void {
    line.aMs = this.#spec.roundMs + this.#spec.perSequenceMs * batch;
    line.bMs = this.#spec.perContextTokenMs;
    line.validTo = Infinity;
  }

  stepMs({ segments }: StepWork): number {
    const { roundMs, perSequenceMs, perContextTokenMs, prefillBatchMs, prefillTokenMs } =
      this.#spec;
    const { decodeSequences, decodeKvRead, prefillCount, prefillRows } = segments[0] as Segment;
    let ms = 0;
    if (decodeSequences > 0) {
      ms += roundMs + perSequenceMs * decodeSequences + perContextTokenMs * decodeKvRead;
    }
    if (prefillCount > 0) {
      let rows = 0;
      for (let i = 0; i < prefillCount; i++) rows += prefillRows[i] as number;
      ms += prefillBatchMs + prefillTokenMs * rows;
    }
    return ms;
  }
}
