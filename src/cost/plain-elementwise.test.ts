import { describe, expect, it } from 'vitest';
import { elementwiseConstants } from './plain-elementwise.ts';

describe('element-wise work in plain PyTorch', () => {
  it('adds up to the time of a layer and to its elements read and written', () => {
    const given = { usPerLayer: 48, usPerMillionMoved: 0.5 };
    const { norm, rope, activation, residualAdd } = elementwiseConstants(given);
    const start = 2 * norm.startUs + rope.startUs + activation.startUs + 2 * residualAdd.startUs;
    expect(start).toBeCloseTo(48, 12);
    // SiLU reads and writes once; the product reads twice and writes once.
    expect(activation.usPerMillion).toBe(5 * 0.5);
    expect(rope.usPerMillion).toBe(10 * 0.5);
  });
});
