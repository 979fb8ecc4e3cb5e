import { describe, expect, it } from 'vitest';
import { modelNamed } from '../model/models.ts';
import { type AnalyticSpec, contextOf } from './analytic-clock.ts';
import { breakDown } from './breakdown.ts';
import { addDecodes, addPrefill, newStepWork, type StepWork } from './clock.ts';
import { listConstants, valuesOf } from './constants.ts';
import { Kernels, kernelTree } from './kernels.ts';
import { profileNamed } from './profiles.ts';
import { constantsOf, fixedConstantsOf, profileConstants } from './spec-constants.ts';

const spec = (changes: Partial<AnalyticSpec> = {}): AnalyticSpec => ({
  kind: 'analytic',
  model: 'llama-2-70b',
  gpu: 'a100-80gb',
  tp: 8,
  ...changes,
});

/** Rounds of few and of many sequences, a short prompt, a long one, and one on a cached prefix. */
function probes(layers: number): StepWork[] {
  return [
    { rows: 0, cached: 0, sequences: 1 },
    { rows: 0, cached: 0, sequences: 200 },
    { rows: 16, cached: 0, sequences: 4 },
    { rows: 5000, cached: 0, sequences: 0 },
    { rows: 500, cached: 4000, sequences: 0 },
  ].map(({ rows, cached, sequences }) => {
    const work = newStepWork(1, layers);
    const segment = work.segments[0]!;
    if (rows > 0) addPrefill(segment, rows, rows + cached);
    if (sequences > 0) addDecodes(segment, sequences, 3000 * sequences);
    work.sequences = work.logitRows = sequences + (rows > 0 ? 1 : 0);
    return work;
  });
}

/** Kernel constants whose change alone changes the time of some step. */
function influential(given: AnalyticSpec): string[] {
  const context = contextOf(given);
  const tree = kernelTree(given.variant);
  const works = probes(modelNamed(given.model).layers);
  const times = (changed: string) => {
    const values = valuesOf(tree, ({ path, constant: { value } }) =>
      path === changed ? 0.7 * value + 0.01 : value,
    );
    const kernels = new Kernels(context.kernels.gpu, values);
    return works.map(
      (work) => breakDown({ ...context, kernels }, profileNamed('none'), work).totalMs,
    );
  };
  const published = times('none of them').join();
  return listConstants(tree).flatMap(({ path }) =>
    times(path).join() === published ? [] : [path],
  );
}

const kernelPaths = (given: AnalyticSpec) =>
  constantsOf(given).flatMap(({ path }) => (path.startsWith('profile.') ? [] : [path]));

describe('constantsOf', () => {
  it.each([
    spec(),
    spec({ allReduce: 'nccl', mhaCap: true, profile: 'cpp-eager-nccl' }),
    spec({ model: 'opt-13b', tp: 1 }),
    spec({ model: 'deepseek-moe-16b', tp: 2, variant: 'gemm-microbenchmark' }),
  ])('are the kernel constants that change some step, and no other: %o', (given) => {
    expect(kernelPaths(given).sort()).toEqual(influential(given).sort());
  });

  it("take a variant's constants in the place of the common ones", () => {
    const of = (variant: string) =>
      constantsOf(spec({ variant })).find(({ path }) => path === 'gemm.flopsShare')?.constant;
    expect(of('vllm-0.14')?.value).toBe(0.744);
    expect(of('gemm-microbenchmark')?.value).toBe(0.858);
  });

  it('end with the terms of the engine profile, each with unit and source', () => {
    const terms = constantsOf(spec({ profile: 'vllm-2023' })).slice(-8);
    expect(terms).toEqual(profileConstants(profileNamed('python-eager-ray-2023')));
    expect(terms.find(({ path }) => path.endsWith('decode.launchMsPerLayer'))).toEqual({
      path: 'profile.python-eager-ray-2023.decode.launchMsPerLayer',
      constant: {
        value: 0.36,
        unit: 'ms per layer',
        source: 'Mutinifni/splitwise-sim@8f99e7dc perf_model.csv',
      },
    });
  });

  it('name the published claims that the terms of a phase were set from', () => {
    const profile = profileNamed('default');
    const { decode, prefill } = profile.fits;
    const fits = { prefill, decode: { ...decode, setFrom: ['some-paper/figure-3'] } };
    const terms = profileConstants({ ...profile, fits });
    expect(terms.slice(0, 4).map(({ constant }) => constant.setFrom)).toEqual(
      Array(4).fill(['some-paper/figure-3']),
    );
    expect(terms.slice(4).some(({ constant }) => 'setFrom' in constant)).toBe(false);
  });

  it('refuse a model that there is not', () => {
    expect(() => constantsOf(spec({ model: 'llama-2-71b' }))).toThrow('did you mean');
  });
});

describe('fixedConstantsOf', () => {
  it('are those that every draw leaves as published', () => {
    const given = spec({ variant: 'sglang-0.5.10' });
    const fixed = fixedConstantsOf(given).map(({ path }) => path);
    expect(fixed).toContain('decodeAttention.kvShare');
    expect(fixed).not.toContain('gemm.flopsShare');
    const published = contextOf(given).kernels.constants;
    const drawn = contextOf({ ...given, draw: 5 }).kernels.constants;
    expect(drawn.decodeAttention.kvShare).toBe(published.decodeAttention.kvShare);
    expect(drawn.gemm.flopsShare).not.toBe(published.gemm.flopsShare);
  });
});
