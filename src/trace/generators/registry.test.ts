import { describe, expect, it } from 'vitest';
import { generateTrace, traceGenerators } from './registry.ts';

describe('generateTrace', () => {
  it('suggests the nearest generator', async () => {
    await expect(generateTrace('leval')).rejects.toThrow(/unknown generator "leval"/);
    await expect(generateTrace('kimi-lik')).rejects.toThrow(/did you mean kimi-like/);
  });

  it('refuses parameters of generators without, and requests that are no count', async () => {
    const asked = generateTrace('kimi-like', { set: { rate: 1 } });
    await expect(asked).rejects.toThrow('kimi-like has none');
    await expect(generateTrace('arxiv-like', { requests: 0 })).rejects.toThrow('requests: 0');
    await expect(generateTrace('arxiv-like', { seed: 0.5 })).rejects.toThrow('seed: 0.5');
    await expect(generateTrace('gsm8k', { requests: 5 })).rejects.toThrow('no number of requests');
  });

  it('names traces as their generators, but for simulated, which is named by its length', async () => {
    for (const name of Object.keys(traceGenerators)) {
      if (name === 'gsm8k') continue;
      const { meta } = await generateTrace(name, { requests: 20 });
      expect(meta.name).toBe(name === 'simulated' ? 'simulated-16k' : name);
    }
  });

  it('makes the number of requests that its list promises', async () => {
    for (const name of ['kimi-like', 'multimodal']) {
      expect((await generateTrace(name)).count).toBe(traceGenerators[name]!.requests);
    }
  });
});
