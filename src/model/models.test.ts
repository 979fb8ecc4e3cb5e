import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { blockParameters, encodeFlops, encoderNamed, encoders } from './encoders.ts';
import { modelNamed, models, nameKey } from './models.ts';
import { attentionPairs, prefillFlops } from './operations.ts';
import { kvBytesPerToken, parameterCounts } from './parameters.ts';
import { shardOf } from './shard.ts';

describe('modelNamed', () => {
  it('finds a model under the spellings in use', () => {
    for (const name of ['llama-2-70b', 'llama2-70b', 'LLaMA2-70B', 'meta-llama/Llama-2-70b-hf']) {
      expect(modelNamed(name).name).toBe('llama-2-70b');
    }
    expect(modelNamed('Qwen/Qwen-72B').name).toBe('qwen-72b');
    expect(modelNamed('codellama/CodeLlama-34b-Instruct-hf').name).toBe('codellama-34b');
    expect(modelNamed('llama3-8b').name).toBe('llama-3.1-8b');
    expect(modelNamed('microsoft/phi-2').name).toBe('phi-2');
  });

  it('gives no name to two models', () => {
    const keys = models.flatMap((m) => [...new Set([m.name, ...m.aliases].map(nameKey))]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('suggests the nearest name', () => {
    expect(() => modelNamed('lama-2-70b')).toThrow('did you mean llama-2-70b?');
    expect(() => modelNamed('lama-2-70b/tp8')).toThrow(InputError);
  });

  it('reads NAME/tpN as the shard of one GPU', () => {
    const shard = modelNamed('llama-2-70b/tp8');
    expect(shard).toMatchObject({
      name: 'llama-2-70b/tp8',
      heads: 8,
      kvHeads: 1,
      headDim: 128,
      ffn: 3584,
      hidden: 8192,
      vocab: 4000,
      shardOf: { name: 'llama-2-70b', gpus: 8 },
    });
    expect(kvBytesPerToken(shardOf(shard, 1))).toBe(327_680 / 8);
    expect(modelNamed('meta-llama/Llama-2-70b-hf/tp8').name).toBe('llama-2-70b/tp8');
  });

  it('divides every expert of a shard', () => {
    const { experts } = modelNamed('mixtral-8x7b/tp4');
    expect(experts).toMatchObject({ experts: 8, topK: 2, expertFfn: 3584 });
  });

  it('gives every model a head width, a source and a whole number of query heads per KV head', () => {
    for (const model of models) {
      expect(model.heads % model.kvHeads).toBe(0);
      expect(model.source.length).toBeGreaterThan(10);
      if (model.name !== 'falcon-180b' && !model.name.startsWith('qwen3')) {
        expect(model.heads * model.headDim).toBe(
          model.hidden === 5120 && model.heads === 32 ? 4096 : model.hidden,
        );
      }
    }
  });
});

describe('shardOf', () => {
  it('refuses a split that does not come out even, naming the rule', () => {
    const llama = modelNamed('llama-2-70b');
    expect(() => shardOf(llama, 3)).toThrow('must divide its 64 attention heads');
    expect(() => shardOf(llama, 0)).toThrow('a positive whole number');
    expect(() => shardOf(modelNamed('opt-66b'), 3)).not.toThrow();
    expect(() => shardOf(modelNamed('llama-2-70b/tp8'), 8)).toThrow('already the shard');
    expect(() => shardOf({ ...llama, kvHeads: 6 }, 4)).toThrow('KV heads');
    expect(() => shardOf({ ...llama, ffn: 28673 }, 8)).toThrow('network width');
  });
});

describe('operations', () => {
  it('counts causal pairs like a loop over rows', () => {
    for (const [rows, cached] of [
      [1, 0],
      [5, 0],
      [7, 12],
    ] as const) {
      let pairs = 0;
      for (let i = 0; i < rows; i++) pairs += cached + i + 1;
      expect(attentionPairs(rows, cached + rows, 'causal')).toBe(pairs);
      expect(attentionPairs(rows, cached + rows, 'full')).toBe(rows * (cached + rows));
    }
  });

  it('needs 32.9 TFLOP in the matrices of an 8 B model at 2,048 tokens', () => {
    const model = modelNamed('llama-3.1-8b');
    expect((2 * parameterCounts(model).total * 2048) / 1e12).toBeCloseTo(32.9, 1);
    const attention = prefillFlops(model, 2048) - 2 * parameterCounts(model).total * 2048;
    expect(attention / (2 * 2048 ** 2 * 4096 * 32)).toBeCloseTo(1, 3);
  });
});

describe('encoders', () => {
  it('counts block parameters and FLOPs per tile as the EPD paper does', () => {
    for (const [name, parameters, teraflop] of [
      ['siglip-so400m', 0.411e9, 0.97],
      ['internvit-300m', 0.302e9, 0.72],
      ['internvit-6b', 5.53e9, 11.9],
    ] as const) {
      const encoder = encoderNamed(name);
      expect(blockParameters(encoder) / parameters).toBeCloseTo(1, 2);
      expect(encodeFlops(encoder) / 1e12 / teraflop).toBeCloseTo(1, 2);
    }
  });

  it('counts fewer FLOPs where attention stays inside windows', () => {
    const windowed = encoderNamed('qwen2.5-vl-vit');
    const { window: _, ...full } = windowed;
    expect(encodeFlops(windowed, 4096)).toBeLessThan(encodeFlops(full, 4096));
    expect(encodeFlops(windowed, 64)).toBe(encodeFlops(full, 64));
  });

  it('gives no name twice and suggests the nearest', () => {
    const names = encoders.flatMap((e) => [e.name, ...e.aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(() => encoderNamed('internvit-7b')).toThrow('did you mean');
  });
});
