import { type DecoderShape, elementBytes } from './decoder.ts';
import { activeParameters } from './parameters.ts';
import type { Shard } from './shard.ts';

/** What one operation computes and moves at least: the two sides of its roofline. */
export interface OperationWork {
  readonly flops: number;
  readonly bytes: number;
}

/** Y[m,n] = X[m,k] W[k,n]. */
export function gemmWork(m: number, n: number, k: number): OperationWork {
  return { flops: 2 * m * n * k, bytes: elementBytes * (m * n + m * k + n * k) };
}

/**
 * Query-key pairs of one request: `rows` new tokens attend to `keys` tokens, themselves included.
 * Causal: s c + s (s + 1) / 2 with c = keys - rows cached tokens. Full: s x keys.
 */
export function attentionPairs(rows: number, keys: number, mask: 'causal' | 'full'): number {
  return mask === 'full' ? rows * keys : rows * (keys - rows) + (rows * (rows + 1)) / 2;
}

/** Prefill attention of one layer on one GPU over `pairs` query-key pairs. */
export function prefillAttentionWork(
  shard: Shard,
  { pairs, rows, keys }: { pairs: number; rows: number; keys: number },
): OperationWork {
  return {
    flops: 4 * shard.scoreWidth * pairs,
    bytes: 2 * elementBytes * (rows * shard.queryWidth + keys * shard.keyWidth),
  };
}

/** Bytes of KV that decode attention of one layer reads on one GPU for `kvRead` tokens. */
function decodeKvBytes(shard: Shard, kvRead: number, storedKvHeads?: number): number {
  return elementBytes * kvRead * cachedElements(shard, storedKvHeads);
}

/** Cached elements per token, layer and GPU when a method stores `storedKvHeads` heads in all. */
export function cachedElements(shard: Shard, storedKvHeads?: number): number {
  if (storedKvHeads === undefined) return shard.cacheElements;
  return 2 * storedHeadsOnGpu(shard, storedKvHeads) * shard.model.headDim;
}

/** Stored KV heads on one GPU: divided like the query heads, at least one. */
export function storedHeadsOnGpu(shard: Shard, storedKvHeads: number): number {
  return Math.max(1, storedKvHeads / shard.gpus);
}

/** Decode attention of one layer on one GPU. */
export function decodeAttentionWork(
  shard: Shard,
  {
    sequences,
    kvRead,
    storedKvHeads,
  }: { sequences: number; kvRead: number; storedKvHeads?: number },
): OperationWork {
  return {
    flops: 2 * shard.decodeQueryElements * kvRead,
    bytes:
      decodeKvBytes(shard, kvRead, storedKvHeads) +
      elementBytes * sequences * shard.decodeQueryElements,
  };
}

/** Routed experts of one layer on one GPU: `rows` tokens to `distinct` experts. */
export function expertsWork(shard: Shard, rows: number, distinct: number): OperationWork {
  const { hidden, experts } = shard.model;
  const routed = rows * (experts?.topK ?? 0);
  return {
    flops: 6 * routed * hidden * shard.expertFfn,
    bytes: elementBytes * (3 * distinct * hidden * shard.expertFfn + 2 * routed * hidden),
  };
}

/** FLOPs of a whole-model prefill: matrices of the active parameters and causal attention. */
export function prefillFlops(model: DecoderShape, tokens: number): number {
  const { layers, heads, headDim } = model;
  const pairs = attentionPairs(tokens, tokens, 'causal');
  return 2 * activeParameters(model) * tokens + 4 * layers * heads * headDim * pairs;
}
