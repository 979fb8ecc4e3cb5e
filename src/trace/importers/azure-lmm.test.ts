import { describe, expect, it } from 'vitest';
import { fuzzImporter, importerOf, scratchFolder } from './testing.ts';

const run = importerOf('azure-lmm', scratchFolder());
const header = 'TIMESTAMP,NumImages,ContextTokens,GeneratedTokens';
/** Rows as the published notebook prints them; the dates are made up. */
const sound = [
  header,
  '2024-10-15T12:00:00.269Z,0,770,491',
  '2024-10-15T12:00:00.300Z,1,949,126',
  '2024-10-15T12:00:01.269Z,16,4564,137',
  '2024-10-15T12:00:02.269Z,1,1724,28',
].join('\n');

describe('importAzureLmm', () => {
  it('takes the root of NumImages and the images out of ContextTokens', async () => {
    const { media, ...trace } = await run(sound);
    expect([...trace.arrivalMs]).toEqual([0, 31, 1000, 2000]);
    expect([...(media?.offsets ?? [])]).toEqual([0, 0, 1, 5, 6]);
    // 949 leaves 8 of text, 4564 / 4 images too; 1724 holds a whole image of 1105.
    expect([...(media?.tokens ?? [])]).toEqual([941, 1105, 1105, 1105, 1105, 1105]);
    expect([...trace.inputTokens]).toEqual([770, 8, 144, 619]);
    expect(trace.meta.columnKinds.media).toBe('generated');
    expect(media?.kinds).toEqual(['image']);
  });

  it('keeps every prompt at its published length', async () => {
    const trace = await run(sound, { imageTokens: 765 });
    const totals = [...trace.inputTokens].map((text, row) => {
      const images = trace.media?.tokens.slice(
        trace.media.offsets[row],
        trace.media.offsets[row + 1],
      );
      return images?.reduce((sum, tokens) => sum + tokens, text);
    });
    expect(totals).toEqual([770, 949, 4564, 1724]);
  });

  it('takes NumImages as it is where asked', async () => {
    const { media } = await run(sound, { numImagesTransform: 'identity' });
    expect([...(media?.offsets ?? [])]).toEqual([0, 0, 1, 17, 18]);
  });

  it('refuses a count that is no perfect square, unless taken as it is', async () => {
    const text = `${header}\n2024-10-15T12:00:00Z,15,4564,137`;
    await expect(run(text)).rejects.toThrow(/bad value 15 .*line 2, column NumImages\): a perfect/);
    await expect(run(text, { numImagesTransform: 'identity' })).resolves.toMatchObject({
      count: 1,
    });
  });

  it('refuses images without tokens for them', async () => {
    const text = `${header}\n2024-10-15T12:00:00Z,4,9,1`;
    await expect(run(text)).rejects.toThrow(/9 ContextTokens for 2 images .*line 2/);
  });

  it('survives damaged input', async () => {
    await fuzzImporter(run, sound);
  });
});
