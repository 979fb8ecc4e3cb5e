import type { DecoderShape } from '../decoder.ts';

const config =
  'public model configuration, recalled; total parameters agree with the published count';

const mistral = {
  gated: true,
  rope: true,
  tiedEmbeddings: false,
  headDim: 128,
  heads: 32,
  kvHeads: 8,
  source: config,
} as const;

/** Mistral's dense models and Mixtral. */
export const mistralModels: readonly DecoderShape[] = [
  {
    ...mistral,
    name: 'mistral-7b',
    aliases: ['mistral-7b-instruct', 'mistral-7b-v0.1'],
    layers: 32,
    hidden: 4096,
    ffn: 14336,
    vocab: 32000,
  },
  {
    ...mistral,
    name: 'ministral-8b',
    aliases: ['ministral-8b-instruct', 'ministral-8b-instruct-2410'],
    source: `${config}; FastKV (arXiv 2502.01068) v7 uses it`,
    layers: 36,
    hidden: 4096,
    ffn: 12288,
    vocab: 131072,
  },
  {
    ...mistral,
    name: 'mistral-nemo-12b',
    aliases: ['nemo-12b', 'mistral-nemo', 'mistral-nemo-instruct-2407', 'mistral-nemo-instruct'],
    layers: 40,
    hidden: 5120,
    ffn: 14336,
    vocab: 131072,
  },
  {
    ...mistral,
    name: 'mixtral-8x7b',
    aliases: ['mixtral-8x7b-instruct', 'mixtral-8x7b-instruct-v0.1', 'mixtral'],
    source: `${config}; ProMoE (arXiv 2410.22134) Table 1`,
    layers: 32,
    hidden: 4096,
    ffn: 14336,
    vocab: 32000,
    experts: { experts: 8, topK: 2, expertFfn: 14336, sharedFfn: 0, denseLayers: 0 },
  },
  {
    ...mistral,
    name: 'mixtral-8x22b',
    aliases: ['mixtral-8x22b-instruct'],
    heads: 48,
    layers: 56,
    hidden: 6144,
    ffn: 16384,
    vocab: 32768,
    experts: { experts: 8, topK: 2, expertFfn: 16384, sharedFfn: 0, denseLayers: 0 },
  },
];
