import { arrayTypes, type NumberArrays, type NumberKind } from '../tables/columns.ts';

/** A number column that grows by doubling: importers do not know their row count beforehand. */
export class Growable<K extends NumberKind> {
  readonly #kind: K;
  #values: NumberArrays[K];
  #length = 0;

  constructor(kind: K) {
    this.#kind = kind;
    this.#values = this.#allocate(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#allocate(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** Appends `value` until the column has that many values. */
  padTo(length: number, value: number): void {
    while (this.#length < length) this.push(value);
  }

  /** The values so far, in an array of their own. */
  toArray(): NumberArrays[K] {
    return this.#values.slice(0, this.#length) as NumberArrays[K];
  }

  #allocate(length: number): NumberArrays[K] {
    return new arrayTypes[this.#kind](length) as NumberArrays[K];
  }
}
