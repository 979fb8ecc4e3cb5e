/** A decoder-only transformer as data: what decides its parameters, its KV and its operations. */
export interface DecoderShape {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Where the shape comes from; `recalled` where no document was at hand. */
  readonly source: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Width of the dense feed-forward network; of its dense layers in a mixture of experts. */
  readonly ffn: number;
  /** Gate and up projection (three matrices) or up alone (two). */
  readonly gated: boolean;
  readonly vocab: number;
  /** Whether rotary embedding is an operation of its own. */
  readonly rope: boolean;
  readonly tiedEmbeddings: boolean;
  /** Attention and network read the same input, so that one all-reduce per layer serves both. */
  readonly parallelBlock?: boolean;
  readonly experts?: ExpertsShape;
  readonly latent?: LatentAttention;
  /** Parameters beside the matrices and one norm vector per norm: biases, positions, extra norms. */
  readonly otherParameters?: number;
  /** Images in front of the decoder, for multimodal models. */
  readonly vision?: VisionShape;
  /** Set on one GPU's shard of a larger model: its name and the number of GPUs. */
  readonly shardOf?: { readonly name: string; readonly gpus: number };
}

/** The mixture of experts of a layer; every expert is a gated network. */
interface ExpertsShape {
  readonly experts: number;
  readonly topK: number;
  readonly expertFfn: number;
  /** Width of the always active expert (all shared experts together), 0 without. */
  readonly sharedFfn: number;
  /** Leading layers that have a dense network instead. */
  readonly denseLayers: number;
}

/** Multi-head latent attention (DeepSeek-V2): the cache holds one latent and one rotary key. */
interface LatentAttention {
  readonly kvRank: number;
  readonly ropeDim: number;
  readonly nopeDim: number;
  readonly valueDim: number;
}

/** How a multimodal model turns an image into tokens of its decoder. */
interface VisionShape {
  readonly encoder: string;
  /** Encoder with its projector or resampler. */
  readonly parameters: number;
  readonly imageRule: 'internvl2-tiles' | 'minicpm-v-slices' | 'one-tile' | 'qwen2-vl-merge';
  /** Decoder tokens of one tile, markers not counted. */
  readonly tokensPerTile: number;
}

/** Bytes of one weight, activation or cached value: bf16 or fp16. */
export const elementBytes = 2;
