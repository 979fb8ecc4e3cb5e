/**
 * KV memory of one instance of the object engine: block rounding and the prefix cache that shares
 * the memory. Nothing is counted incrementally: every figure is summed anew from the blocks.
 * The rules stand in object-engine.ts. Units: tokens, and blocks of `blockSize` tokens.
 */

/** A trace block whose keys and values are in the cache. */
export interface ResidentBlock {
  readonly id: number;
  readonly tokens: number;
  readonly parent: ResidentBlock | null;
  /** Admitted requests that have it pinned. */
  holders: number;
  /** Resident blocks directly behind it. */
  children: number;
  /** Running number of its last release. */
  releasedAt: number;
}

export class ObjectMemory {
  readonly capacityBlocks: number;
  readonly blockSize: number;
  readonly #residents = new Map<number, ResidentBlock>();
  #releases = 0;

  constructor(capacityTokens: number, blockSize: number) {
    this.capacityBlocks = Math.floor(capacityTokens / blockSize);
    this.blockSize = blockSize;
  }

  blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }

  pinnedBlocks(): number {
    return this.#blocks((block) => block.holders > 0);
  }

  evictableBlocks(): number {
    return this.#blocks((block) => block.holders === 0);
  }

  /** Tokens of the pinned blocks, each counted once. */
  pinnedTokens(): number {
    let tokens = 0;
    for (const block of this.#residents.values()) if (block.holders > 0) tokens += block.tokens;
    return tokens;
  }

  isResident(id: number): boolean {
    return this.#residents.has(id);
  }

  /** The longest resident chain from the first id on. */
  match(ids: readonly number[]): ResidentBlock[] {
    const chain: ResidentBlock[] = [];
    for (const id of ids) {
      const block = this.#residents.get(id);
      if (block === undefined) break;
      chain.push(block);
    }
    return chain;
  }

  /** What pinning this chain would add to the pinned blocks. */
  newlyPinnedBlocks(chain: readonly ResidentBlock[]): number {
    let blocks = 0;
    for (const block of chain) if (block.holders === 0) blocks += this.blocksFor(block.tokens);
    return blocks;
  }

  pin(chain: readonly ResidentBlock[]): void {
    for (const block of chain) block.holders++;
  }

  /** Makes a block resident, pinned by the request that computed it. */
  insert(id: number, tokens: number, parent: ResidentBlock | null): ResidentBlock {
    if (this.#residents.has(id)) throw new Error(`block ${id} is resident already`);
    const block = { id, tokens, parent, holders: 1, children: 0, releasedAt: 0 };
    this.#residents.set(id, block);
    if (parent !== null) parent.children++;
    return block;
  }

  /** Unpins a request's chain, deepest block first. */
  release(chain: readonly ResidentBlock[]): void {
    for (const block of chain.toReversed()) {
      block.holders--;
      block.releasedAt = ++this.#releases;
    }
  }

  /** Evicts until the given blocks and the evictable ones fit together, or none is evictable. */
  makeRoomFor(blocks: number): void {
    while (blocks + this.evictableBlocks() > this.capacityBlocks) {
      const victim = this.#victim();
      if (victim === null) return;
      this.#residents.delete(victim.id);
      if (victim.parent !== null) victim.parent.children--;
    }
  }

  #victim(): ResidentBlock | null {
    let victim: ResidentBlock | null = null;
    for (const block of this.#residents.values()) {
      if (block.holders > 0 || block.children > 0) continue;
      if (victim === null || block.releasedAt < victim.releasedAt) victim = block;
    }
    return victim;
  }

  #blocks(of: (block: ResidentBlock) => boolean): number {
    let blocks = 0;
    for (const block of this.#residents.values()) {
      if (of(block)) blocks += this.blocksFor(block.tokens);
    }
    return blocks;
  }
}
