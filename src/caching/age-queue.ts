import { IdHeap } from './id-heap.ts';
import { IdList } from './id-list.ts';

/**
 * A queue of ids that is left at the front, held ids apart. A held id that comes to the front is
 * older than all behind it, so it moves to a heap of such elders and is not met again until it is
 * released: with many prefixes stuck at the front, eviction would else walk past all of them.
 */
export class AgeQueue {
  readonly #held: Int32Array;
  readonly #queue: IdList;
  readonly #entered: Int32Array;
  /** Made when the first held id is met: the free forms never need it. */
  #elders: IdHeap | undefined;
  #entries = 0;
  #length = 0;

  constructor(size: number, held: Int32Array) {
    this.#held = held;
    this.#queue = new IdList(size);
    this.#entered = new Int32Array(size);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends an id that is not in the queue. */
  push(id: number): void {
    this.#entered[id] = this.#entries++;
    this.#queue.push(id);
    this.#length++;
  }

  /** Takes out the id that entered first of those not held; −1 when all are. */
  shift(): number {
    const elder = this.#elders?.shift() ?? -1;
    if (elder !== -1) {
      this.#length--;
      return elder;
    }
    for (let id = this.#queue.first(); id !== -1; id = this.#queue.first()) {
      this.#queue.remove(id);
      if (this.#held[id] === 0) {
        this.#length--;
        return id;
      }
      this.#elders ??= new IdHeap(this.#entered.length, this.#held);
      this.#elders.set(id, this.#entered[id]!, 0);
    }
    return -1;
  }

  /** Takes out an id that is in the queue. */
  remove(id: number): void {
    if (this.#elders?.has(id)) this.#elders.remove(id);
    else this.#queue.remove(id);
    this.#length--;
  }

  /** An id is no longer held. */
  released(id: number): void {
    this.#elders?.released(id);
  }
}
