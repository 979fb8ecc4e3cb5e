import type { Task } from '../../policy/scheduler.ts';

/** How an instance reuses the leading blocks of prompts. Positions and counts are trace blocks. */
export interface PromptPrefixes {
  /** Blocks of the prompt that take KV memory in common; 0 where prompts share none of it. */
  blocksOf(task: Task): number;
  /** Leading blocks whose KV need not be computed. */
  resident(task: Task): number;
  /** Prompt tokens that such a prefix saves: at least one is always computed. */
  savedTokens(task: Task, prefix: number): number;
  /** Engine blocks of the prompt's blocks behind the prefix. */
  ownBlocks(task: Task, prefix: number): number;
  /** Engine blocks of the prefix that pinning it takes out of reach of eviction. */
  unpinnedBlocks(task: Task, prefix: number): number;
  /** The request is admitted and uses the prefix. */
  pin(task: Task, prefix: number): void;
  /** Some of the prompt has been computed: what can be reused by others now is made so. */
  share(task: Task): void;
  /** The request no longer needs its prompt here. */
  release(task: Task): void;
}
