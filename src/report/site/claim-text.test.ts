import { describe, expect, it } from 'vitest';
import { aClaim } from '../fixtures/scorecard-rows.ts';
import {
  errorText,
  figureText,
  intervalText,
  sourceText,
  toleranceShare,
  toleranceText,
} from './claim-text.ts';

describe('the words of a claim', () => {
  it('write figures in their unit, to four digits', () => {
    expect(figureText(1234.56, aClaim())).toBe('1,235 ms');
    expect(figureText(1.3849, aClaim({ unit: 'x' }))).toBe('1.385x');
    expect(figureText(null, aClaim())).toBe('-');
  });

  it('say whether a shape holds', () => {
    const shape = aClaim({ kind: 'shape' });
    expect([figureText(1, shape), figureText(0, shape)]).toEqual(['holds', 'does not hold']);
    expect([intervalText(shape), toleranceText(shape)]).toEqual(['', '-']);
  });

  it.each([
    [0.1239, '+12.4 %'],
    [-0.03, '-3 %'],
    [11, '+1,100 %'],
    [1e-14, '0 %'],
    [-1e-14, '0 %'],
    [null, '-'],
  ])('write the error %s as %s', (error, written) => {
    expect(errorText(error)).toBe(written);
  });

  it('give intervals, tolerances and sources', () => {
    expect(intervalText(aClaim())).toBe('49 to 55 ms');
    expect(toleranceText(aClaim())).toBe('± 10 %');
    const absolute = aClaim({ tolerance: { absolute: 5, reason: '' } });
    expect(toleranceText(absolute)).toBe('± 5 ms');
    expect(toleranceShare(absolute)).toBeCloseTo(0.1, 12);
    expect(sourceText(aClaim())).toBe('v2, Table 3 (printed)');
  });
});
