import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClock } from './clock.ts';
import { mooncakeNodeClock, mooncakeNodeConstants } from './mooncake-node.ts';
import { addDecodes, addPrefill, newStepWork, type StepClock, type StepWork } from './work.ts';

fc.configureGlobal({ seed: 52, numRuns: 200 });

const node = { model: 'llama-3.1-70b', gpu: 'a800-80gb', tp: 8 };
const clock = mooncakeNodeClock(node, false);
const loading = mooncakeNodeClock(node, true);

/** Mooncake (FAST'25), Fig. 14, seconds: prefill with 0 % and 95 % cached, 128 rounds after each. */
const fig14 = [
  { tokens: 8, whole: 0.97, cached: 0.141, rounds: [3.43, 3.4] },
  { tokens: 16, whole: 2.08, cached: 0.227, rounds: [3.43, 3.45] },
  { tokens: 32, whole: 4.44, cached: 0.411, rounds: [3.53, 3.52] },
  { tokens: 64, whole: 10.58, cached: 0.886, rounds: [3.67, 3.66] },
  { tokens: 128, whole: 27.5, cached: 2.34, rounds: [3.91, 3.95] },
].map((row) => ({ ...row, tokens: 1024 * row.tokens }));

/** arXiv 2407.00079v3, Fig. 2: rounds of 1 to 16 sequences at 8k tokens, the longest is 1. */
const growth = [
  0.801, 0.802, 0.802, 0.826, 0.832, 0.84, 0.861, 0.876, 0.891, 0.918, 0.936, 0.938, 0.96, 1, 0.992,
  0.995,
];

interface Prompt {
  readonly rows: number;
  readonly keys: number;
}

function stepOf(prompts: readonly Prompt[], decodes = 0, context = 0): StepWork {
  const work = newStepWork(1, 80);
  for (const { rows, keys } of prompts) addPrefill(work.segments[0]!, rows, keys);
  if (decodes > 0) addDecodes(work.segments[0]!, decodes, context);
  work.logitRows = prompts.length + decodes;
  work.sequences = prompts.length + decodes;
  return work;
}

function promptMs(of: StepClock, tokens: number, cached = 0): number {
  return of.stepMs(stepOf([{ rows: tokens - cached, keys: tokens }]));
}

function roundMs(of: StepClock, batch: number, context: number): number {
  return of.stepMs(stepOf([], batch, context));
}

/** Relative miss, per cent to one decimal. */
function missPercent(ours: number, published: number): number {
  return Math.round(1000 * (ours / published - 1)) / 10;
}

