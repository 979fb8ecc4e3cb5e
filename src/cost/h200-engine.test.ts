import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnalyticSpec, contextOf } from './analytic-clock.ts';
import { breakDown } from './breakdown.ts';
import { addDecodes, addPrefill, createClock, newStepWork, type StepWork } from './clock.ts';
import { listConstants } from './constants.ts';
import { h200ResearchEngine } from './h200-engine.ts';
import { launchMs } from './profiles.ts';
import { constantsOf } from './spec-constants.ts';

const spec: AnalyticSpec = {
  kind: 'analytic',
  model: 'llama-3.1-8b',
  gpu: 'h200',
  profile: 'h200-research-engine',
};
const clock = createClock(spec);
const layers = 32;

function step(prompts: readonly (readonly [rows: number, cached: number])[], decodes = 0) {
  const work: StepWork = newStepWork(prompts.length, layers);
  for (const [rows, cached] of prompts) addPrefill(work.segments[0]!, rows, rows + cached);
  if (decodes > 0) addDecodes(work.segments[0]!, decodes, 1500 * decodes);
  work.logitRows = work.sequences = prompts.length + decodes;
  return work;
}

describe('the research engine', () => {
  it('takes as long on the fast clock as operation by operation, padding and launches included', () => {
    const prompt = fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 5000 }));
    fc.assert(
      fc.property(
        fc.array(prompt, { maxLength: 5 }),
        fc.integer({ min: 0, max: 140 }),
        (prompts, decodes) => {
          fc.pre(prompts.length + decodes > 0);
          const work = step(prompts, decodes);
          const { totalMs } = breakDown(contextOf(spec), h200ResearchEngine, work);
          expect(Math.abs(clock.stepMs(work) / totalMs - 1)).toBeLessThan(1e-12);
        },
      ),
      { seed: 51, numRuns: 200 },
    );
  });

  it('launches each prompt of a small step by itself', () => {
    const { prefill } = h200ResearchEngine;
    const one = clock.stepMs(step([[64, 0]]));
    expect(one).toBeCloseTo(launchMs(prefill, layers, 1) + prefill.fixedMs, 9);
    const two = clock.stepMs(
      step([
        [32, 0],
        [32, 0],
      ]),
    );
    expect(two - one).toBeCloseTo(prefill.launchMsPerExtraPrompt as number, 9);
  });

  it('hides launches behind the kernels of a large step', () => {
    const { operations } = breakDown(contextOf(spec), h200ResearchEngine, step([[4096, 0]]));
    const kernels = operations.reduce((sum, { ms }) => sum + ms, 0);
    expect(clock.stepMs(step([[4096, 0]]))).toBeCloseTo(
      kernels + h200ResearchEngine.prefill.fixedMs,
      9,
    );
  });

  it('reads KV with its own kernel, and says where its constants are from', () => {
    const listed = new Map(constantsOf(spec).map(({ path, constant }) => [path, constant]));
    for (const { path, constant } of listConstants(h200ResearchEngine.kernels ?? {})) {
      expect(listed.get(path) ?? constant).toEqual(constant);
    }
    expect(contextOf(spec).kernels.constants.decodeAttention.kvShare).toBe(
      h200ResearchEngine.kernels?.decodeAttention?.kvShare?.value,
    );
    const common = contextOf({ ...spec, profile: 'kernels-only' }).kernels.constants;
    expect(common.decodeAttention.kvShare).not.toBe(
      h200ResearchEngine.kernels?.decodeAttention?.kvShare?.value,
    );
    expect(contextOf(spec).kernels.constants.gemm).toEqual(common.gemm);
  });
});
