/**
 * Binary heaps over (time, key), smallest first, equal times by key: the order of simultaneous
 * events never depends on the heap's history.
 */

/** A growing heap of times with integer keys. */
export class TimeHeap {
  #time = new Float64Array(16);
  #key = new Int32Array(16);
  #size = 0;

  /** Time of the first entry, Infinity when there is none. */
  get firstMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#time[0] as number);
  }

  get firstKey(): number {
    return this.#key[0] as number;
  }

  get size(): number {
    return this.#size;
  }

  push(timeMs: number, key: number): void {
    if (this.#size === this.#time.length) this.#grow();
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#before(timeMs, key, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#time[hole] = timeMs;
    this.#key[hole] = key;
  }

  /** Removes the first entry and returns its key. */
  pop(): number {
    const first = this.#key[0] as number;
    const size = --this.#size;
    const timeMs = this.#time[size] as number;
    const key = this.#key[size] as number;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#entryBefore(child + 1, child)) child++;
      if (this.#before(timeMs, key, child)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#time[hole] = timeMs;
    this.#key[hole] = key;
    return first;
  }

  #before(timeMs: number, key: number, at: number): boolean {
    const other = this.#time[at] as number;
    return timeMs < other || (timeMs === other && key < (this.#key[at] as number));
  }

  #entryBefore(a: number, b: number): boolean {
    return this.#before(this.#time[a] as number, this.#key[a] as number, b);
  }

  #move(from: number, to: number): void {
    this.#time[to] = this.#time[from] as number;
    this.#key[to] = this.#key[from] as number;
  }

  #grow(): void {
    const time = new Float64Array(2 * this.#time.length);
    const key = new Int32Array(time.length);
    time.set(this.#time);
    key.set(this.#key);
    this.#time = time;
    this.#key = key;
  }
}

/** One pending time per slot (Infinity: none): a tournament tree, ties to the lower slot. */
export class SlotTimes {
  readonly #leaves: number;
  readonly #time: Float64Array;
  readonly #winner: Int32Array;

  constructor(slots: number) {
    let leaves = 1;
    while (leaves < slots) leaves *= 2;
    this.#leaves = leaves;
    this.#time = new Float64Array(leaves).fill(Number.POSITIVE_INFINITY);
    this.#winner = new Int32Array(2 * leaves);
    for (let i = 0; i < leaves; i++) this.#winner[leaves + i] = i;
    for (let node = leaves - 1; node >= 1; node--) this.#play(node);
  }

  /** Slot with the earliest time. */
  get first(): number {
    return this.#winner[1] as number;
  }

  get firstMs(): number {
    return this.#time[this.#winner[1] as number] as number;
  }

  timeOf(slot: number): number {
    return this.#time[slot] as number;
  }

  set(slot: number, timeMs: number): void {
    this.#time[slot] = timeMs;
    for (let node = (this.#leaves + slot) >> 1; node >= 1; node >>= 1) this.#play(node);
  }

  #play(node: number): void {
    const left = this.#winner[2 * node] as number;
    const right = this.#winner[2 * node + 1] as number;
    const time = this.#time;
    this.#winner[node] = (time[right] as number) < (time[left] as number) ? right : left;
  }
}