describe('mooncakeNodeClock', () => {
  it('takes what the fit takes for prompts without cache, within 2 % of the figure', () => {
    const seconds = fig14.map(({ tokens }) => promptMs(clock, tokens) / 1000);
    const rounded = seconds.map((one) => Math.round(100 * one) / 100);
    expect(rounded).toEqual([0.97, 2.05, 4.49, 10.57, 27.46]);
    const misses = fig14.map(({ whole }, i) => missPercent(seconds[i] as number, whole));
    expect(misses).toEqual([0.5, -1.5, 1.2, -0.1, -0.1]);
  });

  it('misses prompts of which 95 % are cached by the load of the prefix, unless that is on', () => {
    const misses = (of: StepClock) =>
      fig14.map(({ tokens, cached }) => {
        const seconds = promptMs(of, tokens, Math.round(0.95 * tokens)) / 1000;
        return missPercent(seconds, cached);
      });
    expect(misses(clock)).toEqual([-63.7, -50.7, -36.2, -23.4, -15.6]);
    expect(misses(loading)).toEqual([1.3, -2.2, -0.4, 1.5, 0.1]);
  });

  it('takes what 128 rounds at batch 1 took, within 1 %', () => {
    for (const { tokens, rounds } of fig14) {
      let ms = 0;
      for (let k = 1; k <= 128; k++) ms += roundMs(clock, 1, tokens + k);
      for (const published of rounds)
        expect(Math.abs(ms / 1000 / published - 1)).toBeLessThan(0.01);
    }
  });

  it('grows with the batch as the other model does, within 3.2 %', () => {
    const one = roundMs(clock, 1, 8192);
    growth.forEach((published, i) => {
      const ours = roundMs(clock, i + 1, 8192 * (i + 1)) / one;
      expect(Math.abs(ours / (published / 0.801) - 1)).toBeLessThan(0.032);
    });
    expect(roundMs(clock, 16, 16 * 8192) / one).toBeCloseTo(1.2415, 4);
  });

  it('has the constants that the columns give', () => {
    // Slope through the first point of the growth, and line through the ten decode means.
    const slope =
      growth.reduce((sum, v, i) => sum + i * (v - 0.801), 0) /
      growth.reduce((sum, _, i) => sum + i * i, 0) /
      0.801;
    const { roundMs: base, sequenceMs, kvMs } = mooncakeNodeConstants;
    const one = base.value + sequenceMs.value + 8192 * kvMs.value;
    expect(sequenceMs.value + 8192 * kvMs.value).toBeCloseTo(slope * one, 3);
    const points = fig14.flatMap(({ tokens, rounds }) =>
      rounds.map((seconds) => ({ context: tokens + 64.5, ms: (1000 * seconds) / 128 })),
    );
    // At the least squares of relative errors, they are orthogonal to both features.
    const error = ({ context, ms }: (typeof points)[number]) =>
      (base.value + sequenceMs.value + kvMs.value * context) / ms - 1;
    const mean = points.reduce((sum, point) => sum + error(point) / point.ms, 0);
    const tilt = points.reduce((sum, point) => sum + (error(point) * point.context) / point.ms, 0);
    expect(Math.abs(mean)).toBeLessThan(1e-5);
    expect(Math.abs(tilt) / 131_072).toBeLessThan(1e-5);
  });

  it('prices a round as its line and as a step alike', () => {
    const line = { aMs: 0, bMs: 0, validTo: 0 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 9000 }),
        (b, each) => {
          clock.decode(b, b * each, line);
          expect(line.validTo).toBe(Number.POSITIVE_INFINITY);
          expect(line.aMs + line.bMs * b * each).toBeCloseTo(roundMs(clock, b, b * each), 9);
        },
      ),
    );
  });

  const prompt = fc
    .record({ rows: fc.integer({ min: 1, max: 20_000 }), cached: fc.nat(20_000) })
    .map(({ rows, cached }) => ({ rows, keys: rows + cached }));

  it('adds up prompts of a step, and chunks of a prompt, above one pass over the weights', () => {
    fc.assert(
      fc.property(fc.array(prompt, { minLength: 1, maxLength: 4 }), (prompts) => {
        const pass = mooncakeNodeConstants.roundMs.value;
        const each = prompts.map((one) => clock.stepMs(stepOf([one])));
        const together = clock.stepMs(stepOf(prompts));
        expect(Math.min(...each)).toBeGreaterThanOrEqual(pass);
        if (Math.min(...each) > pass) {
          expect(together).toBeCloseTo(
            each.reduce((sum, one) => sum + one, 0),
            6,
          );
        }
        expect(together).toBeLessThanOrEqual(each.reduce((sum, one) => sum + one, 0) + 1e-6);
      }),
    );
    const chunks = promptMs(clock, 4096) + promptMs(clock, 8192, 4096);
    expect(chunks).toBeCloseTo(promptMs(clock, 8192), 9);
  });

  it('never takes less for more: a prompt, a sequence or context joining a step', () => {
    const batch = fc.integer({ min: 0, max: 64 });
    fc.assert(
      fc.property(fc.array(prompt, { maxLength: 3 }), prompt, batch, (prompts, more, b) => {
        const context = 1000 * b;
        const ms = clock.stepMs(stepOf(prompts, b, context));
        expect(clock.stepMs(stepOf([...prompts, more], b, context))).toBeGreaterThanOrEqual(ms);
        expect(clock.stepMs(stepOf(prompts, b + 1, context + 1))).toBeGreaterThan(ms);
      }),
    );
  });

  it('refuses what was not measured', () => {
    expect(() => mooncakeNodeClock({ ...node, model: 'llama-3.1-8b' }, false)).toThrow(
      /llama-3.1-8b/,
    );
    expect(() => mooncakeNodeClock({ ...node, gpu: 'a100-80gb' }, false)).toThrow(/8 x a800/);
    expect(() => mooncakeNodeClock({ ...node, tp: 4 }, false)).toThrow(/4 x a800/);
    const two = stepOf([{ rows: 10, keys: 10 }]);
    two.segments.push(...stepOf([{ rows: 10, keys: 10 }]).segments);
    expect(() => clock.stepMs(two)).toThrow(/2 segments/);
  });

  // Two named settings of one node: neither was fitted to the other.
  it('is a tenth faster in prompts than the analytic clock, and between its engines in rounds', () => {
    const near = (values: readonly number[], least: number, most: number) => {
      expect(Math.min(...values)).toBeGreaterThan(least);
      expect(Math.max(...values)).toBeLessThan(most);
    };
    const compare = (profile: string) => {
      const analytic = createClock({ kind: 'analytic', ...node, profile });
      return {
        prompts: fig14.map(({ tokens }) => promptMs(analytic, tokens) / promptMs(clock, tokens)),
        rounds: fig14.map(({ tokens }) => roundMs(analytic, 1, tokens) / roundMs(clock, 1, tokens)),
      };
    };
    const graphs = compare('modern-cuda-graphs');
    const eager = compare('vllm-early-2024');
    near(graphs.prompts, 1.08, 1.14);
    near(eager.prompts, 1.08, 1.14);
    near(graphs.rounds, 0.66, 0.69);
    near(eager.rounds, 1.17, 1.37);
  });
});
