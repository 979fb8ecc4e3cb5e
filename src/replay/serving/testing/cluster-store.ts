/** A host store as a plain list: least recently used first, uses of a chain from its tail. */
export class ClusterStore {
  readonly #capacity: number;
  #residents: number[] = [];
  readonly #pins = new Map<number, number>();
  /** Blocks that have left. */
  evictions = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  holds(id: number): boolean {
    return this.#residents.includes(id);
  }

  leading(ids: readonly number[]): number {
    const end = ids.findIndex((id) => !this.holds(id));
    return end === -1 ? ids.length : end;
  }

  pin(id: number): void {
    if (!this.holds(id)) throw new Error(`block ${id} is not resident`);
    this.#pins.set(id, (this.#pins.get(id) ?? 0) + 1);
  }

  unpin(id: number): void {
    const pins = this.#pins.get(id) ?? 0;
    if (pins === 0) throw new Error(`block ${id} is not pinned`);
    this.#pins.set(id, pins - 1);
  }

  touch(ids: readonly number[]): void {
    for (const id of ids.toReversed()) if (this.holds(id)) this.#use(id);
  }

  /** Makes leading ids resident as long as there is room; returns how many are. */
  put(ids: readonly number[]): number {
    let end = 0;
    const fresh: number[] = [];
    for (; end < ids.length; end++) {
      const id = ids[end]!;
      if (this.holds(id)) continue;
      if (this.#residents.length + fresh.length === this.#capacity) {
        const victim = this.#residents.find(
          (one) => (this.#pins.get(one) ?? 0) === 0 && !ids.includes(one),
        );
        if (victim === undefined) break;
        this.#residents.splice(this.#residents.indexOf(victim), 1);
        this.evictions++;
      }
      fresh.push(id);
    }
    for (const id of ids.slice(0, end).toReversed()) this.#use(id);
    return end;
  }

  #use(id: number): void {
    this.#residents = this.#residents.filter((one) => one !== id);
    this.#residents.push(id);
  }
}
