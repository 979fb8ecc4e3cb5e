/**
 * A binary heap of ids 0 … size − 1 with two keys each: the first is the id whose first key is
 * smallest, among equals whose second is. Held ids that come to the top are set aside until they
 * are released, so that a policy of leaves does not meet them again at every eviction.
 */
export class IdHeap {
  readonly #held: Int32Array;
  readonly #key: Float64Array;
  readonly #tie: Float64Array;
  readonly #heap: Int32Array;
  /** Per id: where it stands in the heap, or one of the two states below. */
  readonly #at: Int32Array;
  #size = 0;

  constructor(size: number, held: Int32Array) {
    this.#held = held;
    this.#key = new Float64Array(size);
    this.#tie = new Float64Array(size);
    this.#heap = new Int32Array(size);
    this.#at = new Int32Array(size).fill(absent);
  }

  has(id: number): boolean {
    return this.#at[id] !== absent;
  }

  /** First key of an id that is or was in the heap. */
  keyOf(id: number): number {
    return this.#key[id]!;
  }

  /** Puts an id in, or gives one that is in other keys. */
  set(id: number, key: number, tie: number): void {
    this.#key[id] = key;
    this.#tie[id] = tie;
    const at = this.#at[id]!;
    if (at === absent) this.#rise(id, this.#size++);
    else if (at >= 0) this.#settle(id, at);
  }

  /** Takes out an id that is in. */
  remove(id: number): void {
    const at = this.#at[id]!;
    this.#at[id] = absent;
    if (at >= 0) this.#close(id, at);
  }

  /** Takes out the first id that is not held; −1 when all are. */
  shift(): number {
    while (this.#size > 0) {
      const top = this.#heap[0]!;
      this.#close(top, 0);
      if (this.#held[top] === 0) {
        this.#at[top] = absent;
        return top;
      }
      this.#at[top] = aside;
    }
    return -1;
  }

  /** An id is no longer held. */
  released(id: number): void {
    if (this.#at[id] === aside) this.#rise(id, this.#size++);
  }

  /** Fills the place of an id that goes with the heap's last. */
  #close(id: number, at: number): void {
    const last = this.#heap[--this.#size]!;
    if (last !== id) this.#settle(last, at);
  }

  #settle(id: number, at: number): void {
    if (at > 0 && this.#before(id, this.#heap[(at - 1) >> 1]!)) this.#rise(id, at);
    else this.#sink(id, at);
  }

  #before(a: number, b: number): boolean {
    const difference = this.#key[a]! - this.#key[b]!;
    return difference < 0 || (difference === 0 && this.#tie[a]! < this.#tie[b]!);
  }

  #rise(id: number, from: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above]!;
      if (!this.#before(id, other)) break;
      heap[at] = other;
      this.#at[other] = at;
      at = above;
    }
    heap[at] = id;
    this.#at[id] = at;
  }

  #sink(id: number, from: number): void {
    const heap = this.#heap;
    const size = this.#size;
    let at = from;
    for (let below = 2 * at + 1; below < size; below = 2 * at + 1) {
      if (below + 1 < size && this.#before(heap[below + 1]!, heap[below]!)) below++;
      const other = heap[below]!;
      if (!this.#before(other, id)) break;
      heap[at] = other;
      this.#at[other] = at;
      at = below;
    }
    heap[at] = id;
    this.#at[id] = at;
  }
}

const absent = -1;
/** Held when it came to the top. */
const aside = -2;
