import type { DecoderShape } from '../decoder.ts';
import { llamaModels } from './llama.ts';
import { otherModels } from './others.ts';
import { qwenModels } from './qwen.ts';

const textModels = [...llamaModels, ...otherModels, ...qwenModels];

function decoderOf(name: string): DecoderShape {
  return textModels.find((model) => model.name === name) as DecoderShape;
}

const epd = 'EPD (arXiv 2501.05460) sections 4 and E.2';
const recalled = 'public model configuration, recalled';

/** Multimodal models: the decoder of a text model behind an encoder. */
export const multimodalModels: readonly DecoderShape[] = [
  {
    ...decoderOf('qwen2-7b'),
    name: 'minicpm-v-2.6',
    aliases: ['minicpm-v', 'minicpm-v-2_6'],
    source: epd,
    vision: {
      encoder: 'siglip-so400m',
      parameters: 0.477e9,
      imageRule: 'minicpm-v-slices',
      tokensPerTile: 64,
    },
  },
  {
    ...decoderOf('internlm2.5-7b'),
    name: 'internvl2-8b',
    aliases: [],
    source: epd,
    vision: {
      encoder: 'internvit-300m',
      parameters: 0.338e9,
      imageRule: 'internvl2-tiles',
      tokensPerTile: 256,
    },
  },
  {
    ...decoderOf('internlm2-20b'),
    name: 'internvl2-26b',
    aliases: [],
    source: epd,
    vision: {
      encoder: 'internvit-6b',
      parameters: 5.656e9,
      imageRule: 'internvl2-tiles',
      tokensPerTile: 256,
    },
  },
  {
    ...decoderOf('llama-7b'),
    name: 'llava-1.5-7b',
    aliases: ['llava-7b'],
    source: 'Dynamic-LLaVA (arXiv 2412.00876); Vicuna has the shape of LLaMA',
    vision: {
      encoder: 'clip-vit-l-336',
      parameters: 0.304e9 + 1024 * 4096 + 4096 * 4096,
      imageRule: 'one-tile',
      tokensPerTile: 576,
    },
  },
  {
    ...decoderOf('llama-13b'),
    name: 'llava-1.5-13b',
    aliases: ['llava-13b'],
    source: 'Dynamic-LLaVA (arXiv 2412.00876); Vicuna has the shape of LLaMA',
    vision: {
      encoder: 'clip-vit-l-336',
      parameters: 0.304e9 + 1024 * 5120 + 5120 * 5120,
      imageRule: 'one-tile',
      tokensPerTile: 576,
    },
  },
  {
    ...decoderOf('qwen2-7b'),
    name: 'qwen2-vl-7b',
    aliases: ['qwen-vl', 'qwen2-vl', 'qwen2-vl-7b-instruct'],
    source: recalled,
    vision: {
      encoder: 'qwen2-vl-vit',
      parameters: 0.675e9,
      imageRule: 'qwen2-vl-merge',
      tokensPerTile: 256,
    },
  },
  {
    ...decoderOf('qwen2.5-7b'),
    name: 'qwen2.5-vl-7b',
    aliases: ['qwen2.5-vl', 'qwen2.5-vl-7b-instruct'],
    source: recalled,
    vision: {
      encoder: 'qwen2.5-vl-vit',
      parameters: 0.677e9,
      imageRule: 'qwen2-vl-merge',
      tokensPerTile: 256,
    },
  },
  {
    ...decoderOf('llama-3.1-8b'),
    name: 'ultravox-v0.3',
    aliases: ['ultravox'],
    source: 'fixie-ai/ultravox-v0_3 model card: Llama-3.1-8B and Whisper-small',
    vision: {
      encoder: 'whisper-small',
      parameters: 0.088e9,
      imageRule: 'one-tile',
      // 1,500 frames of a 30 s clip, stacked by 8; recalled.
      tokensPerTile: 188,
    },
  },
];
