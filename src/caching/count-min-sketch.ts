/**
 * Approximate counts of many ids in little memory. Source: Cormode and Muthukrishnan, "An improved
 * data stream summary: the count-min sketch and its applications", 2005; ageing as in TinyLFU
 * (Einziger, Friedman and Manes, 2017).
 * Rule: 4 rows of at least `capacity` counters; an id adds 1 to one counter of each row (none
 * beyond 15), and its count is the least of them. After every `period` additions all are halved.
 */
export class CountMinSketch {
  readonly #shift: number;
  readonly #width: number;
  readonly #counters: Uint8Array;
  readonly #period: number;
  #additions = 0;

  constructor(capacity: number, period: number) {
    const bits = Math.max(4, Math.ceil(Math.log2(capacity)));
    this.#shift = 32 - bits;
    this.#width = 2 ** bits;
    this.#counters = new Uint8Array(multipliers.length * this.#width);
    this.#period = period;
  }

  add(id: number): void {
    for (let row = 0; row < multipliers.length; row++) {
      const at = this.#index(row, id);
      if (this.#counters[at]! < most) this.#counters[at]!++;
    }
    if (++this.#additions < this.#period) return;
    this.#additions = 0;
    for (let i = 0; i < this.#counters.length; i++) this.#counters[i]! >>= 1;
  }

  count(id: number): number {
    let least = most;
    for (let row = 0; row < multipliers.length; row++) {
      least = Math.min(least, this.#counters[this.#index(row, id)]!);
    }
    return least;
  }

  #index(row: number, id: number): number {
    return row * this.#width + (Math.imul(id + 1, multipliers[row]!) >>> this.#shift);
  }
}

const most = 15;

/** Odd constants of multiplicative hashing, one for each row. */
export const multipliers = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;
