import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../units/input-error.ts';
import { checkTrace } from '../check.ts';
import { encodeRequestTrace } from '../encode.ts';
import { packageRoot } from '../locate.ts';
import type { MediaColumns, RequestTrace } from '../request-trace.ts';
import { generateMultimodal } from './multimodal.ts';

const shipped = resolve(packageRoot(), 'traces', 'multimodal.arrow');
const anySeed = fc.integer({ min: 0, max: 2 ** 32 });

function mediaOf(trace: RequestTrace): MediaColumns {
  if (trace.media === null) throw new Error('a trace with media');
  return trace.media;
}

function codesOf(trace: RequestTrace): Int32Array {
  if (trace.tenant === null) throw new Error('a trace with tenants');
  return trace.tenant.codes;
}

describe('generateMultimodal', () => {
  it('gives the same bytes for the same seed, and others for another', () => {
    const bytes = (seed: number) => encodeRequestTrace(generateMultimodal({ seed, requests: 500 }));
    expect(bytes(7)).toEqual(bytes(7));
    expect(bytes(7)).not.toEqual(bytes(8));
  });

  it('gives the bytes of the shipped trace', () => {
    const bytes = encodeRequestTrace(generateMultimodal());
    expect(Buffer.from(bytes).equals(readFileSync(shipped))).toBe(true);
  });

  it('keeps every column in its range', () => {
    fc.assert(
      fc.property(anySeed, fc.integer({ min: 0, max: 400 }), (seed, requests) => {
        const trace = generateMultimodal({ seed, requests });
        const media = mediaOf(trace);
        expect(trace.count).toBe(requests);
        expect(checkTrace(trace)).toEqual([]);
        expect(trace.arrivalMs.every((at) => Number.isInteger(at))).toBe(true);
        expect(trace.arrivalMs.every((at) => at < (requests / 4.255) * 1000)).toBe(true);
        expect(trace.inputTokens.every((tokens) => tokens >= 1)).toBe(true);
        expect(trace.outputTokens.every((tokens) => tokens >= 1 && tokens <= 2000)).toBe(true);
        expect(media.tokens.every((tokens) => tokens >= 6 && tokens <= 1280)).toBe(true);
        expect(codesOf(trace).every((code) => code >= 0 && code < 19)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('lists the images of each request, at most 49, and accounts for all of them', () => {
    fc.assert(
      fc.property(anySeed, fc.integer({ min: 1, max: 400 }), (seed, requests) => {
        const { offsets, tokens, kind, position } = mediaOf(generateMultimodal({ seed, requests }));
        expect(offsets[0]).toBe(0);
        expect(offsets.at(-1)).toBe(tokens.length);
        for (let row = 0; row < requests; row++) {
          const images = (offsets[row + 1] as number) - (offsets[row] as number);
          expect(images).toBeGreaterThanOrEqual(0);
          expect(images).toBeLessThanOrEqual(49);
        }
        expect(kind.length).toBe(tokens.length);
        expect(position.every((at) => at === 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('derives a 4:3 size of 28 x 28 pixels a token', () => {
    const { width, height, tokens } = mediaOf(generateMultimodal({ requests: 2000 }));
    for (const [i, count] of tokens.entries()) {
      expect(Math.abs((width[i] as number) - (height[i] as number) * (4 / 3))).toBeLessThan(1.2);
      const area = (width[i] as number) * (height[i] as number);
      expect(Math.abs(area - 784 * count)).toBeLessThan(0.02 * 784 * count + 1);
    }
  });

  it('gives each client its rank by requests, whatever the seed', () => {
    for (const seed of [1, 2]) {
      const perClient = new Array<number>(19).fill(0);
      for (const code of codesOf(generateMultimodal({ seed })))
        perClient[code] = perClient[code]! + 1;
      for (let client = 1; client < 19; client++) {
        expect(perClient[client]! / perClient[client - 1]!).toBeCloseTo(0.839, 1);
      }
    }
  });

  it('keeps a client to its application: one of them sends text only', () => {
    const trace = generateMultimodal();
    const { offsets } = mediaOf(trace);
    const withImages = new Set<number>();
    for (const [row, code] of codesOf(trace).entries()) {
      if ((offsets[row + 1] as number) > (offsets[row] as number)) withImages.add(code);
    }
    expect(withImages.size).toBe(18);
  });

  it('scales the duration with the requests, at the same rate', () => {
    const rate = (requests: number) => {
      const { arrivalMs } = generateMultimodal({ requests });
      return requests / ((arrivalMs.at(-1) as number) / 1000);
    };
    expect(rate(4_000)).toBeCloseTo(4.255, 1);
    expect(rate(60_000)).toBeCloseTo(4.255, 1);
  });

  it('says what it is', () => {
    const { meta } = generateMultimodal({ seed: 3, requests: 10 });
    expect(meta).toMatchObject({ kind: 'generated', seed: 3, importOptions: { requests: 10 } });
    expect(meta.notes).toContain('4:3');
  });

  it('refuses requests and seeds that are not integers from 0 up', () => {
    for (const requests of [-1, 1.5, Number.NaN]) {
      expect(() => generateMultimodal({ requests })).toThrow(InputError);
    }
    expect(() => generateMultimodal({ seed: 0.5 })).toThrow(InputError);
  });
});
