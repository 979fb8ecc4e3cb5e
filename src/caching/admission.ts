/**
 * Admission filters: which missing blocks may enter at all. Orthogonal to eviction.
 * - second-hit: a block that missed before, within the last so many misses of any block. Source:
 *   the doorkeeper of TinyLFU (Einziger, Friedman and Manes, 2017), here with exact memory.
 * - depth-cap: only the leading blocks of a prompt.
 * - used-again: only blocks that are used again; an oracle.
 * Each is asked once for every miss. Units: depths and misses in blocks.
 */
import type { EvictionContext } from './eviction.ts';
import { neverUsed } from './eviction.ts';

export interface Admission {
  /** Whether a block that is not resident may enter. */
  admits(id: number): boolean;
}

export interface AdmissionChoice {
  readonly admission: string;
  readonly rememberedMisses: number;
  readonly maxDepth: number;
}

/** The filter of that name; null where everything enters. */
export function createAdmission(
  { admission, rememberedMisses, maxDepth }: AdmissionChoice,
  { blocks, capacity, forest, future }: EvictionContext,
): Admission | null {
  switch (admission) {
    case 'second-hit':
      return new SecondHit(blocks, rememberedMisses === 0 ? capacity : rememberedMisses);
    case 'depth-cap':
      return { admits: (id) => forest.depth[id]! < maxDepth };
    case 'used-again':
      return { admits: (id) => future.nextUse(id) !== neverUsed };
    default:
      return null;
  }
}

class SecondHit implements Admission {
  readonly #window: number;
  /** Per block, the number of its last miss; 0 for none. Misses count from 1. */
  readonly #missed: Int32Array;
  #misses = 0;

  constructor(blocks: number, window: number) {
    this.#window = window;
    this.#missed = new Int32Array(blocks);
  }

  admits(id: number): boolean {
    const before = this.#missed[id]!;
    this.#missed[id] = ++this.#misses;
    return before > 0 && this.#misses - before <= this.#window;
  }
}
