import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { completeParameters } from './parameters.ts';

fc.configureGlobal({ seed: 21, numRuns: 200 });

const schema = {
  budget: { type: 'integer', default: 8192, min: 1, max: 10_000, doc: 'tokens' },
  roundMs: { type: 'number', default: 0.5, min: 0, doc: 'a round' },
  below: { type: 'number', default: 0, max: 9, doc: 'any number up to 9' },
  capped: { type: 'boolean', default: false, doc: 'a switch' },
  kernel: { type: 'choice', default: 'old', choices: ['old', 'new'], doc: 'a kernel' },
} as const;

const defaults = { budget: 8192, roundMs: 0.5, below: 0, capped: false, kernel: 'old' };

function complete(given: Record<string, unknown>) {
  return completeParameters(schema, given, 'groups.0.scheduler');
}

describe('completeParameters', () => {
  it('fills in every default, in the order of the schema', () => {
    expect(complete({})).toEqual(defaults);
    expect(Object.keys(complete({ kernel: 'new', budget: 1 }))).toEqual(Object.keys(schema));
  });

  it('keeps values that are given, false and 0 too, and leaves undefined to the default', () => {
    expect(complete({ roundMs: 0, capped: true })).toEqual({
      ...defaults,
      roundMs: 0,
      capped: true,
    });
    expect(complete({ budget: undefined })).toEqual(defaults);
    const on = { on: { type: 'boolean', default: true, doc: 'on' } } as const;
    expect(completeParameters(on, { on: false }, 'x')).toEqual({ on: false });
  });

  it('accepts an integer exactly when it is whole and within its bounds', () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 10_010 }), fc.double({ max: 20_000 }));
    fc.assert(
      fc.property(value, (budget) => {
        const fine = Number.isInteger(budget) && budget >= 1 && budget <= 10_000;
        if (fine) expect(complete({ budget }).budget).toBe(budget);
        else expect(() => complete({ budget })).toThrow(InputError);
      }),
    );
  });

  it.each([
    ['budget', 0, 'an integer from 1 to 10000'],
    ['budget', 1.5, 'an integer from 1 to 10000'],
    ['budget', '5', 'an integer from 1 to 10000'],
    ['roundMs', -1, 'a finite number, at least 0'],
    ['below', 10, 'a finite number, at most 9'],
    ['capped', 1, 'true or false'],
    ['kernel', 'odd', 'one of old, new'],
    ['kernel', null, 'one of old, new'],
  ])('refuses the %s %o with place, value and rule', (name, value, rule) => {
    const where = `groups.0.scheduler.${name}`;
    const error = new InputError(`invalid value ${JSON.stringify(value)}`, { where, rule });
    expect(() => complete({ [name]: value })).toThrow(error);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %d as a number without bounds',
    (value) => {
      const free = { x: { type: 'number', default: 0, doc: 'free' } } as const;
      expect(() => completeParameters(free, { x: value }, 'p')).toThrow('a finite number');
    },
  );

  it('names the nearest parameter of an unknown one', () => {
    expect(() => complete({ budgt: 5 })).toThrow(
      'unknown parameter in groups.0.scheduler "budgt": did you mean budget?',
    );
  });

  it.each(['toString', 'constructor', 'hasOwnProperty'])('knows no parameter %s', (name) => {
    expect(() => complete({ [name]: 1 })).toThrow(`"${name}"`);
  });
});
