import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../units/random.ts';
import { attainmentLimit, type SessionHits } from './attainment-limit.ts';

/** Sessions of `size` requests that meet their SLOs together, each with chance `share`. */
function sessions(count: number, share: number, stream: RandomStream, seeds = 1): SessionHits[] {
  return Array.from({ length: seeds }, (_, seed) =>
    Array.from({ length: count }, (_, session) => {
      const arrivals = 1 + stream.integer(4);
      const met = stream.uniform() < share ? arrivals : 0;
      return { seed, session, firstMs: session, arrivals, met };
    }),
  ).flat();
}

describe('attainmentLimit', () => {
  it('is below the truth about as often as its confidence says', () => {
    let below = 0;
    for (let i = 0; i < 1000; i++) {
      const rows = sessions(150, 0.9, new RandomStream(i, 'hits'));
      if (attainmentLimit(rows, { draws: 300, seed: i }).lowerLimit <= 0.9) below++;
    }
    expect(below / 1000).toBeGreaterThan(0.92);
    expect(below / 1000).toBeLessThan(0.97);
  });

  it('is the binomial limit over the sessions where none has a miss', () => {
    const { attainment, lowerLimit, interval } = attainmentLimit(
      sessions(20, 1, new RandomStream(1)),
    );
    expect(attainment).toBe(1);
    expect(lowerLimit).toBeCloseTo(0.05 ** (1 / 20), 12);
    expect(interval).toMatchObject({ low: lowerLimit, high: 1, source: 'workload' });
  });

  it('rises with the confidence given up, and is the low end of its interval', () => {
    const rows = sessions(100, 0.7, new RandomStream(2));
    const strict = attainmentLimit(rows, { confidence: 0.99 });
    const loose = attainmentLimit(rows, { confidence: 0.8 });
    expect(strict.lowerLimit).toBeLessThan(loose.lowerLimit);
    expect(loose.lowerLimit).toBeLessThan(loose.attainment);
    expect(loose.interval.low).toBe(loose.lowerLimit);
    expect(loose.interval.level).toBeCloseTo(0.6, 12);
  });

  it('is wider over seeds that differ than within each, and names both sources', () => {
    const stream = new RandomStream(3);
    const good = sessions(100, 0.95, stream);
    const bad = sessions(100, 0.6, stream).map((row) => ({ ...row, seed: 1 }));
    const both = attainmentLimit([...good, ...bad], { seedSource: 'policy seed' });
    expect(both.attainment).toBeGreaterThan(0.7);
    expect(both.lowerLimit).toBeLessThan(attainmentLimit(bad).attainment + 0.02);
    expect(both.interval.source).toBe('workload and policy seed');
    expect(attainmentLimit([...good, ...bad], { seedSource: 'workload' }).interval.source).toBe(
      'workload',
    );
  });
});
