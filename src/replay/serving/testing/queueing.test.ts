import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../units/random.ts';
import { meanWaitMD1, meanWaitMDc, meanWaitMM1, queueByRoots, queueBySpitzer } from './queueing.ts';

/**
 * An independent exact method: the number in the system at times D apart is the Markov chain
 * L ← (L − c)⁺ + Poisson(a); iterate its distribution to rest. Mean number waiting.
 */
function queueByChain(offered: number, servers: number, states: number): number {
  const poisson = new Float64Array(states);
  poisson[0] = Math.exp(-offered);
  for (let j = 1; j < states; j++) poisson[j] = (poisson[j - 1]! * offered) / j;
  let p = poisson;
  for (;;) {
    const left = new Float64Array(states);
    p.forEach((mass, n) => {
      left[Math.max(0, n - servers)]! += mass;
    });
    const next = new Float64Array(states);
    for (let n = 0; n < states; n++) {
      for (let j = 0; n + j < states && left[n]! > 0; j++) next[n + j]! += left[n]! * poisson[j]!;
    }
    const change = next.reduce((sum, mass, n) => sum + Math.abs(mass - p[n]!), 0);
    p = next;
    if (change < 1e-14) return p.reduce((sum, mass, n) => sum + mass * Math.max(0, n - servers), 0);
  }
}

describe('mean waits', () => {
  it('has the M/M/1 and M/D/1 values of any textbook', () => {
    expect(meanWaitMM1(0.5, 1)).toBe(1);
    expect(meanWaitMM1(0.8, 1)).toBeCloseTo(4, 12);
    expect(meanWaitMM1(24 / 60, 2)).toBeCloseTo(8, 12);
    expect(meanWaitMD1(0.5, 1)).toBe(0.5);
    expect(meanWaitMD1(0.9, 1)).toBeCloseTo(4.5, 12);
    expect(meanWaitMD1(0.2, 4)).toBeCloseTo(8, 12);
  });

  it('reduces M/D/c to M/D/1 for one server', () => {
    for (const load of [1e-6, 0.1, 0.5, 0.51, 0.9, 0.999]) {
      expect(meanWaitMDc(load, 1, 1) / meanWaitMD1(load, 1)).toBeCloseTo(1, 9);
    }
  });

  it.each([
    { offered: 1, servers: 2 },
    { offered: 1.8, servers: 2 },
    { offered: 2.4, servers: 3 },
    { offered: 4.5, servers: 5 },
    { offered: 14, servers: 16 },
  ])('agrees with the chain at times D apart for $servers servers', ({ offered, servers }) => {
    const chain = queueByChain(offered, servers, 30 * servers + 200);
    expect(meanWaitMDc(offered, 1, servers) * offered).toBeCloseTo(chain, 10);
  });

  it('agrees between its two methods', () => {
    for (const servers of [1, 2, 3, 8, 16, 64]) {
      for (const load of [0.4, 0.5, 0.6, 0.8, 0.9]) {
        const [a, b] = [
          queueByRoots(load * servers, servers),
          queueBySpitzer(load * servers, servers),
        ];
        expect(Math.abs(a - b)).toBeLessThan(1e-11 * servers + 1e-10 * b);
      }
    }
  });

  it('keeps its relative accuracy where almost nobody waits', () => {
    // Only n = 1 and the first excess matter: P(Poisson(a) = c + 1) · (1 + O(a)).
    const offered = 1e-3;
    const firstTerm = (Math.exp(-offered) * offered ** 5) / 120;
    expect(meanWaitMDc(offered, 1, 4) / (firstTerm / offered)).toBeCloseTo(1, 3);
  });

  it('follows the heavy-traffic limit D / (2 c (1 − load))', () => {
    for (const servers of [1, 2, 4, 16]) {
      const load = 1 - 1e-6;
      const limit = 1 / (2 * servers * (1 - load));
      expect(meanWaitMDc(load * servers, 1, servers) / limit).toBeCloseTo(1, 4);
    }
  });

  it('lies within the noise of a simulated M/D/4', () => {
    const random = new RandomStream(7, 'm-d-4');
    const freeAt = [0, 0, 0, 0];
    const batches: number[] = [];
    let now = 0;
    for (let batch = 0; batch < 100; batch++) {
      let sum = 0;
      for (let i = 0; i < 4000; i++) {
        now += random.exponential(1 / 3.2);
        const server = freeAt.indexOf(Math.min(...freeAt));
        const start = Math.max(now, freeAt[server]!);
        freeAt[server] = start + 1;
        sum += start - now;
      }
      batches.push(sum / 4000);
    }
    const mean = batches.reduce((a, b) => a + b) / 100;
    const error = Math.sqrt(batches.reduce((a, b) => a + (b - mean) ** 2, 0) / 99 / 100);
    expect(Math.abs(mean - meanWaitMDc(3.2, 1, 4))).toBeLessThan(4 * error);
    expect(error / mean).toBeLessThan(0.03);
  });

  it('refuses a load without a steady state', () => {
    expect(() => meanWaitMD1(1, 1)).toThrow('not in [0, 1)');
    expect(() => meanWaitMM1(2, 1)).toThrow('not in [0, 1)');
    expect(() => meanWaitMDc(4, 1, 4)).toThrow('not in [0, 1)');
    expect(() => meanWaitMDc(Number.NaN, 1, 4)).toThrow('not in [0, 1)');
    expect(meanWaitMDc(0, 1, 4)).toBe(0);
  });
});
