/**
 * Hits of LRU at every capacity in one pass. Source: Mattson, Gecsei, Slutz and Traiger,
 * "Evaluation techniques for storage hierarchies", IBM Systems Journal 9(2), 1970.
 * Rule: the residents of an LRU cache of C blocks are the C touched last, so a block is a hit
 * exactly if its place in the order of last touches is at most C. Under the prefix rule a block is
 * a hit if all those before it in its request are, so its place is the farthest of theirs; places
 * are those before the request touches anything.
 * Places are counted with a Fenwick tree over touches: O(log references) each.
 */
import { prefillCost } from '../../caching/prefill-cost.ts';
import type { BlockStream, HitRule } from './block-stream.ts';
import { type SavedWork, tokensAt } from './saved-work.ts';

export interface LruCurve {
  /** What LRU of that many blocks hits; under the prefix rule it must hold the longest request. */
  at(capacity: number): { hits: number; saved: SavedWork | null };
}

export function lruCurve(
  stream: BlockStream,
  { rule, headFirst = false }: { rule: HitRule; headFirst?: boolean },
): LruCurve {
  const { count, offsets, ids, blocks } = stream;
  const order = new TouchOrder(blocks, ids.length);
  const tally = new Tally(stream);
  for (let request = 0; request < count; request++) {
    const from = offsets[request]!;
    const to = offsets[request + 1]!;
    tally.begin(request);
    if (rule === 'block') {
      for (let at = from; at < to; at++) {
        tally.add(at - from, order.placeOf(ids[at]!));
        order.touch(ids[at]!);
      }
      continue;
    }
    let farthest = 0;
    for (let at = from; at < to && farthest !== unseen; at++) {
      farthest = Math.max(farthest, order.placeOf(ids[at]!));
      tally.add(at - from, farthest);
    }
    for (let i = 0; i < to - from; i++) order.touch(ids[headFirst ? from + i : to - 1 - i]!);
  }
  return tally.curve();
}

const unseen = Number.POSITIVE_INFINITY;

/** Blocks in the order of their last touches. */
class TouchOrder {
  /** Fenwick tree over touches: 1 where a touch is the last of its block. */
  readonly #tree: Int32Array;
  /** Per block its last touch; touches count from 1. */
  readonly #last: Int32Array;
  #touches = 0;
  #seen = 0;

  constructor(blocks: number, touches: number) {
    this.#tree = new Int32Array(touches + 1);
    this.#last = new Int32Array(blocks);
  }

  /** 1 for the block touched last; `unseen` for one never touched. */
  placeOf(id: number): number {
    const last = this.#last[id]!;
    if (last === 0) return unseen;
    let before = 0;
    for (let i = last - 1; i > 0; i -= i & -i) before += this.#tree[i]!;
    return this.#seen - before;
  }

  touch(id: number): void {
    const last = this.#last[id]!;
    if (last === 0) this.#seen++;
    else this.#add(last, -1);
    this.#last[id] = ++this.#touches;
    this.#add(this.#touches, 1);
  }

  #add(from: number, change: number): void {
    for (let i = from; i < this.#tree.length; i += i & -i) this.#tree[i]! += change;
  }
}

/** References by place, with the work that they stand for. */
class Tally {
  readonly #stream: BlockStream;
  readonly #hits: Float64Array;
  readonly #tokens: Float64Array;
  readonly #cost: Float64Array;
  #input = 0;
  #allTokens = 0;
  #allCost = 0;

  constructor(stream: BlockStream) {
    this.#stream = stream;
    this.#hits = new Float64Array(stream.blocks + 1);
    this.#tokens = new Float64Array(stream.blocks + 1);
    this.#cost = new Float64Array(stream.blocks + 1);
  }

  begin(request: number): void {
    this.#input = this.#stream.inputTokens[request]!;
    this.#allTokens += this.#input;
    this.#allCost += prefillCost(0, this.#input);
  }

  add(depth: number, place: number): void {
    if (place === unseen) return;
    this.#hits[place]!++;
    const { blockTokens } = this.#stream;
    if (blockTokens === null) return;
    const tokens = tokensAt(depth, blockTokens, this.#input);
    this.#tokens[place]! += tokens;
    this.#cost[place]! += prefillCost(depth * blockTokens, depth * blockTokens + tokens);
  }

  curve(): LruCurve {
    for (const counts of [this.#hits, this.#tokens, this.#cost]) {
      for (let place = 1; place < counts.length; place++) counts[place]! += counts[place - 1]!;
    }
    const measured = this.#stream.blockTokens !== null && this.#allTokens > 0;
    return {
      at: (capacity) => {
        const place = Math.min(capacity, this.#stream.blocks);
        const tokenRatio = this.#tokens[place]! / this.#allTokens;
        const prefillRatio = this.#cost[place]! / this.#allCost;
        return { hits: this.#hits[place]!, saved: measured ? { tokenRatio, prefillRatio } : null };
      },
    };
  }
}
