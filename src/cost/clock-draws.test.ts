import { describe, expect, it } from 'vitest';
import { contextOf } from './analytic-clock.ts';
import { breakDown } from './breakdown.ts';
import { addDecodes, addPrefill, createClock, newStepWork, type StepWork } from './clock.ts';
import { profileNamed } from './profiles.ts';

const a100 = { kind: 'analytic', gpu: 'a100-80gb' } as const;

/** Decoding sequences, beside a prompt where it has rows. */
function stepWork(layers: number, batch: number, context: number, promptRows = 0): StepWork {
  const work = newStepWork(1, layers);
  const segment = work.segments[0]!;
  if (promptRows > 0) addPrefill(segment, promptRows, promptRows);
  addDecodes(segment, batch, context);
  work.sequences = work.logitRows = batch + (promptRows > 0 ? 1 : 0);
  return work;
}

describe('a draw of the analytic clock', () => {
  it('adds up what the breakdown lists', () => {
    const spec = {
      ...a100,
      model: 'llama-2-70b',
      tp: 4,
      profile: 'cpp-eager-nccl',
      draw: 9,
    } as const;
    const work = stepWork(80, 40, 90_000, 700);
    const { totalMs } = breakDown(contextOf(spec), profileNamed(spec.profile), work);
    expect(Math.abs(createClock(spec).stepMs(work) / totalMs - 1)).toBeLessThan(1e-12);
  });

  it('is the published clock at 0, where none is asked for, and the same each time', () => {
    const spec = { ...a100, model: 'llama-3.1-8b' } as const;
    const works = [stepWork(32, 40, 90_000, 700), stepWork(32, 40, 90_000)];
    const times = (draw?: number) => {
      const clock = createClock(draw === undefined ? spec : { ...spec, draw });
      return works.map((work) => clock.stepMs(work));
    };
    expect(times(0)).toEqual(times());
    expect(times(1)).not.toEqual(times());
    expect(times(1)).toEqual(times(1));
  });

  it('is off by the held-out error of its engine on average', () => {
    const spec = { ...a100, model: 'llama-3.1-8b' } as const;
    const work = stepWork(32, 64, 64 * 2000);
    const published = createClock(spec).stepMs(work);
    const off = Array.from({ length: 400 }, (_, i) =>
      Math.abs(createClock({ ...spec, draw: i + 1 }).stepMs(work) / published - 1),
    );
    const mean = off.reduce((sum, x) => sum + x, 0) / off.length;
    expect(mean).toBeGreaterThan(0.065);
    expect(mean).toBeLessThan(0.1);
  });

  it('never makes a step cheaper for a prompt that joins it', () => {
    for (let draw = 0; draw <= 100; draw++) {
      const clock = createClock({ ...a100, model: 'llama-2-70b', tp: 8, draw });
      const round = clock.stepMs(stepWork(80, 32, 64_000));
      expect(clock.stepMs(stepWork(80, 32, 64_000, 1))).toBeGreaterThan(round);
    }
  });
});
