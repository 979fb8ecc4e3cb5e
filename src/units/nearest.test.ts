import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from './input-error.ts';
import { editDistance, nearestName, unknownName } from './nearest.ts';

fc.configureGlobal({ seed: 14, numRuns: 200 });

/** Few letters, so that strings have something in common. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });

/** The definition, word for word, without a table. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return Math.max(a.length, b.length);
  const options = [
    distance(a.slice(1), b) + 1,
    distance(a, b.slice(1)) + 1,
    distance(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
  ];
  if (a.length > 1 && a[0] === b[1] && a[1] === b[0]) {
    options.push(distance(a.slice(2), b.slice(2)) + 1);
  }
  return Math.min(...options);
}

describe('editDistance', () => {
  it('is the least number of edits', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(editDistance(a, b)).toBe(distance(a, b));
      }),
    );
  });

  it.each([
    ['kitten', 'sitting', 3],
    ['tp', 'pt', 1],
    ['', 'abc', 3],
    ['same', 'same', 0],
  ])('of %o and %o is %d', (a, b, expected) => {
    expect(editDistance(a, b)).toBe(expected);
  });
});

describe('nearestName', () => {
  const names = ['round-robin', 'least-loaded', 'random', 'tp'];

  it.each([
    ['round-robbin', 'round-robin'],
    ['raodnm', 'random'],
    ['LEAST_LOADED', 'least-loaded'],
    ['pt', 'tp'],
  ])('takes %o for %o', (wrong, meant) => {
    expect(nearestName(wrong, names)).toBe(meant);
  });

  it.each(['capacity', 'q', 'zz', ''])('takes %o for none of them', (wrong) => {
    expect(nearestName(wrong, names)).toBeUndefined();
  });

  it('does not mind the case of either', () => {
    expect(nearestName('a100-80gb', ['a10-80gb', 'A100-80GB'])).toBe('A100-80GB');
  });

  it('takes the first of equally near names', () => {
    expect(nearestName('lruu', ['lru', 'lrux', 'lfuu'])).toBe('lru');
  });
});

describe('unknownName', () => {
  it('asks for the nearest name, or lists them all', () => {
    const near = unknownName('order', 'fcsf', ['fcfs', 'sjf']);
    expect(near).toBeInstanceOf(InputError);
    expect(near.message).toBe('unknown order "fcsf": did you mean fcfs?');
    const far = unknownName('order', 'whatever', ['fcfs', 'sjf']);
    expect(far.message).toBe('unknown order "whatever": one of fcfs, sjf');
  });
});
