/**
 * A pool of prefix blocks in one or two tiers. Sources: Mooncake (FAST'25, section 3), LRU except
 * blocks in use; the public Mooncake Store (docs/source/design/store) for watermark, leases and
 * pins; exclusive and inclusive tiers are textbook.
 *
 * Rule, one tier: `put` holds its ids, makes room for all that are missing and touches or admits
 * them in the policy's order (leaf first by default; policies whose queues have shares of the
 * capacity make room block by block). Above the watermark a run evicts a share of the capacity; at
 * a watermark of 1 one block goes for one that comes.
 * Two tiers, exclusive: a victim of tier 0 is demoted to tier 1, whose victims leave; a block that
 * is put leaves tier 1 for tier 0. Inclusive: every block put is written to both, a victim of
 * tier 0 keeps its copy below, and tier 1 gives up no block that tier 0 holds.
 * Nobody evicts a block that is pinned, leased (for `leaseMs` since it was last touched, by `touch`
 * or by a put that found it) or of a depth below `hardPinDepth`. A block newly in the store is
 * softly pinned for `softPinMs`, whatever reads it: it goes where nothing else can, the oldest such
 * pin first.
 *
 * Deviations: a soft pin holds every block, not those that a client names; it is lifted by age, not
 * in the policy's order. Watermarks, leases and pins are the same in both tiers. In leaf-only forms
 * children are those of the same tier. Units: blocks, ms.
 */
import type { Admission } from '../admission.ts';
import type { CachePolicy } from '../cache-policy.ts';
import type { CountedStore, StoreContext } from './block-store.ts';
import { StoreTier, type TierSettings } from './store-tier.ts';
import { TimedHolds } from './timed-holds.ts';

export interface PoolSettings extends Omit<TierSettings, 'capacity'> {
  readonly policy: CachePolicy;
  /** In blocks, the fastest tier first: one or two. */
  readonly capacities: readonly number[];
  readonly inclusive: boolean;
  readonly leaseMs: number;
  readonly softPinMs: number;
  /** Which victims of tier 0 enter tier 1; null: all. */
  readonly admission: Admission | null;
}

const absent = -1;

export class PoolStore implements CountedStore {
  readonly moves = { added: 0, promoted: 0, demoted: 0, writtenThrough: 0, removed: 0 };
  readonly #top: StoreTier;
  readonly #below: StoreTier | null;
  readonly #inclusive: boolean;
  readonly #headFirst: boolean;
  readonly #roomPerBlock: boolean;
  readonly #admission: Admission | null;
  readonly #listener: StoreContext['listener'];
  readonly #leases: TimedHolds | null;
  readonly #softPins: TimedHolds | null;
  readonly #pins: Int32Array;
  /** Per block: the fastest tier that holds it, or absent. */
  readonly #tier: Int8Array;
  #requests = 0;

  constructor(settings: PoolSettings, context: StoreContext) {
    const { policy, capacities, leaseMs, softPinMs } = settings;
    const [top = 0, below] = capacities;
    this.#top = new StoreTier(policy, { ...settings, capacity: top }, context);
    this.#below =
      below === undefined ? null : new StoreTier(policy, { ...settings, capacity: below }, context);
    this.#inclusive = settings.inclusive && this.#below !== null;
    this.#headFirst = policy.headFirst;
    this.#roomPerBlock = policy.roomPerBlock;
    this.#admission = settings.admission;
    this.#listener = context.listener;
    this.#leases = leaseMs > 0 ? new TimedHolds(context.blocks, leaseMs) : null;
    this.#softPins = softPinMs > 0 ? new TimedHolds(context.blocks, softPinMs) : null;
    this.#pins = new Int32Array(context.blocks);
    this.#tier = new Int8Array(context.blocks).fill(absent);
  }

  tierOf(id: number): number {
    return this.#tier[id]!;
  }

