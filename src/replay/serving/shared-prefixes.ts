import type { PrefixCache } from '../../caching/prefix-cache.ts';
import type { Task } from '../../policy/scheduler.ts';
import type { KvMemory } from './kv-memory.ts';
import type { PromptPrefixes } from './prompt-prefixes.ts';
import type { TaskColumns } from './task-columns.ts';
import type { Workload } from './workload.ts';

/**
 * The prompts of an instance's requests as chains of trace blocks in its prefix cache. With a
 * cache, every block of a prompt takes whole engine blocks of its own, and output starts a new
 * one, so that what admission needs does not depend on which of the blocks are resident.
 *
 * A block becomes hittable when the step that computes its last token ends. A request shares a
 * block only below blocks it has pinned itself; one whose block another request has made resident
 * meanwhile keeps its own copy, and all blocks behind it, to itself.
 */
export class SharedPrefixes implements PromptPrefixes {
  readonly #memory: KvMemory;
  readonly #work: Workload;
  readonly #tasks: TaskColumns;

  constructor(memory: KvMemory, work: Workload, tasks: TaskColumns) {
    this.#memory = memory;
    this.#work = work;
    this.#tasks = tasks;
  }

  /** Trace blocks of the prompt; 0 where nothing is shared here. */
  blocksOf(task: Task): number {
    const blocks = this.#work.blocks;
    if (this.#memory.cache === null || blocks === null) return 0;
    const row = this.#work.row[task] as number;
    return (blocks.offsets[row + 1] as number) - (blocks.offsets[row] as number);
  }

  /** Leading blocks of the prompt that are resident. */
  resident(task: Task): number {
    const count = this.blocksOf(task);
    let resident = 0;
    while (resident < count && this.#cache.isResident(this.#blockId(task, resident))) resident++;
    return resident;
  }

  /** Prompt tokens that a resident prefix saves: at least one is always computed. */
  savedTokens(task: Task, prefix: number): number {
    const input = this.#work.inputTokens[task] as number;
    return Math.min(prefix * this.#work.blockTokens, input - 1);
  }

  /** Engine blocks of the prompt's blocks behind a resident prefix. */
  ownBlocks(task: Task, prefix: number): number {
    const count = this.blocksOf(task);
    if (prefix >= count) return 0;
    const full = this.#memory.blocksFor(this.#work.blockTokens);
    return (count - 1 - prefix) * full + this.#blocksAt(task, count - 1);
  }

  /** Engine blocks of a resident prefix that pinning it takes out of reach of eviction. */
  unpinnedBlocks(task: Task, prefix: number): number {
    let blocks = 0;
    for (let i = 0; i < prefix; i++) blocks += this.#cache.sizeIfUnpinned(this.#blockId(task, i));
    return blocks;
  }

  pin(task: Task, prefix: number): void {
    for (let i = 0; i < prefix; i++) this.#cache.pin(this.#blockId(task, i));
    this.#tasks.pinned[task] = prefix;
    this.#tasks.unshared[task] = 0;
  }

  /** Shares the blocks whose last token is now computed. */
  share(task: Task): void {
    const { pinned, unshared, computed, fixedBlocks } = this.#tasks;
    const count = this.blocksOf(task);
    const size = this.#work.blockTokens;
    const input = this.#work.inputTokens[task] as number;
    while (unshared[task] === 0 && (pinned[task] as number) < count) {
      const position = pinned[task] as number;
      if (Math.min((position + 1) * size, input) > (computed[task] as number)) return;
      const id = this.#blockId(task, position);
      if (this.#cache.isResident(id)) {
        unshared[task] = 1;
        return;
      }
      const blocks = this.#blocksAt(task, position);
      this.#memory.share(id, blocks);
      fixedBlocks[task] = (fixedBlocks[task] as number) - blocks;
      pinned[task] = position + 1;
    }
  }

  /** Lets go of the prefix, deepest block first, so that leaves are evicted first. */
  release(task: Task): void {
    const pinned = this.#tasks.pinned;
    for (let i = (pinned[task] as number) - 1; i >= 0; i--) {
      this.#cache.release(this.#blockId(task, i));
    }
    pinned[task] = 0;
  }

  #blocksAt(task: Task, position: number): number {
    const size = this.#work.blockTokens;
    const input = this.#work.inputTokens[task] as number;
    return this.#memory.blocksFor(Math.min(size, input - position * size));
  }

  #blockId(task: Task, position: number): number {
    const blocks = this.#work.blocks as NonNullable<Workload['blocks']>;
    const from = blocks.offsets[this.#work.row[task] as number] as number;
    return blocks.values[from + position] as number;
  }

  get #cache(): PrefixCache {
    return this.#memory.cache as PrefixCache;
  }
}
