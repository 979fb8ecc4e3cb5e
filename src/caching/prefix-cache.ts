/**
 * Prefix cache of one serving instance: which blocks of the trace are resident in its KV memory.
 * Source: vLLM's automatic prefix caching (free queue of unreferenced blocks, least recently
 * released first; a request's blocks are released deepest first) and SGLang's radix cache, to
 * which leaf-only LRU at block granularity is equal.
 *
 * A block is pinned while a request that runs holds it. Unpinned blocks stay until their memory
 * is needed: the victim is the block released longest ago. Requests pin whole prefixes and
 * release them deepest first, so the victim never has a resident child (leaf-only).
 *
 * Units: sizes in KV blocks of the engine; ids are those of the trace (dense integers). State is
 * bounded by the capacity, not by the number of ids.
 */
export class PrefixCache {
  readonly #maxSlots: number;
  /** Open addressing: id + 1 in even places, its slot in odd ones; 0 where free. */
  readonly #table: Int32Array;
  readonly #mask: number;
  readonly #id: Int32Array;
  readonly #size: Int32Array;
  readonly #pins: Int32Array;
  /** Neighbours in the list of unpinned blocks; slot maxSlots is its head and its end. */
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #freeSlots: Int32Array;
  #freeCount: number;
  #resident = 0;
  #evictable = 0;

  /** @param maxSlots most blocks of the trace that can be resident at once */
  constructor(maxSlots: number) {
    this.#maxSlots = maxSlots;
    let places = 16;
    while (places < maxSlots * 3) places *= 2;
    this.#table = new Int32Array(2 * places);
    this.#mask = places - 1;
    this.#id = new Int32Array(maxSlots);
    this.#size = new Int32Array(maxSlots);
    this.#pins = new Int32Array(maxSlots);
    this.#older = new Int32Array(maxSlots + 1);
    this.#newer = new Int32Array(maxSlots + 1);
    this.#older[maxSlots] = maxSlots;
    this.#newer[maxSlots] = maxSlots;
    this.#freeSlots = new Int32Array(maxSlots);
    for (let i = 0; i < maxSlots; i++) this.#freeSlots[i] = maxSlots - 1 - i;
    this.#freeCount = maxSlots;
  }

  /** KV blocks of all resident blocks. */
  get residentBlocks(): number {
    return this.#resident;
  }

  /** KV blocks of the unpinned ones: memory that can be had at once. */
  get evictableBlocks(): number {
    return this.#evictable;
  }

  isResident(id: number): boolean {
    return this.#find(id) >= 0;
  }

  /** KV blocks of a resident block that pinning takes out of reach of eviction. */
  sizeIfUnpinned(id: number): number {
    const slot = this.#slotOf(id);
    return slot >= 0 && this.#pins[slot] === 0 ? (this.#size[slot] as number) : 0;
  }

  /** Holds a resident block for a request. */
  pin(id: number): void {
    const slot = this.#slotOf(id);
    if (slot < 0) throw new RangeError(`block ${id} is not resident`);
    const pins = this.#pins[slot] as number;
    this.#pins[slot] = pins + 1;
    if (pins > 0) return;
    this.#unlink(slot);
    this.#evictable -= this.#size[slot] as number;
  }

  /** Lets go of a pinned block; the last holder's release makes it the youngest victim. */
  release(id: number): void {
    const slot = this.#slotOf(id);
    if (slot < 0 || this.#pins[slot] === 0) throw new RangeError(`block ${id} is not pinned`);
    const pins = (this.#pins[slot] as number) - 1;
    this.#pins[slot] = pins;
    if (pins > 0) return;
    const end = this.#maxSlots;
    const last = this.#older[end] as number;
    this.#older[slot] = last;
    this.#newer[slot] = end;
    this.#newer[last] = slot;
    this.#older[end] = slot;
    this.#evictable += this.#size[slot] as number;
  }

  /** Makes a block resident and pinned; the caller has made room for its size. */
  insertPinned(id: number, size: number): void {
    if (this.#freeCount === 0) this.evict(1);
    const slot = this.#freeSlots[--this.#freeCount] as number;
    this.#id[slot] = id;
    this.#size[slot] = size;
    this.#pins[slot] = 1;
    this.#resident += size;
    let place = this.#hash(id);
    while (this.#table[2 * place] !== 0) place = (place + 1) & this.#mask;
    this.#table[2 * place] = id + 1;
    this.#table[2 * place + 1] = slot;
  }

  /** Evicts least recently released blocks until that many KV blocks are free, or none is left. */
  evict(blocks: number): number {
    let freed = 0;
    while (freed < blocks) {
      const slot = this.#newer[this.#maxSlots] as number;
      if (slot === this.#maxSlots) break;
      const size = this.#size[slot] as number;
      this.#unlink(slot);
      this.#erase(this.#find(this.#id[slot] as number));
      this.#freeSlots[this.#freeCount++] = slot;
      this.#evictable -= size;
      this.#resident -= size;
      freed += size;
    }
    return freed;
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] as number;
    const newer = this.#newer[slot] as number;
    this.#newer[older] = newer;
    this.#older[newer] = older;
  }

  #hash(id: number): number {
    return (Math.imul(id, 0x9e3779b1) >>> 7) & this.#mask;
  }

  #slotOf(id: number): number {
    const place = this.#find(id);
    return place < 0 ? -1 : (this.#table[2 * place + 1] as number);
  }

  #find(id: number): number {
    let place = this.#hash(id);
    for (;;) {
      const key = this.#table[2 * place] as number;
      if (key === id + 1) return place;
      if (key === 0) return -1;
      place = (place + 1) & this.#mask;
    }
  }

  /** Removes a place and closes the gap, so that no probe sequence is cut. */
  #erase(start: number): void {
    const table = this.#table;
    let hole = start;
    let place = start;
    for (;;) {
      place = (place + 1) & this.#mask;
      const key = table[2 * place] as number;
      if (key === 0) break;
      const home = this.#hash(key - 1);
      const distance = (place - home) & this.#mask;
      if (distance >= ((place - hole) & this.#mask)) {
        table[2 * hole] = key;
        table[2 * hole + 1] = table[2 * place + 1] as number;
        hole = place;
      }
    }
    table[2 * hole] = 0;
  }
}
