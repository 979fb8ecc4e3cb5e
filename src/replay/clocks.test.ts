import { describe, expect, it } from 'vitest';
import { createClock } from '../cost/clock.ts';
import { addDecodes, addPrefill, newStepWork, type StepClock } from '../cost/work.ts';
import { type ClockTarget, clockKinds } from './clocks.ts';

const target: ClockTarget = {
  model: 'llama-3.1-8b',
  gpu: 'a100-80gb',
  tp: 1,
  profile: 'modern-cuda-graphs',
};

function clockOf(kind: string, parameters: object = {}, changes: Partial<ClockTarget> = {}) {
  return clockKinds.create({ kind, ...parameters }, { seed: 1 })({ ...target, ...changes });
}

/** Times of a decode round, of three sizes and as a line, of a prompt, and of both in one step. */
function times(clock: StepClock): number[] {
  const steps = [
    { prompts: [], decodes: 1, context: 100_000 },
    { prompts: [], decodes: 7, context: 7000 },
    { prompts: [], decodes: 300, context: 2_000_000 },
    { prompts: [5000, 3], decodes: 0, context: 0 },
    { prompts: [800], decodes: 40, context: 90_000 },
  ].map(({ prompts, decodes, context }) => {
    const work = newStepWork(1, 32);
    const segment = work.segments[0]!;
    for (const rows of prompts) addPrefill(segment, rows, rows);
    if (decodes > 0) addDecodes(segment, decodes, context);
    work.logitRows = prompts.length + decodes;
    work.sequences = prompts.length + decodes;
    return clock.stepMs(work);
  });
  const line = { aMs: 0, bMs: 0, validTo: 0 };
  clock.decode(40, 90_000, line);
  return [...steps, line.aMs, line.bMs];
}

describe('clockKinds', () => {
  it.each([
    ['affine', { roundMs: 3, perSequenceMs: 0.5, perContextTokenMs: 1e-4, prefillBatchMs: 2 }],
    ['roofline-max', { parameters: 1e9, layers: 16, hidden: 2048, bytesShare: 0.3, fixedMs: 9 }],
  ])('hand every parameter of %s to the cost model', (kind, parameters) => {
    const direct = createClock({ kind, prefillTokenMs: 0.1, ...parameters } as never);
    expect(times(clockOf(kind, parameters))).toEqual(times(direct));
  });

  it('build the calibrated clock for the group: model, GPU, degree and profile', () => {
    const direct = createClock({ kind: 'analytic', ...target });
    expect(times(clockOf('analytic'))).toEqual(times(direct));
    for (const changes of [
      { model: 'llama-3.1-70b' },
      { gpu: 'h100-sxm' },
      { tp: 2 },
      { profile: 'kernels-only' },
    ]) {
      expect(times(clockOf('analytic', {}, changes))).not.toEqual(times(direct));
    }
  });

  it.each(['affine', 'roofline-max'])('give %s the same times for every group', (kind) => {
    const other = { model: 'llama-3.1-70b', tp: 8 };
    expect(times(clockOf(kind, {}, other))).toEqual(times(clockOf(kind)));
  });

  it.each(
    ['affine', 'roofline-max'].flatMap((kind) =>
      Object.entries(clockKinds.named(kind).parameters).map(([name, parameter]) => ({
        kind,
        name,
        preset: parameter.default as number,
      })),
    ),
  )('let $name of $kind change the time of some step', ({ kind, name, preset }) => {
    const changed = clockOf(kind, { [name]: preset === 0 ? 1 : preset / 2 });
    expect(times(changed)).not.toEqual(times(clockOf(kind)));
  });

  it('let the choices of the calibrated clock change the time of some step', () => {
    const two = times(clockOf('analytic', {}, { tp: 2 }));
    expect(times(clockOf('analytic', { allReduce: 'nccl' }, { tp: 2 }))).not.toEqual(two);
    const capped = { model: 'llama-2-7b' };
    expect(times(clockOf('analytic', { mhaCap: true }, capped))).not.toEqual(
      times(clockOf('analytic', {}, capped)),
    );
    const { variant } = clockKinds.named('analytic').parameters;
    const variants = variant?.type === 'choice' ? variant.choices : [];
    expect(variants.length).toBeGreaterThan(1);
    const distinct = new Set(
      variants.map((name) => {
        // A GPU without a variant takes its common kernels.
        const target = name.endsWith('-h200') ? { gpu: 'h200' } : {};
        return times(clockOf('analytic', { variant: name }, target)).join();
      }),
    );
    expect(distinct.size).toBe(variants.length);
  });

  it('draw the calibrated clock as the cost model does, whatever the seed', () => {
    const direct = createClock({ kind: 'analytic', ...target, draw: 3 });
    expect(times(clockOf('analytic', { draw: 3 }))).toEqual(times(direct));
    const seeded = clockKinds.create({ kind: 'analytic', draw: 3 }, { seed: 8 })(target);
    expect(times(seeded)).toEqual(times(direct));
    expect(times(clockOf('analytic', { draw: 0 }))).toEqual(times(clockOf('analytic')));
    expect(times(clockOf('analytic', { draw: 4 }))).not.toEqual(times(direct));
  });

  it.each(['layers', 'flopsPerS', 'flopsShare', 'bytesPerS', 'bytesShare'])(
    'refuse 0 for %s: no step would ever end',
    (name) => {
      expect(() => clockOf('roofline-max', { [name]: 0 })).toThrow(name);
    },
  );
});
