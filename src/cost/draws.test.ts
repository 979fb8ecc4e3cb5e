import { describe, expect, it } from 'vitest';
import { a100Constants, a100Variants } from './a100.ts';
import { listConstants, type PlacedConstant } from './constants.ts';
import { drawnValue, stepFactor } from './draws.ts';
import { kernelConstants } from './kernels.ts';
import { heldOutMape } from './profile-errors.ts';
import { engineProfiles, profileNamed } from './profiles.ts';

const draws = 2000;
const uncertain = [
  ...listConstants(a100Constants),
  ...listConstants(a100Variants, 'variant'),
].filter(({ constant }) => constant.interval !== undefined);

function drawsOf(placed: PlacedConstant): number[] {
  return Array.from({ length: draws }, (_, i) => drawnValue(placed, i + 1));
}

function shareOf(values: readonly number[], holds: (value: number) => boolean): number {
  return values.filter(holds).length / values.length;
}

describe('a drawn constant', () => {
  it.each(uncertain)(
    '$path lies in its interval in 90 % of the draws, half on each side',
    (one) => {
      const { value, unit, interval } = one.constant;
      const [low, high] = interval as readonly [number, number];
      const drawn = drawsOf(one);
      const top = unit === 'share of peak' ? Math.min(high, 1) : high;
      // Four standard errors of a share of 2,000 draws.
      expect(Math.abs(shareOf(drawn, (x) => x <= low) - 0.05)).toBeLessThan(0.02);
      expect(Math.abs(shareOf(drawn, (x) => x >= top) - 0.05)).toBeLessThan(
        top < high ? 0.06 : 0.02,
      );
      expect(Math.abs(shareOf(drawn, (x) => x < value) - 0.5)).toBeLessThan(0.045);
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
      if (unit === 'share of peak') expect(Math.max(...drawn)).toBeLessThanOrEqual(1);
    },
  );

  it('is its published value in draw 0, and in every draw without an interval', () => {
    for (const one of uncertain) expect(drawnValue(one, 0)).toBe(one.constant.value);
    const { startUs } = a100Constants.allReduceNccl;
    const known = { path: 'allReduceNccl.startUs', constant: startUs };
    expect(new Set(drawsOf(known))).toEqual(new Set([startUs.value]));
  });

  it('is the same whenever it is asked for, and another in another draw', () => {
    for (const one of uncertain) {
      expect(drawsOf(one)).toEqual(drawsOf(one));
      expect(drawnValue(one, 1)).not.toBe(drawnValue(one, 2));
    }
  });

  it('does not go with the draws of another constant', () => {
    const signs = uncertain.map((one) =>
      drawsOf(one).map((x) => Math.sign(x - one.constant.value)),
    );
    for (const [i, a] of signs.entries()) {
      for (const b of signs.slice(i + 1)) {
        const together = a.reduce((sum, sign, d) => sum + sign * (b[d] as number), 0) / draws;
        expect(Math.abs(together)).toBeLessThan(0.11);
      }
    }
  });

  it('moves no other: a variant changes its own family alone', () => {
    const { gemm: common, ...others } = kernelConstants('vllm-0.14', 7);
    const { gemm: own, ...same } = kernelConstants('gemm-microbenchmark', 7);
    expect(same).toEqual(others);
    expect(own).not.toEqual(common);
    expect(others).not.toEqual({ ...kernelConstants('vllm-0.14'), gemm: undefined });
  });
});

describe('the step factor', () => {
  it.each(engineProfiles)('of $name is off by its held-out error on average', (profile) => {
    const factors = Array.from({ length: draws }, (_, i) => stepFactor(profile, i + 1));
    const off = factors.reduce((sum, f) => sum + Math.abs(Math.log(f)), 0) / draws;
    expect(Math.abs((100 * off) / heldOutMape(profile) - 1)).toBeLessThan(0.07);
    expect(Math.abs(shareOf(factors, (f) => f < 1) - 0.5)).toBeLessThan(0.045);
  });

  it('is 1 for the published constants', () => {
    for (const profile of engineProfiles) expect(stepFactor(profile, 0)).toBe(1);
  });

  it('is drawn for each engine alone', () => {
    const signs = ['modern-cuda-graphs', 'cpp-eager-nccl'].map((name) =>
      Array.from({ length: 50 }, (_, i) => stepFactor(profileNamed(name), i + 1) > 1),
    );
    expect(signs[0]).not.toEqual(signs[1]);
  });
});
