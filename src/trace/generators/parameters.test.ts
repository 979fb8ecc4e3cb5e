import { describe, expect, it } from 'vitest';
import { type Parameters, provenanceText, valuesOf } from './parameters.ts';

const parameters = {
  tokens: { value: 10, known: 'printed', about: 'tokens', least: 1, whole: true },
  ratio: { value: 0.5, known: 'derived', about: 'ratio', least: 0, most: 1 },
  rate: { value: 2, known: 'assumed', about: 'requests/s', least: 0.1 },
} satisfies Parameters;

const values = (set?: Record<string, number>) => valuesOf('toy', parameters, set);

describe('valuesOf', () => {
  it('takes the defaults, but for what is set', () => {
    expect(values()).toEqual({ tokens: 10, ratio: 0.5, rate: 2 });
    expect(values({ ratio: 0 })).toEqual({ tokens: 10, ratio: 0, rate: 2 });
  });

  it.each([
    [{ rato: 1 }, 'unknown parameter of toy "rato": did you mean ratio?'],
    [{ tokens: 1.5 }, 'bad value 1.5 (parameter tokens of toy): a whole number, at least 1'],
    [{ ratio: 1.1 }, 'bad value 1.1 (parameter ratio of toy): a number, 0 to 1'],
    [{ rate: 0 }, 'bad value 0 (parameter rate of toy): a number, at least 0.1'],
    [{ rate: Number.NaN }, 'bad value NaN (parameter rate of toy): a number, at least 0.1'],
  ])('refuses %o', (set, message) => {
    expect(() => values(set as Record<string, number>)).toThrow(message);
  });

  it('refuses any parameter where there is none', () => {
    expect(() => valuesOf('plain', {}, { rate: 1 })).toThrow('plain has none');
  });
});

describe('provenanceText', () => {
  it('says how each value is known, and which were set by hand', () => {
    expect(provenanceText(parameters, values())).toBe(
      'Printed: tokens 10. Derived: ratio 0.5. Assumed: rate 2.',
    );
    expect(provenanceText(parameters, values({ tokens: 7 }))).toBe(
      'Derived: ratio 0.5. Assumed: rate 2. Set by hand: tokens 7.',
    );
  });
});
