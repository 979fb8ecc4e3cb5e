import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../units/canonical.ts';
import { checkTrace } from '../check.ts';
import { decodeRequestTrace } from '../decode.ts';
import { encodeRequestTrace } from '../encode.ts';
import { shippedFolder } from '../locate.ts';
import type { RequestTrace } from '../request-trace.ts';
import { generateKimiLike } from './kimi-like.ts';

const trace = generateKimiLike();

function blocksOf({ blocks }: RequestTrace, row: number): Int32Array {
  return blocks!.values.subarray(blocks!.offsets[row]!, blocks!.offsets[row + 1]!);
}

/** Blocks that begin both requests. */
function sharedBlocks(a: Int32Array, b: Int32Array): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return shared;
}

/** Compares long arrays as one; NaN equals NaN. */
function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return a.length === b.length;
}

/** Rows with a parent in the trace, beside it. */
const continuations = [...trace.parentRequestId!]
  .map((parent, row) => ({ parent, row }))
  .filter(({ parent }) => parent >= 0);

describe('generateKimiLike', () => {
  it('makes a sound trace of 12,031 requests that all begin with block 0', () => {
    expect(trace.count).toBe(12_031);
    expect(checkTrace(trace)).toEqual([]);
    expect(
      trace.blocks!.offsets.subarray(0, -1).every((at) => trace.blocks!.values[at] === 0),
    ).toBe(true);
    expect(trace.meta).toMatchObject({ kind: 'generated', blockSize: 512, seed: 1 });
  });

  it('numbers blocks in order of first appearance, each with one predecessor', () => {
    const { values, offsets } = trace.blocks!;
    const predecessor = new Int32Array(trace.uniqueBlocks).fill(-2);
    const misplaced: number[] = [];
    let unique = 0;
    for (let row = 0; row < trace.count; row++) {
      for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
        const id = values[at]!;
        const before = at === offsets[row] ? -1 : values[at - 1]!;
        if (id === unique) predecessor[unique++] = before;
        if (predecessor[id] !== before) misplaced.push(id);
      }
    }
    expect(misplaced).toEqual([]);
    expect(unique).toBe(trace.uniqueBlocks);
  });

  it('arrives in ticks of 3 s, at most a millisecond early', () => {
    const late = trace.arrivalMs.filter((ms) => (ms + 1) % 3000 > 1);
    expect(late.length).toBe(0);
    expect(trace.arrivalMs[0]).toBe(0);
  });

  it('shares full blocks with the parent, and a partial one only when it repeats its prompt', () => {
    let repeats = 0;
    for (const { parent, row } of continuations) {
      const shared = sharedBlocks(blocksOf(trace, parent), blocksOf(trace, row));
      const parentTokens = trace.inputTokens[parent]!;
      if (shared > Math.floor(parentTokens / 512)) {
        expect(trace.inputTokens[row]).toBe(parentTokens);
        expect(shared).toBe(blocksOf(trace, row).length);
        repeats++;
      }
    }
    expect(repeats).toBeGreaterThan(50);
  });

  it('shares nothing but block 0 between sessions', () => {
    const strangers: number[] = [];
    const owner = new Int32Array(trace.uniqueBlocks).fill(-1);
    for (let row = 0; row < trace.count; row++) {
      const session = trace.sessionId![row]!;
      for (const id of blocksOf(trace, row).subarray(1)) {
        if (owner[id] === -1) owner[id] = session;
        if (owner[id] !== session) strangers.push(id);
      }
    }
    expect(strangers).toEqual([]);
  });

  it('has think times that add up: parent, assumed service, think, arrival', () => {
    expect(continuations.length).toBeGreaterThan(4_000);
    for (const { parent, row } of continuations) {
      const endMs = trace.arrivalMs[parent]! + 2_000 + 50 * trace.outputTokens[parent]!;
      expect(trace.thinkMs![row]).toBe(trace.arrivalMs[row]! - endMs);
      expect(trace.thinkMs![row]).toBeGreaterThan(0);
      expect(trace.sessionId![row]).toBe(trace.sessionId![parent]);
    }
    const first = trace.thinkMs!.filter((_, row) => trace.parentRequestId![row] === -1);
    expect(first.every(Number.isNaN)).toBe(true);
  });

  it('gives the same bytes for the same seed, others for another', () => {
    const hash = (seed: number) =>
      sha256(encodeRequestTrace(generateKimiLike({ seed, requests: 500 })));
    expect(hash(7)).toBe(hash(7));
    expect(hash(7)).not.toBe(hash(8));
  });

  it('lasts longer with more requests, at the same rate', () => {
    const long = generateKimiLike({ requests: 60_000 });
    expect(long.count).toBe(60_000);
    expect(checkTrace(long)).toEqual([]);
    const perSecond = (1000 * long.count) / long.arrivalMs.at(-1)!;
    expect(perSecond).toBeGreaterThan(3.3);
    expect(perSecond).toBeLessThan(3.7);
  });

  it('takes no requests at all, and refuses what is not a count', () => {
    expect(generateKimiLike({ requests: 0 })).toMatchObject({ count: 0, uniqueBlocks: 0 });
    expect(() => generateKimiLike({ requests: -1 })).toThrow('invalid requests: -1');
    expect(() => generateKimiLike({ requests: 1.5 })).toThrow('invalid requests: 1.5');
  });

  const shipped = join(shippedFolder(), 'kimi-like.arrow');
  it.skipIf(!existsSync(shipped))('is the trace that ships', () => {
    const file = decodeRequestTrace(readFileSync(shipped), shipped);
    for (const column of [
      'arrivalMs',
      'inputTokens',
      'outputTokens',
      'sessionId',
      'parentRequestId',
      'thinkMs',
    ] as const) {
      expect(sameValues(file[column]!, trace[column]!)).toBe(true);
    }
    expect(sameValues(file.blocks!.offsets, trace.blocks!.offsets)).toBe(true);
    expect(sameValues(file.blocks!.values, trace.blocks!.values)).toBe(true);
  });
});
