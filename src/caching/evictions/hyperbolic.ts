/**
 * Hyperbolic caching. Source: Blankstein, Sen and Freedman, "Hyperbolic caching: flexible caching
 * for web applications", USENIX ATC'17; a sample of 64 as there.
 * Rule: a block's priority is its uses since admission over the time since admission; the victim
 * has the smallest priority of a random sample of the residents, among equals the one drawn first.
 * A sample of 0 looks at all, in the order of the array below. Time is in references. Residents
 * stand in an array in order of admission; the last fills the place of one that goes. Draws are
 * with replacement; a draw that is held counts, and if all are, every resident is looked at.
 */
import { RandomStream } from '../../units/random.ts';
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';

class Hyperbolic implements Eviction {
  readonly #held: Int32Array;
  readonly #sample: number;
  readonly #random: RandomStream;
  readonly #residents: Int32Array;
  readonly #at: Int32Array;
  readonly #count: Int32Array;
  readonly #since: Int32Array;
  #size = 0;
  #now = 0;

  constructor(sample: number, { blocks, held, seed }: EvictionContext) {
    this.#held = held;
    this.#sample = sample;
    this.#random = new RandomStream(seed, 'hyperbolic');
    this.#residents = new Int32Array(blocks);
    this.#at = new Int32Array(blocks);
    this.#count = new Int32Array(blocks);
    this.#since = new Int32Array(blocks);
  }

  hit(id: number): void {
    this.#now++;
    this.#count[id]!++;
  }

  admit(id: number): void {
    this.#since[id] = this.#now++;
    this.#count[id] = 1;
    this.#at[id] = this.#size;
    this.#residents[this.#size++] = id;
  }

  evict(): number {
    let victim = -1;
    const draws = this.#size === 0 ? 0 : this.#sample;
    for (let draw = 0; draw < draws; draw++) {
      victim = this.#worse(victim, this.#residents[this.#random.integer(this.#size)]!);
    }
    if (victim === -1) {
      for (let at = 0; at < this.#size; at++) victim = this.#worse(victim, this.#residents[at]!);
    }
    if (victim !== -1) this.remove(victim);
    return victim;
  }

  remove(id: number): void {
    const at = this.#at[id]!;
    const last = this.#residents[--this.#size]!;
    this.#residents[at] = last;
    this.#at[last] = at;
  }

  /** The victim so far, or a block that is to go before it. */
  #worse(victim: number, id: number): number {
    if (this.#held[id] !== 0) return victim;
    return victim === -1 || this.#priority(id) < this.#priority(victim) ? id : victim;
  }

  #priority(id: number): number {
    return this.#count[id]! / (this.#now - this.#since[id]!);
  }
}

export const hyperbolic = defineEviction({
  kind: 'hyperbolic',
  doc: 'fewest uses for its time in the cache goes first, of a random sample',
  source: "Blankstein, Sen and Freedman, USENIX ATC'17",
  parameters: {
    sample: { type: 'integer', default: 64, min: 0, doc: 'blocks drawn per eviction; 0: all' },
  },
  create: ({ sample }, context) => new Hyperbolic(sample, context),
});
