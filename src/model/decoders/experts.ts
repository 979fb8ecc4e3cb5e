import type { DecoderShape } from '../decoder.ts';

const config =
  'public model configuration, recalled; total parameters agree with the published count';
const promoe = 'ProMoE (arXiv 2410.22134) Table 1';
const moeLrc = (folder: string) => `ljcleo/moe-lrc@61c86cf5 model/${folder}/config.json`;

const base = { gated: true, rope: true, tiedEmbeddings: false, headDim: 128 } as const;

/** Fine-grained mixtures of experts. */
export const expertModels: readonly DecoderShape[] = [
  {
    ...base,
    name: 'deepseek-moe-16b',
    aliases: ['deepseekmoe-16b', 'deepseek-moe-16b-chat', 'deepseek-moe-16b-base', 'deepseek-moe'],
    source: `${promoe}; ${config}`,
    layers: 28,
    hidden: 2048,
    heads: 16,
    kvHeads: 16,
    ffn: 10944,
    vocab: 102400,
    experts: { experts: 64, topK: 6, expertFfn: 1408, sharedFfn: 2 * 1408, denseLayers: 1 },
  },
  {
    ...base,
    name: 'deepseek-v2-lite',
    aliases: ['deepseek-v2-lite-chat'],
    source: `${promoe}; ${config}`,
    layers: 27,
    hidden: 2048,
    heads: 16,
    kvHeads: 16,
    ffn: 10944,
    vocab: 102400,
    experts: { experts: 64, topK: 6, expertFfn: 1408, sharedFfn: 2 * 1408, denseLayers: 1 },
    latent: { kvRank: 512, ropeDim: 64, nopeDim: 128, valueDim: 128 },
    // The norm of the latent.
    otherParameters: 27 * 512,
  },
  {
    ...base,
    name: 'qwen1.5-moe-a2.7b',
    aliases: ['qwen1.5-moe', 'qwen1.5-moe-a2.7b-chat'],
    source: `${promoe}; ${moeLrc('qwen')}`,
    layers: 24,
    hidden: 2048,
    heads: 16,
    kvHeads: 16,
    ffn: 5632,
    vocab: 151936,
    experts: { experts: 60, topK: 4, expertFfn: 1408, sharedFfn: 5632, denseLayers: 0 },
    // Biases of q, k, v and the gate of the shared expert.
    otherParameters: 24 * (3 * 2048 + 2048),
  },
  {
    ...base,
    name: 'qwen2-57b-a14b',
    aliases: ['qwen2-57b-a14b-instruct'],
    source: `${promoe}; ${moeLrc('qwen2')}`,
    layers: 28,
    hidden: 3584,
    heads: 28,
    kvHeads: 4,
    ffn: 18944,
    vocab: 151936,
    experts: { experts: 64, topK: 8, expertFfn: 2560, sharedFfn: 20480, denseLayers: 0 },
    otherParameters: 28 * ((28 + 2 * 4) * 128 + 3584),
  },
  {
    ...base,
    name: 'olmoe-1b-7b',
    aliases: ['olmoe'],
    source: moeLrc('olmoe'),
    layers: 16,
    hidden: 2048,
    heads: 16,
    kvHeads: 16,
    ffn: 1024,
    vocab: 50304,
    experts: { experts: 64, topK: 8, expertFfn: 1024, sharedFfn: 0, denseLayers: 0 },
    // Norms of the whole query and key vectors.
    otherParameters: 16 * 2 * 2048,
  },
  {
    ...base,
    name: 'qwen3-30b-a3b',
    aliases: ['qwen3-30b-a3b-instruct'],
    source: moeLrc('qwen3'),
    layers: 48,
    hidden: 2048,
    heads: 32,
    kvHeads: 4,
    ffn: 6144,
    vocab: 151936,
    experts: { experts: 128, topK: 8, expertFfn: 768, sharedFfn: 0, denseLayers: 0 },
    otherParameters: 48 * 2 * 128,
  },
];
