import type { BlockIndex } from '../../caching/store/block-index.ts';
import type { BlockStore } from '../../caching/store/block-store.ts';
import {
  newReuse,
  type ReuseCosts,
  reusableBlocks,
} from '../../caching/store/load-or-recompute.ts';
import type { Task } from '../../policy/scheduler.ts';
import type { PromptPrefixes } from './prompt-prefixes.ts';
import type { TaskColumns } from './task-columns.ts';
import type { Workload } from './workload.ts';

/** The host stores of all instances, and the index over them. */
export interface StoreSetup {
  readonly index: BlockIndex;
  /** By instance; null where it keeps none. */
  readonly stores: readonly (BlockStore | null)[];
}

/**
 * Prompts as chains of trace blocks in the host stores of a cluster: which instance holds which
 * prefix, and which blocks requests keep from eviction. A request pins what its instance holds of
 * its prompt when it is placed there, when a fetch brings more, when it is admitted and as it
 * computes, until its prompt is done. Blocks enter the store when the step ends that computes their
 * last token.
 */
export class HostStores {
  readonly #setup: StoreSetup;
  readonly #work: Workload;
  readonly #tasks: TaskColumns;
  readonly #prefixes: Int32Array;
  #prefixesOf = -1;
  /** Counts what may have changed any store. */
  version = 0;
  nowMs = 0;

  constructor(setup: StoreSetup, work: Workload, tasks: TaskColumns) {
    this.#setup = setup;
    this.#work = work;
    this.#tasks = tasks;
    this.#prefixes = new Int32Array(setup.stores.length);
  }

