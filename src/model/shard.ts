import { InputError } from '../units/input-error.ts';
import type { DecoderShape } from './decoder.ts';

/**
 * What one GPU of a tensor-parallel group holds of a model (Megatron split): heads, network width
 * and vocabulary divided; KV heads replicated when there are more GPUs than KV heads.
 */
export interface Shard {
  readonly model: DecoderShape;
  readonly gpus: number;
  readonly queryHeads: number;
  readonly kvHeads: number;
  readonly ffn: number;
  readonly expertFfn: number;
  readonly sharedFfn: number;
  readonly vocab: number;
  /** Width that prefill attention multiplies: query heads x mean of key and value width. */
  readonly scoreWidth: number;
  /** Elements of the queries of one row, half of what prefill attention moves for it. */
  readonly queryWidth: number;
  /** Elements of the keys of one row as prefill attention reads them. */
  readonly keyWidth: number;
  /** Elements that decode attention moves beside the cache, per sequence: query and output. */
  readonly decodeQueryElements: number;
  /** Cached elements of one token in one layer. */
  readonly cacheElements: number;
}

/** One GPU's part of `model` on `gpus` GPUs; refuses a split that does not come out even. */
export function shardOf(model: DecoderShape, gpus: number): Shard {
  checkSplit(model, gpus);
  const { heads, headDim, latent } = model;
  const queryHeads = heads / gpus;
  const kvHeads = Math.max(1, model.kvHeads / gpus);
  const common = {
    model,
    gpus,
    queryHeads,
    kvHeads,
    ffn: model.ffn / gpus,
    expertFfn: (model.experts?.expertFfn ?? 0) / gpus,
    sharedFfn: (model.experts?.sharedFfn ?? 0) / gpus,
    vocab: Math.ceil(model.vocab / gpus),
  };
  if (latent === undefined) {
    return {
      ...common,
      scoreWidth: queryHeads * headDim,
      queryWidth: queryHeads * headDim,
      keyWidth: kvHeads * headDim,
      decodeQueryElements: 2 * queryHeads * headDim,
      cacheElements: 2 * kvHeads * headDim,
    };
  }
  // Prefill expands the latent into keys and values per head; decode works on the latent itself.
  const scoreWidth = (queryHeads * (latent.nopeDim + latent.ropeDim + latent.valueDim)) / 2;
  return {
    ...common,
    scoreWidth,
    queryWidth: scoreWidth,
    keyWidth: scoreWidth,
    decodeQueryElements: queryHeads * (2 * latent.kvRank + latent.ropeDim),
    cacheElements: latent.kvRank + latent.ropeDim,
  };
}

function checkSplit(model: DecoderShape, gpus: number): void {
  const { name, heads, kvHeads, ffn, experts } = model;
  const refuse = (rule: string) => {
    throw new InputError(`tensor parallelism of ${gpus}`, { where: name, rule });
  };
  if (!Number.isInteger(gpus) || gpus < 1) refuse('a positive whole number of GPUs');
  if (gpus > 1 && model.shardOf) refuse('1 for a model that is already the shard of one GPU');
  if (heads % gpus !== 0) refuse(`must divide its ${heads} attention heads`);
  if (kvHeads % gpus !== 0 && gpus % kvHeads !== 0) {
    refuse(`must divide its ${kvHeads} KV heads or be a multiple of them`);
  }
  if (ffn % gpus !== 0) refuse(`must divide its network width of ${ffn}`);
  if (experts && (experts.expertFfn % gpus !== 0 || experts.sharedFfn % gpus !== 0)) {
    refuse(`must divide its expert widths of ${experts.expertFfn} and ${experts.sharedFfn}`);
  }
}