  leading(ids: Int32Array, from: number, to: number): number {
    let end = from;
    while (end < to && this.#tier[ids[end]!] !== absent) end++;
    return end - from;
  }

  residents(tier: number): number {
    return (tier === 0 ? this.#top.size : this.#below?.size) ?? 0;
  }

  pin(id: number): void {
    if (this.#tier[id] === absent) throw new RangeError(`block ${id} is not resident`);
    this.#pins[id]!++;
    this.#hold(id);
  }

  unpin(id: number): void {
    if (this.#pins[id] === 0) throw new RangeError(`block ${id} is not pinned`);
    this.#pins[id]!--;
    this.#release(id);
  }

  touch(ids: Int32Array, from: number, to: number, nowMs: number): void {
    this.#begin(nowMs);
    for (let i = 0; i < to - from; i++) {
      const id = ids[this.#headFirst ? from + i : to - 1 - i]!;
      if (this.#tier[id] === absent) continue;
      if (this.#top.has(id)) this.#top.hit(id, nowMs);
      if (this.#below?.has(id)) this.#below.hit(id, nowMs);
      this.#lease(id, nowMs);
    }
  }

  put(ids: Int32Array, from: number, to: number, nowMs: number): number {
    this.#begin(nowMs);
    for (let at = from; at < to; at++) this.#hold(ids[at]!);
    const oneByOne = this.#roomPerBlock && this.#fits(ids, from, to);
    const end = oneByOne ? to : this.#makeRoom(ids, from, to, nowMs);
    for (let i = 0; i < end - from; i++) {
      const id = ids[this.#headFirst ? from + i : end - 1 - i]!;
      if (oneByOne) this.#makeRoomFor(id, 0, 0, nowMs);
      this.#enter(id, nowMs);
    }
    for (let at = from; at < to; at++) this.#release(ids[at]!);
    return end - from;
  }

  /** A request begins: what was held or kept for a time until now is so no more. */
  #begin(nowMs: number): void {
    const request = this.#requests++;
    this.#top.begin(request);
    this.#below?.begin(request);
    this.#endHolds(this.#leases, nowMs);
    this.#endHolds(this.#softPins, nowMs);
    for (let id = this.#top.expire(nowMs); id !== -1; id = this.#top.expire(nowMs)) {
      if (this.#inclusive) this.#keptBelow(id);
      else this.#gone(id);
    }
    if (this.#below === null) return;
    for (let id = this.#below.expire(nowMs); id !== -1; id = this.#below.expire(nowMs)) {
      this.#gone(id);
    }
  }

  #endHolds(holds: TimedHolds | null, nowMs: number): void {
    if (holds === null) return;
    for (let id = holds.endOver(nowMs); id !== -1; id = holds.endOver(nowMs)) this.#release(id);
  }

  /** Whether every tier can give room for what it lacks without lifting a soft pin. */
  #fits(ids: Int32Array, from: number, to: number): boolean {
    let top = this.#top.capacity - this.#top.size + this.#top.evictable;
    const below = this.#inclusive ? this.#below : null;
    let second = below === null ? 0 : below.capacity - below.size + below.evictable;
    for (let at = from; at < to; at++) {
      const id = ids[at]!;
      if (!this.#top.has(id)) top--;
      if (below !== null && !below.has(id)) second--;
    }
    return top >= 0 && second >= 0;
  }

  /** Room for those of ids that are missing, from the first on. Returns where it ends. */
  #makeRoom(ids: Int32Array, from: number, to: number, nowMs: number): number {
    let toTop = 0;
    let toBelow = 0;
    for (let at = from; at < to; at++) {
      const id = ids[at]!;
      if (this.#top.has(id)) continue;
      const copied = this.#inclusive && !this.#below!.has(id);
      if (!this.#makeRoomFor(id, toTop, toBelow, nowMs)) return at;
      toTop++;
      if (copied) toBelow++;
    }
    return to;
  }

  /** Room for a held block beside others on their way; false where there is none. */
  #makeRoomFor(id: number, toTop: number, toBelow: number, nowMs: number): boolean {
    const top = this.#top;
    const below = this.#below;
    if (top.has(id)) return true;
    if (top.size + toTop >= top.capacity && !this.#canGive(top)) return false;
    if (this.#inclusive && below !== null) {
      this.#evictFor(top, toTop, id, nowMs);
      return below.has(id) || this.#evictFor(below, toBelow, id, nowMs);
    }
    // Its old place is free for the victim that is demoted for it.
    if (below?.has(id)) below.take(id);
    return this.#evictFor(top, toTop, id, nowMs);
  }

  /** Evicts where a tier is above its mark. Returns whether one more block fits. */
  #evictFor(tier: StoreTier, entering: number, incoming: number, nowMs: number): boolean {
    if (tier.size + entering < tier.mark) return true;
    for (let left = tier.batch; left > 0; left--) if (!this.#give(tier, incoming, nowMs)) break;
    return tier.size + entering < tier.capacity;
  }

  #canGive(tier: StoreTier): boolean {
    return tier.evictable > 0 || this.#oldestSoftPin(tier) !== -1;
  }

  /** A resident of a tier that only a soft pin holds, the one put first; −1 for none. */
  #oldestSoftPin(tier: StoreTier): number {
    if (this.#softPins === null) return -1;
    let id = this.#softPins.first();
    while (id !== -1 && !tier.heldOnce(id)) id = this.#softPins.after(id);
    return id;
  }

  /** A tier gives up a block; false where it has none to give. */
  #give(tier: StoreTier, incoming: number, nowMs: number): boolean {
    let victim = tier.evict(nowMs, incoming);
    if (victim === -1) {
      victim = this.#oldestSoftPin(tier);
      if (victim === -1) return false;
      this.#softPins!.end(victim);
      this.#release(victim);
      // Nothing else can go: the policy is not asked, which might look at all that is held.
      tier.take(victim);
    }
    if (tier === this.#below || this.#below === null) this.#gone(victim);
    else if (this.#inclusive) this.#keptBelow(victim);
    else this.#demote(victim, nowMs);
    return true;
  }

  #demote(id: number, nowMs: number): void {
    const below = this.#below!;
    const admitted = this.#admission?.admits(id) ?? true;
    if (!admitted || !this.#evictFor(below, 0, id, nowMs)) {
      this.#gone(id);
      return;
    }
    below.admit(id, nowMs);
    this.#tier[id] = 1;
    this.moves.demoted++;
  }

  /** Tier 0 of an inclusive store has lost a block; tier 1 may now lose it too. */
  #keptBelow(id: number): void {
    this.#tier[id] = 1;
    this.#below!.release(id);
  }

  /** A held block is used by a put: there is room for it. */
  #enter(id: number, nowMs: number): void {
    const before = this.#tier[id]!;
    if (this.#top.has(id)) {
      this.#top.hit(id, nowMs);
    } else {
      this.#top.admit(id, nowMs);
      this.#tier[id] = 0;
      if (this.#inclusive) this.#below!.hold(id);
    }
    if (this.#inclusive) {
      const below = this.#below!;
      if (below.has(id)) {
        below.hit(id, nowMs);
      } else {
        below.admit(id, nowMs);
        this.moves.writtenThrough++;
      }
    }
    if (before === 1) this.moves.promoted++;
    if (before !== absent) {
      this.#lease(id, nowMs);
      return;
    }
    this.moves.added++;
    if (this.#softPins !== null && !this.#top.stays(id)) {
      this.#softPins.start(id, nowMs);
      this.#hold(id);
    }
    this.#listener.added(id);
  }

  #lease(id: number, nowMs: number): void {
    if (this.#leases === null) return;
    if (!this.#leases.has(id)) this.#hold(id);
    this.#leases.start(id, nowMs);
  }

  #gone(id: number): void {
    this.#tier[id] = absent;
    this.moves.removed++;
    this.#listener.removed(id);
  }

  #hold(id: number): void {
    this.#top.hold(id);
    this.#below?.hold(id);
  }

  #release(id: number): void {
    this.#top.release(id);
    this.#below?.release(id);
  }
}
