import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { settingValue, withSetting } from './settings.ts';

fc.configureGlobal({ seed: 81, numRuns: 200 });

const scenario = {
  seed: 1,
  arrivals: { mode: 'open', rate: { factor: 1 } },
  groups: [
    { count: 4, scheduler: { kind: 'chunked-prefill', budget: 512 } },
    { count: 8, scheduler: { kind: 'orca' } },
  ],
};

describe('settingValue', () => {
  it.each([
    ['16', 16],
    ['1e3', 1000],
    ['-0.5', -0.5],
    ['true', true],
    ['null', null],
    ['"16"', '16'],
    ['[1,2]', [1, 2]],
    ['{"kind":"lru"}', { kind: 'lru' }],
    ['round-robin', 'round-robin'],
    ['conversation 2', 'conversation 2'],
    ['', ''],
  ])('takes %o for %o', (text, value) => {
    expect(settingValue(text)).toEqual(value);
  });

  it('takes any JSON for what it says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(settingValue(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('withSetting', () => {
  it('changes the one member that the path names', () => {
    expect(withSetting(scenario, 'arrivals.rate.factor=2')).toEqual({
      ...scenario,
      arrivals: { mode: 'open', rate: { factor: 2 } },
    });
    expect(withSetting(scenario, 'groups.1.count=9')).toEqual({
      ...scenario,
      groups: [scenario.groups[0], { ...scenario.groups[1], count: 9 }],
    });
  });

  it('leaves the scenario that it was given as it is', () => {
    const before = structuredClone(scenario);
    withSetting(scenario, 'groups.0.scheduler.budget=1');
    withSetting(scenario, 'groups.0=null');
    expect(scenario).toEqual(before);
  });

  it('makes the members on the way where there are none', () => {
    expect(withSetting(undefined, 'arrivals.rate.factor=2')).toEqual({
      arrivals: { rate: { factor: 2 } },
    });
    expect(withSetting({ limits: null }, 'limits.requests=5')).toEqual({ limits: { requests: 5 } });
  });

  it('drops the parameters of a policy whose kind it sets', () => {
    const changed = withSetting(scenario, 'groups.0.scheduler.kind=prefill-first');
    expect(changed).toMatchObject({ groups: [{ count: 4 }, { count: 8 }] });
    expect((changed as typeof scenario).groups[0]?.scheduler).toEqual({ kind: 'prefill-first' });
  });

  it('replaces an element of a list as a whole', () => {
    expect(withSetting(scenario, 'groups.0={"count":1}')).toMatchObject({
      groups: [{ count: 1 }, { count: 8 }],
    });
  });

  it('takes a short name for its path, and everything behind the first = for the value', () => {
    const aliases = { instances: 'groups.0.count' };
    expect(withSetting(scenario, 'instances=2', aliases)).toMatchObject({
      groups: [{ count: 2 }, {}],
    });
    expect(withSetting({}, 'trace=a=b')).toEqual({ trace: 'a=b' });
    expect(withSetting({}, 'constructor=1', aliases)).toEqual({ constructor: 1 });
  });

  it.each(['seed', '=5', ''])('refuses %o, which is no setting', (setting) => {
    expect(() => withSetting(scenario, setting)).toThrow(
      `malformed setting ${JSON.stringify(setting)}: path=value`,
    );
  });

  it.each(['groups.2.count=1', 'groups.-1.count=1', 'groups.first.count=1'])(
    'refuses %s, which names no element',
    (setting) => {
      expect(() => withSetting(scenario, setting)).toThrow('an index from 0 to 1');
    },
  );

  it.each(['groups.=1', 'groups..count=1', 'groups. 1.count=1', 'groups.0x1.count=1'])(
    'refuses %s, whose index is no number in digits',
    (setting) => {
      expect(() => withSetting(scenario, setting)).toThrow(InputError);
    },
  );
});
