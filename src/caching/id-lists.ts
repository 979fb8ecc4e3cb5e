/**
 * Several doubly linked lists over ids 0 … size − 1 in one pair of arrays: each id is in at most
 * one of them. Every operation but a walk takes constant time and allocates nothing.
 */
export class IdLists {
  readonly #size: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Per id: its list; −1 in none. */
  readonly #list: Int8Array;
  readonly #lengths: Int32Array;

  constructor(size: number, lists: number) {
    this.#size = size;
    this.#next = new Int32Array(size + lists);
    this.#previous = new Int32Array(size + lists);
    this.#list = new Int8Array(size).fill(-1);
    this.#lengths = new Int32Array(lists);
    for (let end = size; end < size + lists; end++) {
      this.#next[end] = end;
      this.#previous[end] = end;
    }
  }

  length(list: number): number {
    return this.#lengths[list]!;
  }

  /** The list that an id is in, −1 when it is in none. */
  listOf(id: number): number {
    return this.#list[id]!;
  }

  /** Appends an id, which leaves the list that it is in. */
  push(list: number, id: number): void {
    this.remove(id);
    const end = this.#size + list;
    const last = this.#previous[end]!;
    this.#next[last] = id;
    this.#previous[id] = last;
    this.#next[id] = end;
    this.#previous[end] = id;
    this.#list[id] = list;
    this.#lengths[list]!++;
  }

  /** Takes an id out of the list that it is in, if any. */
  remove(id: number): void {
    const list = this.#list[id]!;
    if (list === -1) return;
    const next = this.#next[id]!;
    const previous = this.#previous[id]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#list[id] = -1;
    this.#lengths[list]!--;
  }

  /** The id at a list's front, −1 when it is empty. */
  first(list: number): number {
    const id = this.#next[this.#size + list]!;
    return id >= this.#size ? -1 : id;
  }

  /** The id after one that is in a list, −1 after the last. */
  after(id: number): number {
    const next = this.#next[id]!;
    return next >= this.#size ? -1 : next;
  }

  /** The id nearest to a list's front that is not held; −1 when all are. */
  firstFree(list: number, held: Int32Array): number {
    const end = this.#size + list;
    for (let id = this.#next[end]!; id !== end; id = this.#next[id]!) {
      if (held[id] === 0) return id;
    }
    return -1;
  }
}
