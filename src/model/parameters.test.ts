import { describe, expect, it } from 'vitest';
import { modelNamed, models } from './models.ts';
import {
  activeParameters,
  countsOn,
  expertParameters,
  kvBytesPerToken,
  parameterCounts,
  weightBytes,
} from './parameters.ts';
import { shardOf } from './shard.ts';

/** Totals as the published checkpoints count them. */
const publishedTotals: Record<string, number> = {
  'llama-7b': 6_738_415_616,
  'llama-13b': 13_015_864_320,
  'llama-33b': 32_528_943_616,
  'llama-65b': 65_285_660_672,
  'llama-2-7b': 6_738_415_616,
  'llama-2-13b': 13_015_864_320,
  'llama-2-70b': 68_976_648_192,
  'llama-3.1-8b': 8_030_261_248,
  'llama-3.1-70b': 70_553_706_496,
  'llama-3.2-3b': 3_212_749_824,
  'codellama-34b': 33_743_970_304,
  'mistral-7b': 7_241_732_096,
  'ministral-8b': 8_019_808_256,
  'mistral-nemo-12b': 12_247_782_400,
  'mixtral-8x7b': 46_702_792_704,
  'qwen-72b': 72_287_920_128,
  'qwen2-7b': 7_615_616_512,
  'qwen2.5-3b': 3_085_938_688,
  'qwen2.5-7b': 7_615_616_512,
  'qwen2.5-14b': 14_770_033_664,
  'qwen2.5-32b': 32_763_876_352,
  'qwen2.5-72b': 72_706_203_648,
  'qwen3-8b': 8_190_735_360,
  'qwen3-14b': 14_768_307_200,
  'qwen3-32b': 32_762_123_264,
  'deepseek-moe-16b': 16_375_728_128,
  'deepseek-v2-lite': 15_706_484_224,
  'qwen1.5-moe-a2.7b': 14_315_784_192,
  'olmoe-1b-7b': 6_919_161_856,
  'qwen3-30b-a3b': 30_532_122_624,
  'gptj-6b': 6_050_882_784,
  'bloom-176b': 176_247_271_424,
  'phi-2': 2_779_683_840,
  'internlm2.5-7b': 7_737_708_544,
  'internlm2-20b': 19_861_149_696,
};

/** Totals known to three or four digits only, in 1e9. */
const roundedTotals: Record<string, [number, number]> = {
  'mixtral-8x22b': [140.6, 0.002],
  'qwen2-57b-a14b': [57.41, 0.001],
  'opt-13b': [12.85, 0.002],
  'opt-30b': [29.98, 0.002],
  'opt-66b': [65.7, 0.003],
  'opt-175b': [174.6, 0.003],
  'falcon-180b': [179.5, 0.001],
  'internlm-20b': [20.1, 0.005],
};

describe('parameterCounts', () => {
  it.each(Object.entries(publishedTotals))('counts %s to the digit', (name, total) => {
    expect(parameterCounts(modelNamed(name)).total).toBe(total);
  });

  it.each(Object.entries(roundedTotals))(
    'counts %s within the printed digits',
    (name, [g, share]) => {
      expect(Math.abs(parameterCounts(modelNamed(name)).total / 1e9 / g - 1)).toBeLessThan(share);
    },
  );

  it('leaves no text model unchecked', () => {
    const unchecked = models.filter(
      (m) => !m.vision && !(m.name in publishedTotals) && !(m.name in roundedTotals),
    );
    expect(unchecked.map((m) => m.name)).toEqual([]);
  });

  it('adds up from its parts', () => {
    for (const model of models) {
      const { total, embeddings, attention, dense, experts, other } = parameterCounts(model);
      expect(embeddings + attention + dense + experts + other).toBe(total);
    }
  });

  it('counts what ProMoE (arXiv 2410.22134) Table 1 prints for experts', () => {
    for (const [name, totalG, activeG, expertMB] of [
      ['deepseek-moe-16b', 16.4, 2.8, 17.3],
      ['deepseek-v2-lite', 15.7, 2.7, 17.3],
      ['qwen1.5-moe-a2.7b', 14.3, 2.7, 17.3],
      ['qwen2-57b-a14b', 57.4, 14.2, 55.05],
      ['mixtral-8x7b', 46.7, 12.9, 352.3],
      ['olmoe-1b-7b', 6.9, 1.3, 12.6],
      ['qwen3-30b-a3b', 30.5, 3.3, 9.44],
    ] as const) {
      const model = modelNamed(name);
      expect(Math.abs(parameterCounts(model).total / 1e9 - totalG)).toBeLessThan(0.06);
      expect(Math.abs(activeParameters(model) / 1e9 - activeG)).toBeLessThan(0.11);
      expect((2 * expertParameters(model)) / 1e6).toBeCloseTo(expertMB, 1);
    }
  });
});

describe('kvBytesPerToken', () => {
  it('gives the published bytes per token', () => {
    for (const [name, bytes] of [
      ['llama-3.1-8b', 131_072],
      ['llama-3.2-3b', 114_688],
      ['qwen2.5-7b', 57_344],
      ['mistral-nemo-12b', 163_840],
      ['ministral-8b', 147_456],
      ['minicpm-v-2.6', 57_344],
      ['internvl2-8b', 131_072],
      ['internvl2-26b', 196_608],
      ['llama-2-70b', 327_680],
      ['llama-3.1-70b', 327_680],
      ['llama-65b', 2_621_440],
      ['deepseek-v2-lite', 27 * 576 * 2],
    ] as const) {
      expect(kvBytesPerToken(shardOf(modelNamed(name), 1))).toBe(bytes);
    }
  });

  it('divides KV heads over GPUs and replicates them when there are too few', () => {
    const model = modelNamed('qwen2.5-7b');
    const bytes = (gpus: number) => kvBytesPerToken(shardOf({ ...model, heads: 32 }, gpus));
    expect([1, 2, 4].map(bytes)).toEqual([57_344, 28_672, 14_336]);
    expect(bytes(8)).toBe(bytes(4));
  });
});

describe('countsOn a shard', () => {
  it('adds up to the model over its GPUs, norms and routers replicated', () => {
    for (const model of models) {
      for (const gpus of [2, 4, 8]) {
        if (model.kvHeads % gpus !== 0 || model.heads % gpus !== 0 || model.latent) continue;
        const whole = parameterCounts(model);
        const part = countsOn(shardOf(model, gpus));
        const routers = model.experts
          ? (model.layers - model.experts.denseLayers) * model.experts.experts * model.hidden
          : 0;
        expect(part.attention * gpus).toBe(whole.attention);
        expect(part.dense * gpus).toBe(whole.dense);
        expect((part.experts - routers) * gpus).toBe(whole.experts - routers);
        expect(part.other).toBe(whole.other);
        expect(part.embeddings * gpus).toBeGreaterThanOrEqual(whole.embeddings);
      }
    }
  });

  it('keeps a vision encoder whole on every GPU', () => {
    const model = modelNamed('internvl2-26b');
    const text = modelNamed('internlm2-20b');
    for (const gpus of [1, 8]) {
      const extra = weightBytes(shardOf(model, gpus)) - weightBytes(shardOf(text, gpus));
      expect(extra).toBe(2 * 5.656e9);
    }
  });
});