  has(instance: number): boolean {
    return (this.#setup.stores[instance] ?? null) !== null;
  }

  store(instance: number): BlockStore {
    return this.#setup.stores[instance] as BlockStore;
  }

  get index(): BlockIndex {
    return this.#setup.index;
  }

  /** Forgets the answers of `leading`: stores may have changed since. */
  touch(nowMs: number): void {
    this.nowMs = nowMs;
    this.version++;
    this.#prefixesOf = -1;
  }

  /** Leading blocks of a prompt that an instance's store holds. */
  leading(task: Task, instance: number): number {
    if (this.#prefixesOf !== task) {
      this.#prefixesOf = task;
      const { offsets, values } = this.#blocks;
      const row = this.#work.row[task] as number;
      const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
      this.#setup.index.prefixes(values, from, to, this.#prefixes);
    }
    return this.#prefixes[instance] as number;
  }

  /** Pins what the store of an instance holds of a prompt, up to `blocks`, beyond what is pinned. */
  pinFurther(task: Task, instance: number, blocks: number): void {
    const { pinned } = this.#tasks;
    const store = this.store(instance);
    const from = this.#from(task);
    let position = pinned[task] as number;
    while (position < blocks && store.tierOf(this.#id(from + position)) >= 0) {
      store.pin(this.#id(from + position++));
    }
    pinned[task] = position;
  }

  unpinAll(task: Task, instance: number): void {
    const { pinned } = this.#tasks;
    const from = this.#from(task);
    for (let i = (pinned[task] as number) - 1; i >= 0; i--) {
      this.store(instance).unpin(this.#id(from + i));
    }
    pinned[task] = 0;
  }

  /** Pins, or lets go of, leading blocks at the instance that sends them. */
  pinAt(task: Task, instance: number, blocks: number): void {
    const from = this.#from(task);
    for (let i = 0; i < blocks; i++) this.store(instance).pin(this.#id(from + i));
  }

  unpinAt(task: Task, instance: number, blocks: number): void {
    const from = this.#from(task);
    for (let i = blocks - 1; i >= 0; i--) this.store(instance).unpin(this.#id(from + i));
  }

  /** Leading blocks of a prompt become resident and pinned, as far as there is room. */
  put(task: Task, instance: number, blocks: number): void {
    const from = this.#from(task);
    const first = this.#tasks.pinned[task] as number;
    if (blocks <= first) return;
    const { values } = this.#blocks;
    this.store(instance).put(values, from + first, from + blocks, this.nowMs);
    this.version++;
    this.#prefixesOf = -1;
    this.pinFurther(task, instance, blocks);
  }

  /** A prompt is done: all its blocks are used and stay if there is room, and none is pinned. */
  finish(task: Task, instance: number): void {
    const { offsets, values } = this.#blocks;
    const row = this.#work.row[task] as number;
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    // In one piece: in several, the prefix would be older than what stands on it.
    this.store(instance).put(values, from, to, this.nowMs);
    this.version++;
    this.#prefixesOf = -1;
    this.unpinAll(task, instance);
  }

  /** Tiers of the leading blocks, into `out`. */
  tiers(task: Task, instance: number, blocks: number, out: Int8Array): void {
    const from = this.#from(task);
    const store = this.store(instance);
    for (let i = 0; i < blocks; i++) out[i] = store.tierOf(this.#id(from + i));
  }

  /** Blocks of a prompt from one position to another are read here for another instance. */
  read(task: Task, instance: number, fromPosition: number, toPosition: number): void {
    const from = this.#from(task);
    const { values } = this.#blocks;
    this.store(instance).touch(values, from + fromPosition, from + toPosition, this.nowMs);
    this.version++;
    this.#prefixesOf = -1;
  }

  /** Tokens of the leading blocks that are in a tier of an instance's store. */
  tokensInTier(task: Task, instance: number, blocks: number, tier: number): number {
    const from = this.#from(task);
    const input = this.#work.inputTokens[task] as number;
    const size = this.#work.blockTokens;
    let tokens = 0;
    for (let i = 0; i < blocks; i++) {
      if (this.store(instance).tierOf(this.#id(from + i)) !== tier) continue;
      tokens += Math.min(size, input - i * size);
    }
    return tokens;
  }

  get #blocks(): NonNullable<Workload['blocks']> {
    return this.#work.blocks as NonNullable<Workload['blocks']>;
  }

  #from(task: Task): number {
    return this.#blocks.offsets[this.#work.row[task] as number] as number;
  }

  #id(at: number): number {
    return this.#blocks.values[at] as number;
  }
}

/**
 * Prompts on an instance whose reusable blocks are in its host store: its KV memory holds the whole
 * prompt of every request, and what the store has is loaded instead of computed.
 */
export class StoredPrefixes implements PromptPrefixes {
  readonly #stores: HostStores;
  readonly #instance: number;
  readonly #work: Workload;
  readonly #tasks: TaskColumns;
  /** Where loading is weighed against computing; null: whatever is there is loaded. */
  readonly #costs: ReuseCosts | null;
  readonly #reuse = newReuse();
  #tiers = new Int8Array(64);
  #weighed = -1;
  #weighedAt = -1;

  constructor(
    stores: HostStores,
    instance: number,
    work: Workload,
    tasks: TaskColumns,
    costs: ReuseCosts | null = null,
  ) {
    this.#stores = stores;
    this.#instance = instance;
    this.#work = work;
    this.#tasks = tasks;
    this.#costs = costs;
  }

  blocksOf(): number {
    return 0;
  }

  /** What the store holds, or a fetch under way will bring. */
  resident(task: Task): number {
    const here = this.#worthLoading(task, this.#stores.leading(task, this.#instance));
    return Math.max(here, this.#tasks.fetching[task] as number);
  }

  /** Of the leading blocks that are here, those with which the prompt is done first. */
  #worthLoading(task: Task, here: number): number {
    if (this.#costs === null || here === 0) return here;
    const { version } = this.#stores;
    if (this.#weighed !== task || this.#weighedAt !== version) {
      if (this.#tiers.length < here) this.#tiers = new Int8Array(2 * here);
      this.#stores.tiers(task, this.#instance, here, this.#tiers);
      const input = this.#work.inputTokens[task] as number;
      reusableBlocks(input, this.#tiers, here, this.#costs, this.#reuse);
      this.#weighed = task;
      this.#weighedAt = version;
    }
    return this.#reuse.blocks;
  }

  savedTokens(task: Task, prefix: number): number {
    const input = this.#work.inputTokens[task] as number;
    return Math.min(prefix * this.#work.blockTokens, input - 1);
  }

  ownBlocks(): number {
    return 0;
  }

  unpinnedBlocks(): number {
    return 0;
  }

  pin(task: Task, prefix: number): void {
    this.#stores.pinFurther(task, this.#instance, prefix);
  }

  share(task: Task): void {
    const { computed, done, left } = this.#tasks;
    if (left[task] === 0 && computed[task] === done[task]) {
      this.#stores.finish(task, this.#instance);
      return;
    }
    const input = this.#work.inputTokens[task] as number;
    const tokens = Math.min(computed[task] as number, input);
    this.#stores.put(task, this.#instance, Math.floor(tokens / this.#work.blockTokens));
  }

  release(task: Task): void {
    this.#stores.unpinAll(task, this.#instance);
  }
}
