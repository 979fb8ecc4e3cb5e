/** The stand-in against what FAST'25 publishes of the tool-and-agent trace (Table 2, Figure 9). */
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../units/canonical.ts';
import { checkTrace } from '../check.ts';
import { encodeRequestTrace } from '../encode.ts';
import type { RequestTrace } from '../request-trace.ts';
import { traceStatistics } from '../statistics.ts';
import { generateKimiLike } from './kimi-like.ts';
import { generateTrace } from './registry.ts';

/**
 * Share of input tokens that an LRU cache of `capacity` tokens finds: leading blocks, touched leaf
 * first. A Map keeps its keys in the order of their last touch.
 */
function foundTokens({ blocks, count, inputTokens }: RequestTrace, capacity: number): number {
  const { offsets, values } = blocks!;
  const cache = new Map<number, true>();
  let found = 0;
  let all = 0;
  for (let row = 0; row < count; row++) {
    const start = offsets[row]!;
    const end = offsets[row + 1]!;
    let hits = 0;
    while (start + hits < end && cache.has(values[start + hits]!)) hits++;
    found += Math.min(512 * hits, inputTokens[row]!);
    all += inputTokens[row]!;
    for (let at = end - 1; at >= start; at--) {
      cache.delete(values[at]!);
      cache.set(values[at]!, true);
    }
    for (const id of cache.keys()) {
      if (cache.size <= capacity / 512) break;
      cache.delete(id);
    }
  }
  return found / all;
}

describe('toolagent-like', () => {
  it.each([1, 2, 7])('has the published means and cache curve, seed %i', async (seed) => {
    const trace = await generateTrace('toolagent-like', { seed });
    const { input_tokens, output_tokens, duration_s } = traceStatistics(trace);
    expect(trace.count).toBe(23_608);
    expect(checkTrace(trace)).toEqual([]);
    expect(Math.abs(input_tokens.mean! / 8_596 - 1)).toBeLessThan(0.03);
    expect(output_tokens.mean!).toBeCloseTo(182, 1);
    expect(Math.abs(duration_s / 3_600 - 1)).toBeLessThan(0.03);
    for (const [capacity, ratio] of [
      [1e6, 0.3864],
      [1e7, 0.5608],
      [Infinity, 0.595],
    ] as const) {
      expect(Math.abs(foundTokens(trace, capacity) - ratio)).toBeLessThan(0.03);
    }
  });

  it('keeps the sessions of the chats whole and gives tools none', async () => {
    const trace = await generateTrace('toolagent-like');
    const { sessionId, parentRequestId, thinkMs, inputTokens, outputTokens } = trace;
    const tools = inputTokens.filter((_, row) => sessionId![row] === -1);
    expect(tools.every((n) => (n >= 3_100 && n <= 3_300) || (n >= 6_200 && n <= 7_500))).toBe(true);
    expect(Math.abs(tools.length / trace.count - 0.58)).toBeLessThan(0.015);
    expect(outputTokens.every((tokens) => tokens >= 1)).toBe(true);
    const unlinked = thinkMs!.filter((_, row) => parentRequestId![row] === -1);
    expect(unlinked.every(Number.isNaN)).toBe(true);
    const linked = trace.count - unlinked.length;
    const chats = generateKimiLike();
    const share = chats.parentRequestId!.filter((parent) => parent >= 0).length / chats.count;
    expect(linked / (trace.count - tools.length)).toBeCloseTo(share, 1);
  });

  it('begins the prompts of a tool with its own common blocks, of a chat with another', async () => {
    const { blocks, inputTokens, sessionId } = await generateTrace('toolagent-like');
    const common = { chat: new Set<string>(), first: new Set<string>(), second: new Set<string>() };
    for (const [row, tokens] of inputTokens.entries()) {
      const kind = sessionId![row]! >= 0 ? 'chat' : tokens > 5_000 ? 'first' : 'second';
      const length = { chat: 1, first: 12, second: 5 }[kind];
      const start = blocks!.offsets[row]!;
      common[kind].add(blocks!.values.subarray(start, start + length).join());
    }
    expect(Object.values(common).map((set) => set.size)).toEqual([1, 1, 1]);
    const roots = Object.values(common).map((set) => [...set][0]!.split(',')[0]);
    expect(new Set(roots).size).toBe(3);
  });

  it('gives the same bytes for the same seed, others for another', async () => {
    const hash = async (seed: number) =>
      sha256(encodeRequestTrace(await generateTrace('toolagent-like', { seed, requests: 500 })));
    expect(await hash(7)).toBe(await hash(7));
    expect(await hash(7)).not.toBe(await hash(8));
  });

  it('says that it is not the real trace', async () => {
    const { meta } = await generateTrace('toolagent-like', { requests: 100 });
    expect(meta).toMatchObject({ name: 'toolagent-like', kind: 'generated' });
    expect(meta.notes).toContain('Not the real trace.');
    expect(meta.notes).toContain('Derived: chatShare 0.42, firstToolShare 0.45.');
  });
});
