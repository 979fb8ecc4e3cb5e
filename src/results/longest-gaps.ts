/**
 * Mean of the longest gaps of one request, its gaps given as arithmetic series. Selection by
 * bisection over the value; series wholly above or below the bracket leave the search, so that
 * the work is close to linear in the number of series.
 */
export class LongestGaps {
  #base = new Float64Array(64);
  #slope = new Float64Array(64);
  #terms = new Float64Array(64);
  #size = 0;
  #gaps = 0;
  #max = 0;

  clear(): void {
    this.#size = 0;
    this.#gaps = 0;
    this.#max = 0;
  }

  /** Gaps base, base + slope, …; slope ≥ 0. */
  add(base: number, slope: number, terms: number): void {
    if (this.#size === this.#base.length) this.#grow();
    const at = this.#size++;
    this.#base[at] = base;
    this.#slope[at] = slope;
    this.#terms[at] = terms;
    this.#gaps += terms;
    this.#max = Math.max(this.#max, base + slope * (terms - 1));
  }

  get gaps(): number {
    return this.#gaps;
  }

  get maxMs(): number {
    return this.#max;
  }

  /** Mean of the longest tenth (at least one gap). */
  meanOfLongestTenth(): number {
    const wanted = Math.ceil(this.#gaps / 10);
    if (wanted <= 1) return this.#max;
    let low = 0;
    let high = this.#max;
    let taken = 0;
    let sum = 0;
    let size = this.#size;
    for (let round = 0; round < 60 && size > 0 && high - low > 1e-13 * high; round++) {
      const middle = low + (high - low) / 2;
      let above = taken;
      for (let i = 0; i < size; i++) above += this.#above(i, middle);
      const kept = size;
      size = 0;
      if (above >= wanted) low = middle;
      else high = middle;
      for (let i = 0; i < kept; i++) {
        const base = this.#base[i] as number;
        const last = base + (this.#slope[i] as number) * ((this.#terms[i] as number) - 1);
        if (last <= low) continue;
        if (base > high) {
          const terms = this.#terms[i] as number;
          taken += terms;
          sum += terms * ((base + last) / 2);
          continue;
        }
        this.#swap(i, size++);
      }
    }
    for (let i = 0; i < size; i++) {
      const terms = this.#above(i, high);
      const last =
        (this.#base[i] as number) + (this.#slope[i] as number) * ((this.#terms[i] as number) - 1);
      taken += terms;
      sum += terms * (last - ((terms - 1) / 2) * (this.#slope[i] as number));
    }
    return (sum + (wanted - taken) * high) / wanted;
  }

  /** Terms of a series above a value. */
  #above(i: number, value: number): number {
    const base = this.#base[i] as number;
    const terms = this.#terms[i] as number;
    if (base > value) return terms;
    const slope = this.#slope[i] as number;
    if (base + slope * (terms - 1) <= value) return 0;
    return terms - Math.min(terms, Math.floor((value - base) / slope) + 1);
  }

  #swap(from: number, to: number): void {
    if (from === to) return;
    for (const column of [this.#base, this.#slope, this.#terms]) {
      const value = column[from] as number;
      column[from] = column[to] as number;
      column[to] = value;
    }
  }

  #grow(): void {
    const double = (old: Float64Array) => {
      const column = new Float64Array(2 * old.length);
      column.set(old);
      return column;
    };
    this.#base = double(this.#base);
    this.#slope = double(this.#slope);
    this.#terms = double(this.#terms);
  }
}
