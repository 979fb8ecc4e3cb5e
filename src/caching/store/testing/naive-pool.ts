/** The pool store once more, on plain lists and maps: least recently used, or first in first out. */

export interface NaiveSettings {
  readonly eviction: 'lru' | 'fifo';
  readonly capacities: readonly number[];
  readonly inclusive: boolean;
  readonly watermark: number;
  readonly evictShare: number;
  readonly leaseMs: number;
  readonly softPinMs: number;
  readonly hardPinDepth: number;
  readonly secondHit: boolean;
  readonly depth: readonly number[];
}

export class NaivePool {
  /** Per tier: residents, the next victim first. */
  readonly tiers: number[][];
  readonly pins = new Map<number, number>();
  readonly #settings: NaiveSettings;
  readonly #leases = new Map<number, number>();
  /** In order of their beginning. */
  readonly #softPins = new Map<number, number>();
  readonly #refused: number[] = [];
  #running: readonly number[] = [];
  #offers = 0;

  constructor(settings: NaiveSettings) {
    this.#settings = settings;
    this.tiers = settings.capacities.map(() => []);
  }

  tierOf(id: number): number {
    return this.tiers.findIndex((tier) => tier.includes(id));
  }

  pin(id: number): void {
    this.pins.set(id, (this.pins.get(id) ?? 0) + 1);
  }

  unpin(id: number): void {
    this.pins.set(id, (this.pins.get(id) ?? 0) - 1);
  }

  touch(ids: readonly number[], nowMs: number): void {
    this.#endHolds(nowMs);
    for (const id of ids.toReversed()) {
      if (this.tierOf(id) === -1) continue;
      this.#use(id);
      this.#lease(id, nowMs);
    }
  }

  put(ids: readonly number[], nowMs: number): number {
    this.#endHolds(nowMs);
    this.#running = ids;
    const arriving: number[][] = this.tiers.map(() => []);
    const [top, below] = this.tiers;
    const promoted = new Set<number>();
    let end = 0;
    for (; end < ids.length; end++) {
      const id = ids[end]!;
      if (top!.includes(id)) continue;
      if (!this.#couldFit(0, arriving[0]!.length)) break;
      const inBelow = below?.includes(id) ?? false;
      if (!this.#settings.inclusive && inBelow) {
        below!.splice(below!.indexOf(id), 1);
        promoted.add(id);
      }
      this.#room(0, arriving[0]!.length);
      if (this.#settings.inclusive && below && !inBelow) {
        if (!this.#room(1, arriving[1]!.length)) break;
        arriving[1]!.push(id);
      }
      arriving[0]!.push(id);
    }
    for (const id of ids.slice(0, end).toReversed()) {
      const fresh = this.tierOf(id) === -1 && !promoted.has(id);
      this.#use(id);
      if (arriving[0]!.includes(id)) top!.push(id);
      if (arriving[1]?.includes(id)) below!.push(id);
      if (!fresh) this.#lease(id, nowMs);
      else if (this.#settings.softPinMs > 0) {
        this.#softPins.set(id, nowMs + this.#settings.softPinMs);
      }
    }
    this.#running = [];
    return end;
  }

  #lease(id: number, nowMs: number): void {
    if (this.#settings.leaseMs > 0) this.#leases.set(id, nowMs + this.#settings.leaseMs);
  }

  #use(id: number): void {
    if (this.#settings.eviction === 'fifo') return;
    for (const tier of this.tiers) {
      if (tier.includes(id)) tier.push(...tier.splice(tier.indexOf(id), 1));
    }
  }

  #endHolds(nowMs: number): void {
    for (const holds of [this.#leases, this.#softPins]) {
      for (const [id, endMs] of holds) if (endMs <= nowMs) holds.delete(id);
    }
  }

  #mayGo(tier: number, id: number): boolean {
    const copied = this.#settings.inclusive && tier === 1 && this.tiers[0]!.includes(id);
    return (
      !this.#running.includes(id) &&
      !this.#leases.has(id) &&
      (this.pins.get(id) ?? 0) === 0 &&
      this.#settings.depth[id]! >= this.#settings.hardPinDepth &&
      !copied
    );
  }

  #victim(tier: number): number | undefined {
    const residents = this.tiers[tier]!.filter((id) => this.#mayGo(tier, id));
    const unpinned = residents.find((id) => !this.#softPins.has(id));
    if (unpinned !== undefined) return unpinned;
    return [...this.#softPins.keys()].find((id) => residents.includes(id));
  }

  #couldFit(tier: number, arriving: number): boolean {
    const full = this.tiers[tier]!.length + arriving >= this.#settings.capacities[tier]!;
    return !full || this.#victim(tier) !== undefined;
  }

  #room(tier: number, arriving: number): boolean {
    const { capacities, watermark, evictShare, inclusive } = this.#settings;
    const capacity = capacities[tier]!;
    const residents = this.tiers[tier]!;
    const mark = Math.max(1, Math.floor(watermark * capacity));
    const run = watermark === 1 ? 1 : Math.max(1, Math.floor(evictShare * capacity));
    if (residents.length + arriving < mark) return true;
    for (let i = 0; i < run; i++) {
      const id = this.#victim(tier);
      if (id === undefined) break;
      residents.splice(residents.indexOf(id), 1);
      this.#softPins.delete(id);
      if (tier === 0 && this.tiers.length === 2 && !inclusive) this.#demote(id);
    }
    return residents.length + arriving < capacity;
  }

  #demote(id: number): void {
    if (this.#settings.secondHit) {
      const before = this.#refused[id];
      this.#refused[id] = ++this.#offers;
      if (before === undefined || this.#offers - before > this.#settings.capacities[1]!) return;
    }
    if (this.#room(1, 0)) this.tiers[1]!.push(id);
  }
}
