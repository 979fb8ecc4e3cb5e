/**
 * The memory test of MC-SF (2502.07115): would the running requests and one more stay within the
 * KV memory until all of them are done, if each produced the output expected of it?
 *
 * Memory used grows by a token per request and round and falls only when one is done, so it is
 * enough to look at the expected ends. Tokens are rounded up to blocks per request; a prefix that
 * requests share is counted for each of them. Units: tokens, rounds from now, blocks.
 */
export class KvLookahead {
  readonly #tokens: number[] = [];
  readonly #left: number[] = [];
  /** Blocks of all when the request of that index has produced its last token. */
  readonly #used: number[] = [];
  #blockTokens = 1;
  #capacityBlocks = 0;

  reset(blockTokens: number, capacityBlocks: number): void {
    this.#blockTokens = blockTokens;
    this.#capacityBlocks = capacityBlocks;
    this.#tokens.length = 0;
    this.#left.length = 0;
    this.#used.length = 0;
  }

  /** A request that holds so many tokens and is expected to produce `left` more, at least 1. */
  add(tokens: number, left: number): void {
    const lefts = this.#left;
    for (let j = 0; j < lefts.length; j++) {
      if (lefts[j]! <= left) this.#used[j]! += this.#blocks(tokens + lefts[j]!);
    }
    this.#used.push(this.#usedAt(left) + this.#blocks(tokens + left));
    this.#tokens.push(tokens);
    lefts.push(left);
  }

  /**
   * 0: one more such request fits. Otherwise a number of rounds before which it will not, unless
   * one of the others ends earlier than expected; Infinity: it is too large for the memory.
   */
  roundsUntilFit(tokens: number, left: number): number {
    const capacity = this.#capacityBlocks;
    if (this.#blocks(tokens + left) > capacity) return Number.POSITIVE_INFINITY;
    let rounds = 0;
    let nextEnd = Number.POSITIVE_INFINITY;
    for (let j = 0; j < this.#left.length; j++) {
      const end = this.#left[j]!;
      if (end >= left) nextEnd = Math.min(nextEnd, end);
      if (end > left) continue;
      const room = capacity - this.#used[j]!;
      if (this.#blocks(tokens + end) <= room) continue;
      // Begun later, it holds less at that end, or begins after it.
      const smaller = tokens + end - room * this.#blockTokens;
      rounds = Math.max(rounds, Math.min(end, smaller));
    }
    if (this.#usedAt(left) + this.#blocks(tokens + left) > capacity) {
      // What the others hold only grows until the next of them ends.
      rounds = Math.max(rounds, nextEnd - left + 1);
    }
    return rounds;
  }

  /** Blocks of all that are still there so many rounds from now. */
  #usedAt(round: number): number {
    let used = 0;
    for (let j = 0; j < this.#left.length; j++) {
      if (this.#left[j]! >= round) used += this.#blocks(this.#tokens[j]! + round);
    }
    return used;
  }

  #blocks(tokens: number): number {
    return Math.ceil(tokens / this.#blockTokens);
  }
}
