import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageTokens } from './image-tokens.ts';
import { modelNamed } from './models.ts';

const miniCpm = modelNamed('minicpm-v-2.6');
const internVl2 = modelNamed('internvl2-8b');
const qwen2Vl = modelNamed('qwen2-vl-7b');

describe('imageTokens', () => {
  // EPD (arXiv 2501.05460) Table 2 and the run log of its code.
  it.each([
    [313, 234, 1, 69, 13, 3330],
    [787, 444, 3, 202, 3, 770],
    [4032, 3024, 10, 666, 13, 3330],
  ])('cuts %d x %d as the EPD paper counts', (width, height, slices, tokens, tiles, tileTokens) => {
    expect(imageTokens(miniCpm, width, height)).toMatchObject({ tiles: slices, tokens });
    expect(imageTokens(internVl2, width, height)).toMatchObject({ tiles, tokens: tileTokens });
  });

  it.each([
    [640, 480, 3, 13],
    [1280, 720, 7, 9],
    [1920, 1080, 9, 9],
    [1000, 1000, 5, 10],
  ])('cuts %d x %d into the tiles of the public code', (width, height, slices, tiles) => {
    expect(imageTokens(miniCpm, width, height).tiles).toBe(slices);
    expect(imageTokens(internVl2, width, height).tiles).toBe(tiles);
  });

  it('gives LLaVA 576 tokens for any image', () => {
    expect(imageTokens(modelNamed('llava-1.5-7b'), 4032, 3024)).toEqual({
      tiles: 1,
      tokens: 576,
      encoderRows: 577,
    });
  });

  it('gives Qwen2-VL one token per 28 px square within its limits', () => {
    expect(imageTokens(qwen2Vl, 560, 280)).toEqual({ tiles: 1, tokens: 202, encoderRows: 800 });
    fc.assert(
      fc.property(
        fc.integer({ min: 28, max: 8000 }),
        fc.integer({ min: 28, max: 8000 }),
        (w, h) => {
          fc.pre(Math.max(w, h) / Math.min(w, h) < 50);
          const squares = imageTokens(qwen2Vl, w, h).tokens - 2;
          expect(squares).toBeGreaterThanOrEqual(4);
          expect(squares).toBeLessThanOrEqual(1280);
        },
      ),
    );
  });

  it('stays within 13 tiles and 10 slices, with the tokens that belong to them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 9000 }), (w, h) => {
        const internVl = imageTokens(internVl2, w, h);
        expect(internVl.tiles).toBeLessThanOrEqual(13);
        expect(internVl.tokens).toBe(256 * internVl.tiles + 2);
        expect(internVl.encoderRows).toBe(1025 * internVl.tiles);
        expect(imageTokens(miniCpm, w, h).tiles).toBeLessThanOrEqual(10);
      }),
    );
  });

  it('refuses images for a text model and sides of zero', () => {
    expect(() => imageTokens(modelNamed('qwen2-7b'), 10, 10)).toThrow('takes no images');
    expect(() => imageTokens(internVl2, 0, 10)).toThrow('sides above 0');
  });
});
