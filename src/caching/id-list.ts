/**
 * A doubly linked list of ids 0 … size − 1 held in two arrays: each id is in it at most once, and
 * every operation but a walk takes constant time and allocates nothing.
 */
export class IdList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Index of the sentinel, which closes the list to a ring. */
  readonly #end: number;

  constructor(size: number) {
    this.#end = size;
    this.#next = new Int32Array(size + 1);
    this.#previous = new Int32Array(size + 1);
    this.#next[size] = size;
    this.#previous[size] = size;
  }

  /** Appends an id that is not in the list. */
  push(id: number): void {
    const end = this.#end;
    const last = this.#previous[end]!;
    this.#next[last] = id;
    this.#previous[id] = last;
    this.#next[id] = end;
    this.#previous[end] = id;
  }

  /** Takes out an id that is in the list. */
  remove(id: number): void {
    const next = this.#next[id]!;
    const previous = this.#previous[id]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  moveToEnd(id: number): void {
    this.remove(id);
    this.push(id);
  }

  /** The id at the front, −1 when the list is empty. */
  first(): number {
    return this.#id(this.#next[this.#end]!);
  }

  /** The id after one that is in the list, −1 after the last. */
  after(id: number): number {
    return this.#id(this.#next[id]!);
  }

  /** Takes out the id nearest to the front that is not held; −1 when all are. */
  shift(held: Int32Array): number {
    const end = this.#end;
    for (let id = this.#next[end]!; id !== end; id = this.#next[id]!) {
      if (held[id] === 0) {
        this.remove(id);
        return id;
      }
    }
    return -1;
  }

  #id(index: number): number {
    return index === this.#end ? -1 : index;
  }
}
