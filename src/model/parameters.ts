import { type DecoderShape, elementBytes } from './decoder.ts';
import { type Shard, shardOf } from './shard.ts';

/** Parameters of a decoder by part; the vision encoder of a multimodal model is not in it. */
export interface ParameterCounts {
  readonly embeddings: number;
  readonly attention: number;
  /** Dense networks and shared experts. */
  readonly dense: number;
  /** Routed experts and their routers. */
  readonly experts: number;
  readonly other: number;
  readonly total: number;
}

/** Parameters of the whole decoder. */
export function parameterCounts(model: DecoderShape): ParameterCounts {
  return countsOn(shardOf(model, 1));
}

/** Parameters that one token touches: all but the routed experts it is not sent to. */
export function activeParameters(model: DecoderShape): number {
  const { total } = parameterCounts(model);
  const { experts } = model;
  if (experts === undefined) return total;
  const idle = (experts.experts - experts.topK) * expertParameters(model);
  return total - (model.layers - experts.denseLayers) * idle;
}

/** Parameters of one routed expert. */
export function expertParameters(model: DecoderShape): number {
  return 3 * model.hidden * (model.experts?.expertFfn ?? 0);
}

/** Parameters on one GPU: matrices divided, norms, routers and small vectors on every GPU. */
export function countsOn(shard: Shard): ParameterCounts {
  const { model } = shard;
  const { hidden, layers, experts } = model;
  const networkMatrices = model.gated ? 3 : 2;
  const denseLayers = experts?.denseLayers ?? layers;
  const expertLayers = layers - denseLayers;
  const embeddings = (model.tiedEmbeddings ? 1 : 2) * shard.vocab * hidden;
  const attention = layers * attentionMatrices(shard);
  const dense =
    denseLayers * networkMatrices * hidden * shard.ffn +
    expertLayers * 3 * hidden * shard.sharedFfn;
  const routed = expertLayers * (experts?.experts ?? 0) * (3 * hidden * shard.expertFfn + hidden);
  const other = (2 * layers + 1) * hidden + (model.otherParameters ?? 0);
  return {
    embeddings,
    attention,
    dense,
    experts: routed,
    other,
    total: embeddings + attention + dense + routed + other,
  };
}

function attentionMatrices({ model, queryHeads, kvHeads }: Shard): number {
  const { hidden, headDim, latent } = model;
  if (latent === undefined) return 2 * hidden * (queryHeads + kvHeads) * headDim;
  const { kvRank, ropeDim, nopeDim, valueDim } = latent;
  return (
    hidden * queryHeads * (nopeDim + ropeDim) +
    hidden * (kvRank + ropeDim) +
    kvRank * queryHeads * (nopeDim + valueDim) +
    queryHeads * valueDim * hidden
  );
}

/** Weights on one GPU in bytes; the vision encoder, where there is one, whole on every GPU. */
export function weightBytes(shard: Shard): number {
  return elementBytes * (countsOn(shard).total + (shard.model.vision?.parameters ?? 0));
}

/** KV of one token in all layers on one GPU, bytes; KV heads replicate when there are too few. */
export function kvBytesPerToken(shard: Shard): number {
  return elementBytes * shard.model.layers * shard.cacheElements;
}
