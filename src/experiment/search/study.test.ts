import { describe, expect, it } from 'vitest';
import { rangeParameter } from './parameter.ts';
import { Space } from './space.ts';
import { type Outcome, Study } from './study.ts';

const space = new Space([rangeParameter('x', { min: 0, max: 9, integer: true })]);
const points = [...space.all()];
const feasible = (value: number): Outcome => ({ state: 'feasible', value, runs: [] });
const outcomes: Outcome[] = [
  { state: 'failed', reason: 'does not fit' },
  { state: 'infeasible', value: 1, reason: 'too slow', runs: [] },
  feasible(5),
  { state: 'infeasible', value: null, reason: 'no value', runs: [] },
  feasible(7),
  feasible(5),
];

function studyOf(direction: 'min' | 'max', budget = 10): Study {
  const evaluate = async (tried: readonly { indexes: readonly number[] }[]) =>
    tried.map(({ indexes: [x] }) => outcomes[x as number] as Outcome);
  return new Study({ direction, budget, evaluate });
}

describe('Study', () => {
  it('ranks feasible points by value, then those that break a constraint, then failures', async () => {
    const ranking = async (direction: 'min' | 'max') => {
      const study = studyOf(direction);
      return study.ranked(await study.run(points.slice(0, 6))).map(({ number }) => number);
    };
    expect(await ranking('min')).toEqual([2, 5, 4, 1, 3, 0]);
    expect(await ranking('max')).toEqual([4, 2, 5, 1, 3, 0]);
  });

  it('takes the earlier of two equal points as the best', async () => {
    const study = studyOf('min');
    await study.run(points.slice(0, 6));
    expect(study.best()?.number).toBe(2);
  });

  it('has no best point while none is feasible', async () => {
    const study = studyOf('min');
    await study.run(points.slice(0, 2));
    expect(study.best()).toBeNull();
  });

  it('takes no shortened run as the best', async () => {
    const study = studyOf('min');
    await study.run(points.slice(2, 3), { requests: 10, cost: 0.1 });
    expect(study.best()).toBeNull();
    expect(study.spent).toBeCloseTo(0.1);
    expect(study.left).toBe(9);
  });

  it('refuses what its budget does not pay for', async () => {
    await expect(studyOf('min', 2).run(points.slice(0, 3))).rejects.toThrow(/overspends/);
  });
});
