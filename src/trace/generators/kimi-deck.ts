import type { RandomStream } from '../../units/random.ts';

const cards = 1024;

/**
 * Uniform numbers in [0, 1) drawn without replacement from a deck of 1,024 equal strata, refilled
 * when empty. The marginal of any 1,024 draws in a row is uniform to 1/1,024 whatever the wishes,
 * so that quantiles of a trace hold for every seed.
 */
export class Deck {
  readonly #random: RandomStream;
  readonly #used = new Uint8Array(cards);
  #left = cards;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  /** A number from the unused stratum nearest to the wish, a number in [0, 1). */
  take(wish: number): number {
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
      if (high < cards && !this.#used[high]) return high;
    }
  }
}
