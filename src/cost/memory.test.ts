import { describe, expect, it } from 'vitest';
import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import { shardOf } from '../model/shard.ts';
import { activationBytes, kvCapacityTokens, memoryParts } from './memory.ts';

const gpu = gpuNamed('a100-80gb');
const llama = modelNamed('llama-3.1-8b');

describe('kvCapacityTokens', () => {
  it('gives nine tenths of the memory less the weights by default', () => {
    const kvBytes = 0.9 * 85_899_345_920 - 2 * 8_030_261_248;
    expect(kvCapacityTokens({ model: llama, gpu })).toBe(Math.floor(kvBytes / 131_072));
  });

  it('accounts for every part under the rule of parts', () => {
    const rule = { kind: 'parts', stepTokens: 8192, logitRows: 256 } as const;
    const parts = memoryParts({ model: llama, gpu, rule });
    const { weights, runtime, collectives, activations, kv, total } = parts;
    expect(weights + runtime + collectives + activations + kv).toBe(total);
    expect(collectives).toBe(0);
    expect(memoryParts({ model: llama, gpu, tp: 2, rule }).collectives).toBe(358_612_992);
    expect(kvCapacityTokens({ model: llama, gpu, rule })).toBe(Math.floor(kv / 131_072));
  });

  it('grows faster than the GPUs, since weights divide too', () => {
    const model = modelNamed('llama-2-70b');
    const tokens = [4, 8].map((tp) => kvCapacityTokens({ model, gpu, tp }));
    expect(tokens[1]).toBeGreaterThan(2 * tokens[0]!);
  });

  it('refuses a model that does not fit', () => {
    expect(() => kvCapacityTokens({ model: modelNamed('llama-2-70b'), gpu })).toThrow(
      'no memory left for KV (llama-2-70b on 1 x a100-80gb)',
    );
  });
});

describe('activationBytes', () => {
  it('matches the per-token peaks found in allocator logs', () => {
    // MOM (arXiv 2504.12526) section 4: attention phase 7 d b, network phase 3 d b + 3 I b.
    const perToken = (name: string) => activationBytes(shardOf(modelNamed(name), 1), 1, 0);
    expect(perToken('llama-3.1-8b')).toBe(3 * 4096 * 2 + 3 * 14336 * 2);
    expect(perToken('llama-3.2-3b')).toBe(3 * 3072 * 2 + 3 * 8192 * 2);
  });

  it('counts the logits of rows that yield a token', () => {
    const shard = shardOf(llama, 1);
    expect(activationBytes(shard, 100, 7) - activationBytes(shard, 100, 0)).toBe(7 * 128_256 * 6);
  });
});
