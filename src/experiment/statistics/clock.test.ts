import { describe, expect, it } from 'vitest';
import { admissibleProfiles } from '../../cost/profile-errors.ts';
import { expandCells } from '../cells.ts';
import { clockEstimate, clockVariants, rankingShare } from './clock.ts';

describe('clockVariants', () => {
  it('gives the published clock and seeded draws under the admissible profiles in turn', () => {
    const variants = clockVariants({ profile: 'modern-cuda-graphs' }, { draws: 3 });
    const profiles = admissibleProfiles('modern-cuda-graphs');
    expect(variants.published).toEqual({
      clock: { kind: 'analytic', draw: 0 },
      profile: 'modern-cuda-graphs',
    });
    for (const draw of [1, 2, 3]) {
      const profile = profiles[(draw - 1) % profiles.length];
      expect(variants[`draw ${draw}`]).toEqual({ clock: { kind: 'analytic', draw }, profile });
    }
  });

  it('makes an axis of an experiment and keeps other options of the clock', () => {
    const base = {
      clock: { kind: 'analytic', allReduce: 'nccl' },
      groups: [{ model: 'llama-3.1-8b' }],
    };
    const clock = clockVariants(base, { draws: 1, profiles: ['kernels-only'] });
    const cells = expandCells({ grid: { base, axes: { clock } } });
    expect(cells.map(({ labels, scenario }) => [labels.clock, scenario.clock])).toEqual([
      ['published', { kind: 'analytic', allReduce: 'nccl', draw: 0 }],
      ['draw 1', { kind: 'analytic', allReduce: 'nccl', draw: 1 }],
    ]);
    expect(cells[1]?.scenario.profile).toBe('kernels-only');
  });

  it('refuses a clock that has no draws', () => {
    expect(() => clockVariants({ clock: { kind: 'affine' } }, { draws: 2 })).toThrow(
      /clock affine has no draws/,
    );
    expect(() => clockVariants({}, { draws: 0 })).toThrow(/0 draws of the clock/);
  });
});

describe('clockEstimate', () => {
  it('is the published figure with the middle of the draws', () => {
    const { value, interval } = clockEstimate(5, [0, 10, 4, 6, 2, 8, 1, 3, 5, 7, 9]);
    expect(value).toBe(5);
    expect(interval).toMatchObject({ level: 0.9, source: 'clock', draws: 11 });
    expect(interval?.low).toBeCloseTo(0.5, 9);
    expect(interval?.high).toBeCloseTo(9.5, 9);
  });
});

describe('rankingShare', () => {
  const systems = [
    { system: 'slow', published: 30, draws: [30, 30, 10, 30] },
    { system: 'fast', published: 10, draws: [10, 20, 20, 15] },
    { system: 'fair', published: 20, draws: [20, 10, 15, 15] },
  ];

  it('says how often the order, its best and each pair hold', () => {
    expect(rankingShare(systems, { best: 'min' })).toEqual({
      order: ['fast', 'fair', 'slow'],
      draws: 4,
      whole: 0.25,
      best: { system: 'fast', share: 0.5 },
      pairs: [
        { better: 'fast', worse: 'fair', share: 0.25 },
        { better: 'fair', worse: 'slow', share: 0.75 },
      ],
    });
  });

  it('ranks the other way round where more is better', () => {
    const { order, best } = rankingShare(systems, { best: 'max' });
    expect(order).toEqual(['slow', 'fair', 'fast']);
    expect(best).toEqual({ system: 'slow', share: 0.75 });
  });

  it('takes a published tie as part of the order', () => {
    const tied = [
      { system: 'a', published: 1, draws: [1, 1] },
      { system: 'b', published: 1, draws: [1, 2] },
    ];
    expect(rankingShare(tied, { best: 'min' }).whole).toBe(0.5);
  });

  it('refuses systems that were not run in the same draws', () => {
    const odd = [...systems, { system: 'odd', published: 1, draws: [1] }];
    expect(() => rankingShare(odd, { best: 'min' })).toThrow(/1 draws of odd, 4 of others/);
  });
});
