import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateMultimodal } from '../trace/generators/multimodal.ts';
import { findTraceMirror } from '../trace/mirror.ts';
import { newTrace } from '../trace/new-trace.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { multimodalFidelity } from './fidelity-multimodal.ts';

interface Row {
  arrivalMs: number;
  client: number;
  text: number;
  images: number[];
  output: number;
}

function traceOf(rows: readonly Row[]): RequestTrace {
  const offsets = new Int32Array(rows.length + 1);
  for (const [i, { images }] of rows.entries()) offsets[i + 1] = offsets[i]! + images.length;
  const tokens = Int32Array.from(rows.flatMap(({ images }) => images));
  const unknown = new Int32Array(tokens.length).fill(-1);
  const labels = Array.from({ length: 35 }, (_, client) => `${client}`);
  return newTrace({
    arrivalMs: rows.map((row) => row.arrivalMs),
    inputTokens: rows.map((row) => row.text),
    outputTokens: rows.map((row) => row.output),
    tenant: { codes: Int32Array.from(rows, (row) => row.client), labels },
    media: {
      offsets,
      kind: new Int32Array(tokens.length),
      kinds: ['image'],
      id: unknown,
      width: unknown,
      height: unknown,
      durationMs: unknown,
      tokens,
      position: unknown,
    },
  });
}

function measured(trace: RequestTrace, statistic: string): number {
  const row = multimodalFidelity(trace).find((each) => each.statistic === statistic);
  if (row === undefined) throw new Error(`no statistic ${statistic}`);
  return row.generated;
}

/** Four requests: two bursts 20 s apart; clients 0, 0, 0 and 3. */
const small = traceOf([
  { arrivalMs: 0, client: 0, text: 10, images: [], output: 40 },
  { arrivalMs: 500, client: 0, text: 20, images: [6], output: 30 },
  { arrivalMs: 20_000, client: 3, text: 30, images: [100, 1200], output: 20 },
  { arrivalMs: 20_001, client: 0, text: 40, images: [1280, 1280], output: 10 },
]);

describe('the statistics', () => {
  it('agree with hand counts on four requests', () => {
    expect(measured(small, 'text tokens p50')).toBe(25);
    expect(measured(small, 'tokens of one image, mean')).toBeCloseTo(3866 / 5, 12);
    expect(measured(small, 'total input tokens p50')).toBe((26 + 1330) / 2);
    expect(measured(small, 'requests with 0 images')).toBe(0.25);
    expect(measured(small, 'requests with 2-3 images')).toBe(0.5);
    expect(measured(small, 'images of a request, max')).toBe(2);
    expect(measured(small, 'input tokens that are image tokens')).toBe(3866 / 3966);
    expect(measured(small, 'requests of the largest client')).toBe(0.75);
    expect(measured(small, 'requests of the three largest clients')).toBe(1);
    expect(measured(small, 'Gini coefficient of requests over clients')).toBeCloseTo(0.25, 12);
    expect(measured(small, 'images of 6 tokens or fewer')).toBe(0.2);
    expect(measured(small, 'images at the pixel limit (1,196 tokens or more)')).toBe(0.6);
  });

  it('count windows from the trace start, empty ones included', () => {
    expect(measured(small, 'requests per second, max')).toBe(2);
    // 10 s windows hold 2, 0 and 2 requests: mean 4/3, variance 8/9.
    expect(measured(small, 'requests per 10 s, variance/mean')).toBeCloseTo(2 / 3, 12);
    expect(measured(small, 'requests per 10 s, autocorrelation at lag 2')).toBeCloseTo(1 / 6, 12);
    expect(measured(small, 'input tokens per 10 s p99')).toBeCloseTo(36 + 0.98 * 3894, 9);
  });

  it('rank equal values alike', () => {
    // Image tokens 0, 6, 1300, 2560 ascend, outputs descend; text ascends.
    const image = 'image and output tokens of a request, Spearman correlation';
    expect(measured(small, image)).toBeCloseTo(-1, 12);
    const tied = traceOf(
      [1, 1, 2].map((text, i) => ({ arrivalMs: i, client: 0, text, images: [10 + i], output: 1 })),
    );
    const text = 'text and image tokens of a request, Spearman correlation';
    expect(measured(tied, text)).toBeCloseTo(Math.sqrt(3) / 2, 12);
  });
});

describe('multimodalFidelity', () => {
  it('accepts every fitted statistic of the default trace', () => {
    const missed = multimodalFidelity(generateMultimodal()).filter((row) => row.fitted && !row.ok);
    expect(missed.map((row) => row.statistic)).toEqual([]);
  });

  it('keeps fitted and unfitted statistics apart', () => {
    const rows = multimodalFidelity(generateMultimodal());
    expect(rows.filter((row) => row.fitted)).toHaveLength(30);
    expect(rows.filter((row) => !row.fitted)).toHaveLength(17);
  });

  it('finds no difference between a trace and itself', () => {
    const trace = generateMultimodal({ requests: 3000 });
    for (const row of multimodalFidelity(trace, trace))
      expect(row).toMatchObject({ difference: 0 });
  });

  it('notices outputs that are a tenth too long, and only in the outputs', () => {
    const trace = generateMultimodal();
    const outputTokens = trace.outputTokens.map((tokens) => Math.round(tokens * 1.1));
    const missed = multimodalFidelity({ ...trace, outputTokens }).filter(
      (row) => row.fitted && !row.ok,
    );
    expect(missed.map((row) => row.statistic)).toContain('output tokens, mean');
    expect(missed.every((row) => row.statistic.startsWith('output tokens'))).toBe(true);
  });
});

const mirror = findTraceMirror();
const file = mirror && join(mirror, 'multimodal', 'servegen_mm_image_1h_third.csv');
const present = file !== null && existsSync(file);
const reason = present ? '' : ' (skipped: no trace mirror with multimodal/)';

describe.skipIf(!present)(`against the sampled hour${reason}`, () => {
  const rows = (): Row[] =>
    readFileSync(file as string, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => {
        const [, arrivalMs, client, text, , images, output] = line.split(',');
        return {
          arrivalMs: Number(arrivalMs),
          client: Number(client),
          text: Number(text),
          images: images ? images.split('|').map(Number) : [],
          output: Number(output),
        };
      });

  it('embeds the aggregates that the file has', () => {
    for (const row of multimodalFidelity(traceOf(rows()))) {
      const rounding = row.unit === 'ratio' ? 0.001 : 0.005;
      expect(Math.abs(row.difference), row.statistic).toBeLessThan(rounding);
    }
  });

  it('accepts every fitted statistic of the default trace', () => {
    const original = traceOf(rows());
    const missed = multimodalFidelity(generateMultimodal(), original).filter(
      (row) => row.fitted && !row.ok,
    );
    expect(missed.map((row) => row.statistic)).toEqual([]);
  });
});
