import { describe, expect, it } from 'vitest';
import { normalQuantile, normalShare } from './normal.ts';

describe('the normal distribution', () => {
  it.each([
    [0.5, 0],
    [0.9, 1.281552],
    [0.95, 1.644854],
    [0.975, 1.959964],
    [0.999, 3.090232],
  ])('has its %d quantile at %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 6);
    expect(normalQuantile(1 - p)).toBeCloseTo(-z, 6);
    expect(normalShare(z)).toBeCloseTo(p, 6);
  });

  it('refuses what is no probability', () => {
    expect(() => normalQuantile(0)).toThrow(/not in \(0, 1\)/);
  });
});
