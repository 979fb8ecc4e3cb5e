import { PrefixCache } from '../../caching/prefix-cache.ts';

/**
 * KV ledger of one instance, in blocks of the engine. Requests hold blocks of their own; with a
 * prefix cache, blocks of the trace are held in common and stay after their last user left,
 * until the memory is needed; each takes whole engine blocks. Decodes grow by one token a round: the growth of k rounds follows
 * from how far each request has filled its last block, kept as counts per phase.
 */
export class KvMemory {
  readonly capacityBlocks: number;
  readonly blockTokens: number;
  readonly cache: PrefixCache | null;
  /** Blocks held by requests alone. */
  #privateBlocks = 0;
  /** Growing requests, by (tokens held − round) modulo the block size. */
  readonly #phases: Int32Array;
  #growing = 0;
  #round = 0;
  /** Growth of the round that the current plan decides on: room is made for it first. */
  #promised = 0;

  constructor(capacityTokens: number, blockTokens: number, cacheSlots: number) {
    this.capacityBlocks = Math.floor(capacityTokens / blockTokens);
    this.blockTokens = blockTokens;
    this.cache = cacheSlots > 0 ? new PrefixCache(Math.min(cacheSlots, this.capacityBlocks)) : null;
    this.#phases = new Int32Array(blockTokens);
  }

  blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockTokens);
  }

  /** Blocks that new work can take; below zero when first tokens overfilled the memory. */
  get freeBlocks(): number {
    const cached = this.cache === null ? 0 : this.cache.residentBlocks - this.cache.evictableBlocks;
    return this.capacityBlocks - this.#privateBlocks - cached;
  }

  /** Blocks that running requests hold, shared ones counted once. */
  get usedBlocks(): number {
    return this.capacityBlocks - this.freeBlocks;
  }

  get cachedBlocks(): number {
    return this.cache === null ? 0 : this.cache.evictableBlocks;
  }

  /** New blocks that the next decode round takes. */
  get growth(): number {
    return this.#phases[this.#phaseOf(0)] as number;
  }

  /** The decodes of this plan take their growth before anything else does. */
  promiseGrowth(): void {
    this.#promised = this.growth;
    this.#makeRoom();
  }

  hold(blocks: number): void {
    this.#privateBlocks += blocks;
    this.#makeRoom();
  }

  /** As hold, beyond the capacity if need be: the next plan makes room. */
  overhold(blocks: number): void {
    this.#privateBlocks += blocks;
  }

  free(blocks: number): void {
    this.#privateBlocks -= blocks;
  }

  /** A request that holds so many tokens grows from the next round on. */
  startGrowing(tokens: number): void {
    this.#phases[this.#phaseOf(tokens)]!++;
    this.#growing++;
  }

  stopGrowing(tokens: number): void {
    this.#phases[this.#phaseOf(tokens)]!--;
    this.#growing--;
  }

  /** The growth of the next so many rounds becomes real. */
  takeRounds(rounds: number): void {
    this.#promised = 0;
    this.#privateBlocks += this.#growthOf(rounds);
    this.#round += rounds;
    this.#makeRoom();
  }

  /** How many rounds fit before memory ends, Infinity if none grows. */
  get roundsThatFit(): number {
    if (this.#growing === 0) return Number.POSITIVE_INFINITY;
    let free = this.freeBlocks;
    if (free < 0) return 0;
    // A full turn of all phases takes one block per growing request.
    const turns = Math.floor(free / this.#growing);
    free -= turns * this.#growing;
    let rounds = turns * this.blockTokens;
    for (let k = 0; k < this.blockTokens; k++) {
      free -= this.#phases[this.#phaseAt(this.#round + k)] as number;
      if (free < 0) break;
      rounds++;
    }
    return rounds;
  }

  /** Turns a block of the trace from a request's own memory into a shared and pinned one. */
  share(id: number, blocks: number): void {
    this.#privateBlocks -= blocks;
    (this.cache as PrefixCache).insertPinned(id, blocks);
  }

  #makeRoom(): void {
    if (this.cache === null) return;
    const taken = this.#privateBlocks + this.#promised + this.cache.residentBlocks;
    const over = taken - this.capacityBlocks;
    if (over > 0) this.cache.evict(over);
  }

  #growthOf(rounds: number): number {
    const turns = Math.floor(rounds / this.blockTokens);
    let blocks = turns * this.#growing;
    for (let k = turns * this.blockTokens; k < rounds; k++) {
      blocks += this.#phases[this.#phaseAt(this.#round + k)] as number;
    }
    return blocks;
  }

  /** Requests of this phase take a new block in that round. */
  #phaseAt(round: number): number {
    const r = round % this.blockTokens;
    return r === 0 ? 0 : this.blockTokens - r;
  }

  #phaseOf(tokens: number): number {
    const phase = (tokens - this.#round) % this.blockTokens;
    return phase < 0 ? phase + this.blockTokens : phase;
  }
}
