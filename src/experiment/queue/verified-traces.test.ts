import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestTrace } from '../../trace/request-trace.ts';
import { loadTrace } from '../run-scenario.ts';
import { VerifiedTraces } from './verified-traces.ts';

const hashes: Record<string, string> = {};
beforeAll(async () => {
  for (const name of ['gsm8k', 'multimodal']) {
    hashes[name] = (await loadTrace(name)).located.sha256;
  }
});

describe('VerifiedTraces', () => {
  it('reads a trace once and forgets the one used longest ago', async () => {
    const traces = new VerifiedTraces(1);
    const get = (name: string) => traces.get(name, hashes[name] as string);
    const first = await get('gsm8k');
    expect(await get('gsm8k')).toBe(first);
    await get('multimodal');
    const second = await get('gsm8k');
    expect(second).not.toBe(first);
    expect(second.located).toEqual(first.located);
  });

  it('holds columns in memory that threads share', async () => {
    const loaded = await new VerifiedTraces().get('gsm8k', hashes.gsm8k as string);
    const trace = loaded.trace as RequestTrace;
    expect(trace.arrivalMs.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(trace.inputTokens.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('refuses another trace of the name, each time', async () => {
    const traces = new VerifiedTraces();
    const wrong = () => traces.get('gsm8k', hashes.multimodal as string);
    await expect(wrong()).rejects.toThrow(/another trace gsm8k/);
    await expect(wrong()).rejects.toThrow(/another trace gsm8k/);
    expect((await traces.get('multimodal', hashes.multimodal as string)).located.name).toBe(
      'multimodal',
    );
  });
});
