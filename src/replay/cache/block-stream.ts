import { type BlockForest, neverUsed, type RequestSessions } from '../../caching/eviction.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import { InputError } from '../../units/input-error.ts';
import { nextUses } from './next-uses.ts';
import { sessionsOf } from './sessions.ts';

/** The part of a trace that a block cache sees. */
export type BlockTrace = Pick<
  RequestTrace,
  'count' | 'arrivalMs' | 'inputTokens' | 'blocks' | 'uniqueBlocks' | 'sessionId'
> & { readonly meta: Pick<RequestTrace['meta'], 'blockSize'> };

export type HitRule = 'prefix' | 'block';

/**
 * The block references of a trace, checked once for many replays. Every block id stands for a whole
 * prefix, so the references form a forest: a block has one block before it and one depth.
 */
export class BlockStream {
  readonly count: number;
  readonly arrivalMs: Float64Array;
  readonly inputTokens: Int32Array;
  /** Tokens of a block; null where the trace does not say. */
  readonly blockTokens: number | null;
  /** Those of request i are ids[offsets[i]] … ids[offsets[i + 1] − 1], root first. */
  readonly offsets: Int32Array;
  readonly ids: Int32Array;
  /** Ids are below this. */
  readonly blocks: number;
  readonly forest: BlockForest;
  /** Blocks of the longest request. */
  readonly longest: number;
  readonly #sessionId: Int32Array | null;
  readonly #nextUses = new Map<HitRule, Int32Array>();
  #sessions: RequestSessions | undefined;
  #fullBlocks: BlockStream | undefined;

  /** @throws InputError for a trace without blocks, an unknown id or a broken chain */
  constructor(trace: BlockTrace) {
    const { blocks } = trace;
    if (blocks === null) throw new InputError('a trace without block_ids has nothing to cache');
    this.count = trace.count;
    this.arrivalMs = trace.arrivalMs;
    this.inputTokens = trace.inputTokens;
    this.blockTokens = trace.meta.blockSize;
    this.#sessionId = trace.sessionId;
    this.offsets = blocks.offsets;
    this.ids = blocks.values;
    this.blocks = trace.uniqueBlocks;
    this.forest = forestOf(this);
    this.longest = 0;
    for (let i = 0; i < this.count; i++) {
      this.longest = Math.max(this.longest, this.offsets[i + 1]! - this.offsets[i]!);
    }
  }

  get references(): number {
    return this.offsets[this.count]! - this.offsets[0]!;
  }

  /** When each reference's block is used next; see next-uses.ts. */
  nextUses(rule: HitRule): Int32Array {
    let next = this.#nextUses.get(rule);
    if (next === undefined) {
      next = nextUses({ offsets: this.offsets, values: this.ids }, this.blocks, rule);
      this.#nextUses.set(rule, next);
    }
    return next;
  }

  sessions(): RequestSessions {
    this.#sessions ??= sessionsOf(this, this.#sessionId);
    return this.#sessions;
  }

  /** The same stream with a new id for each partial last block: it is never found again. */
  fullBlocks(): BlockStream {
    if (this.blockTokens === null) return this;
    this.#fullBlocks ??= new BlockStream(this.#withFreshPartials(this.blockTokens));
    return this.#fullBlocks;
  }

  #withFreshPartials(blockTokens: number): BlockTrace {
    const values = this.ids.slice();
    let unique = this.blocks;
    for (let i = 0; i < this.count; i++) {
      const from = this.offsets[i]!;
      const to = this.offsets[i + 1]!;
      if (to > from && this.inputTokens[i]! < blockTokens * (to - from)) values[to - 1] = unique++;
    }
    return {
      count: this.count,
      arrivalMs: this.arrivalMs,
      inputTokens: this.inputTokens,
      blocks: { offsets: this.offsets, values },
      uniqueBlocks: unique,
      sessionId: this.#sessionId,
      meta: { blockSize: blockTokens },
    };
  }
}

function forestOf({ offsets, ids, blocks, count }: BlockStream): BlockForest {
  const unseen = neverUsed;
  const parent = new Int32Array(blocks).fill(unseen);
  const depth = new Int32Array(blocks);
  for (let request = 0; request < count; request++) {
    const from = offsets[request]!;
    for (let at = from; at < offsets[request + 1]!; at++) {
      const id = ids[at]!;
      const before = at === from ? -1 : ids[at - 1]!;
      if (id < 0 || id >= blocks) {
        throw broken(request, `unknown block id ${id}`, `ids are 0 to ${blocks - 1}`);
      }
      if (parent[id] === unseen) {
        parent[id] = before;
        depth[id] = at - from;
      } else if (parent[id] !== before || depth[id] !== at - from) {
        const earlier = `${placeText(parent[id]!)} at depth ${depth[id]} earlier`;
        const what = `block ${id} ${placeText(before)} at depth ${at - from}, but ${earlier}`;
        throw broken(request, what, 'a block id stands for a whole prefix');
      }
    }
  }
  return { parent, depth };
}

function placeText(before: number): string {
  return before === -1 ? 'begins a prompt' : `follows block ${before}`;
}

function broken(request: number, what: string, rule: string): InputError {
  return new InputError(what, { where: `row ${request}, column block_ids`, rule });
}
