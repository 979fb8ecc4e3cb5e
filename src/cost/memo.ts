/** Values of a function of small whole numbers, computed once each. */
export class Memo {
  #values = new Float64Array(0);
  readonly #compute: (n: number) => number;
  readonly #limit: number;

  /** Arguments from `limit` on, and fractions, are computed every time. */
  constructor(compute: (n: number) => number, limit = 1 << 17) {
    this.#compute = compute;
    this.#limit = limit;
  }

  get(n: number): number {
    if (n < this.#values.length && (n | 0) === n) {
      const known = this.#values[n] as number;
      if (!Number.isNaN(known)) return known;
    }
    return this.#miss(n);
  }

  #miss(n: number): number {
    const value = this.#compute(n);
    if (n < this.#limit && n >= 0 && Number.isInteger(n)) {
      if (n >= this.#values.length) this.#grow(n);
      this.#values[n] = value;
    }
    return value;
  }

  #grow(n: number): void {
    const larger = new Float64Array(Math.min(this.#limit, Math.max(256, 2 * n + 1))).fill(
      Number.NaN,
    );
    larger.set(this.#values);
    this.#values = larger;
  }
}
