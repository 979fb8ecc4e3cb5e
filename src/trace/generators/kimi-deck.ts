import type { RandomStream } from '../../units/random.ts';

/**
 * Uniform numbers in [0, 1) drawn without replacement from a deck of equal strata, refilled when
 * empty. Whatever the wishes, the draws of a whole deck are uniform to one stratum, so that
 * statistics of a trace depend less on its seed.
 */
export class Deck {
  readonly #random: RandomStream;
  readonly #used: Uint8Array;
  #left: number;

  constructor(random: RandomStream, cards: number) {
    this.#random = random;
    this.#used = new Uint8Array(cards);
    this.#left = cards;
  }

  /** A number from the unused stratum nearest to the wish, a number in [0, 1). */
  take(wish: number): number {
    const cards = this.#used.length;
    if (this.#left === 0) {
      this.#used.fill(0);
      this.#left = cards;
    }
    const stratum = this.#nearest(Math.floor(wish * cards));
    this.#used[stratum] = 1;
    this.#left--;
    return (stratum + this.#random.uniform()) / cards;
  }

  #nearest(wish: number): number {
    for (let distance = 0; ; distance++) {
      const low = wish - distance;
      const high = wish + distance;
      if (low >= 0 && !this.#used[low]) return low;
      if (high < this.#used.length && !this.#used[high]) return high;
    }
  }
}
