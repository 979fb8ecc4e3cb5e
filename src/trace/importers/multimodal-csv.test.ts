import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTraceMirror } from '../mirror.ts';
import { traceStatistics } from '../statistics.ts';
import { importTrace } from './index.ts';
import { fuzzImporter, importerOf, scratchFolder } from './testing.ts';

const run = importerOf('multimodal-csv', scratchFolder());
const header = 'request_id,arrival_ms,client_id,text_tokens,num_images,image_tokens,output_tokens';
const sound = [header, '0,38,5,90,1,1196,7', '1,69,12,1549,0,,14', '2,69,5,90,3,6|180|432,9'].join(
  '\n',
);

describe('importMultimodalCsv', () => {
  it('reads text, images and clients', async () => {
    const { media, tenant, ...trace } = await run(sound);
    expect([...trace.arrivalMs]).toEqual([38, 69, 69]);
    expect([...trace.inputTokens]).toEqual([90, 1549, 90]);
    expect([...trace.outputTokens]).toEqual([7, 14, 9]);
    expect([...(media?.offsets ?? [])]).toEqual([0, 1, 1, 4]);
    expect([...(media?.tokens ?? [])]).toEqual([1196, 6, 180, 432]);
    expect([...(media?.id ?? [])]).toEqual([-1, -1, -1, -1]);
    expect(Array.from(tenant?.codes ?? [], (code) => tenant?.labels[code])).toEqual([
      'client 5',
      'client 12',
      'client 5',
    ]);
    expect(trace.meta.kind).toBe('sampled');
  });

  it('refuses a number of images that does not match their list', async () => {
    const text = `${header}\n0,38,5,90,2,1196,7`;
    await expect(run(text)).rejects.toThrow(/1 image_tokens for 2 images .*line 2/);
  });

  it('refuses a request id twice', async () => {
    const text = `${header}\n0,38,5,90,0,,7\n0,39,5,90,0,,7`;
    await expect(run(text)).rejects.toThrow(/request-id-unique broken by 0 .*row 1/);
  });

  it('survives damaged input', async () => {
    await fuzzImporter(run, sound);
  });
});

const mirror = findTraceMirror();
describe.skipIf(!mirror)('importMultimodalCsv on the ServeGen samples (needs a mirror)', () => {
  const files = [
    ['servegen_mm_image_peak_20min.csv', 15_399, 22_204, 571.7, 49],
    ['servegen_mm_image_1h_third.csv', 15_318, 22_384, 555.3, 48],
  ] as const;
  for (const [file, requests, images, mean, most] of files) {
    it(`finds ${images} images in ${file}`, async () => {
      const path = join(mirror as string, 'multimodal', file);
      const { media, ...rest } = traceStatistics(await importTrace('multimodal-csv', path));
      expect(rest.requests).toBe(requests);
      expect(media).toMatchObject({ count: images, per_request: { max: most } });
      expect(media?.tokens_each.mean).toBeCloseTo(mean, 1);
      expect(rest.input_tokens).toMatchObject({ p50: 94, max: 3518 });
    });
  }
});
