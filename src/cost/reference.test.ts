import { describe, expect, it } from 'vitest';
import { contextOf } from './analytic-clock.ts';
import { breakDown } from './breakdown.ts';
import { addDecodes, addPrefill, createClock, type DecodeLine, newStepWork } from './clock.ts';
import { profileNamed } from './profiles.ts';
import { referencePredictions } from './reference-predictions.fixture.ts';

const columns: Record<string, readonly string[]> = {
  head: ['lm-head', 'embedding', 'final-norm'],
  qkv: ['qkv'],
  o: ['attention-output'],
  up: ['ffn-up'],
  down: ['ffn-down'],
  act: ['activation'],
  attn: ['attention-prefill', 'attention-decode'],
  norm: ['norm'],
  rope: ['rope'],
  add: ['residual-add'],
  ar: ['all-reduce'],
  moe: ['experts', 'router'],
};

const rows = referencePredictions
  .trim()
  .split('\n')
  .map((line) => line.split(','));

describe('the published predictions', () => {
  it('are all here', () => {
    expect(rows.length).toBe(81);
  });

  it.each(rows)('%s tp %s %s %s x %s after %s within 0.1 %%', (...row) => {
    const [model, tp, phase, batch, newTokens, context, total, ...perOperation] = row as string[];
    const spec = { kind: 'analytic', model: model!, gpu: 'a100-80gb', tp: Number(tp) } as const;
    const work = newStepWork(0, contextOf(spec).shard.model.layers);
    const segment = work.segments[0]!;
    work.sequences = work.logitRows = Number(batch);
    if (phase === 'decode') addDecodes(segment, Number(batch), Number(batch) * Number(context));
    else addPrefill(segment, Number(newTokens), Number(newTokens) + Number(context));

    const { operations, kernelsMs } = breakDown(
      contextOf(spec),
      profileNamed('kernels-only'),
      work,
    );
    const clock = createClock({ ...spec, profile: 'kernels-only' });
    for (const ms of [kernelsMs, clock.stepMs(work)]) {
      expect(Math.abs(ms / Number(total) - 1)).toBeLessThan(1e-3);
    }
    for (const [i, names] of Object.values(columns).entries()) {
      const published = Number(perOperation[i] || 0);
      const ours = operations.reduce((sum, o) => sum + (names.includes(o.name) ? o.ms : 0), 0);
      // The printed figures have five decimals.
      expect(Math.abs(ours - published)).toBeLessThan(1e-3 * published + 6e-6);
    }
  });
});

// The composed coefficients printed with the calibration.
const coefficients = [
  ['llama2-70b', 8, [15.46, 15.87, 17.6, 20.35, 26.65], 26.68, [26, 69, 245.4, 975.7, 4568.2], 77],
  [
    'llama2-70b',
    4,
    [25.86, 26.35, 28.64, 32.58, 42.11],
    53.36,
    [41.1, 109.3, 401, 1636.8, 7922.8],
    125.1,
  ],
  [
    'llama-65b',
    8,
    [14.9, 15.42, 17.46, 20.6, 27.65],
    213.42,
    [25.2, 67, 237.8, 945.5, 4447.3],
    78.1,
  ],
  [
    'llama-65b',
    4,
    [24.75, 25.44, 28.36, 33.09, 44.11],
    426.84,
    [39.6, 105.2, 385.8, 1576.6, 7682.6],
    127.5,
  ],
  [
    'llama3-8b',
    1,
    [10.77, 10.93, 11.78, 13.28, 17.01],
    85.37,
    [15.7, 39.7, 147.3, 648.8, 3727.6],
    53,
  ],
  [
    'llama2-7b',
    1,
    [9.68, 9.98, 11.23, 13.24, 17.88],
    341.47,
    [14.3, 36.9, 138.5, 615.5, 3596.1],
    54.8,
  ],
  [
    'mixtral-8x7b',
    4,
    [6.54, 15.37, 17.08, 18.46, 22.04],
    21.34,
    [21.7, 34.2, 109.5, 426, 1965.7],
    37.5,
  ],
] as const;

describe('the published composed coefficients', () => {
  it.each(coefficients)(
    '%s tp %i: A(b), B and prefill times',
    (model, tp, a, bUs, prefill, chunk) => {
      const clock = createClock({
        kind: 'analytic',
        model,
        gpu: 'a100',
        tp,
        profile: 'kernels-only',
      });
      const layers = contextOf({ kind: 'analytic', model, gpu: 'a100', tp }).shard.model.layers;
      const line: DecodeLine = { aMs: 0, bMs: 0, validTo: 0 };
      for (const [i, batch] of [1, 8, 32, 64, 128].entries()) {
        clock.decode(batch, 1000, line);
        expect(Math.abs(line.aMs - a[i]!)).toBeLessThan(0.0051 + 1e-4 * a[i]!);
        expect(Math.abs(line.bMs * 1e6 - bUs)).toBeLessThan(0.0051);
      }
      const prefillMs = (rows: number, cached: number) => {
        const work = newStepWork(1, layers);
        addPrefill(work.segments[0]!, rows, rows + cached);
        work.sequences = work.logitRows = 1;
        return clock.stepMs(work);
      };
      for (const [i, rows] of [128, 512, 2048, 8192, 32768].entries()) {
        expect(Math.abs(prefillMs(rows, 0) - prefill[i]!)).toBeLessThan(0.051);
      }
      expect(Math.abs(prefillMs(512, 8192) - chunk)).toBeLessThan(0.051);
    },
  );
});
