import { describe, expect, it } from 'vitest';
import { schedulers } from '../registries.ts';

describe.each(['chunked-prefill', 'prefill-first'])('what %s reserves at admission', (kind) => {
  it('is the prompt by default, and no output length is read', () => {
    expect(schedulers.create({ kind }, { seed: 1 }).reserveTokens).toBeUndefined();
    expect(schedulers.oraclesOf({ kind })).toEqual([]);
  });

  it('is prompt and output where asked for, and the length it reads is declared', () => {
    const spec = { kind, reserve: 'sequence' };
    expect(schedulers.create(spec, { seed: 1 }).reserveTokens?.(100, 28)).toBe(128);
    expect(schedulers.oraclesOf(spec)).toEqual(['length']);
  });
});
