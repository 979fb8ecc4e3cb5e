import { describe, expect, it } from 'vitest';
import { definePolicy, Registry } from './registry.ts';

interface Rule {
  readonly limit: number;
  readonly seed: number;
}

const parameters = {
  limit: { type: 'integer', default: 4, min: 0, doc: 'a limit; 0: the true one' },
} as const;

const registry = new Registry<Rule>('rule', [
  definePolicy<Rule, typeof parameters>({
    kind: 'limited',
    doc: 'a rule with a limit',
    source: 'none',
    parameters,
    oracle: ({ limit }) => (limit === 0 ? ['length'] : []),
    create: ({ limit }, { seed }) => ({ limit, seed }),
  }),
  definePolicy<Rule, Record<string, never>>({
    kind: 'free',
    doc: 'a rule without parameters',
    source: 'none',
    parameters: {},
    create: (_values, { seed }) => ({ limit: Number.POSITIVE_INFINITY, seed }),
  }),
]);

describe('Registry', () => {
  it('lists its policies in the order given', () => {
    expect(registry.all().map((one) => one.kind)).toEqual(['limited', 'free']);
    expect(registry.named('free').doc).toBe('a rule without parameters');
  });

  it('completes a specification, and a complete one stays as it is', () => {
    const complete = registry.complete({ kind: 'limited' }, 'here');
    expect(complete).toEqual({ kind: 'limited', limit: 4 });
    expect(registry.complete(complete, 'here')).toEqual(complete);
  });

  it('creates a policy from its parameters, the defaults too, and the seed', () => {
    expect(registry.create({ kind: 'limited' }, { seed: 9 })).toEqual({ limit: 4, seed: 9 });
    const given = registry.create({ kind: 'limited', limit: 7 }, { seed: 2 });
    expect(given).toEqual({ limit: 7, seed: 2 });
  });

  it('asks a policy for its oracles with the defaults filled in', () => {
    expect(registry.oraclesOf({ kind: 'limited' })).toEqual([]);
    expect(registry.oraclesOf({ kind: 'limited', limit: 0 })).toEqual(['length']);
    expect(registry.oraclesOf({ kind: 'free' })).toEqual([]);
  });

  it('names the nearest kind of an unknown one', () => {
    expect(() => registry.named('limted')).toThrow('unknown rule "limted": did you mean limited?');
    expect(() => registry.create({ kind: 'other' }, { seed: 1 })).toThrow('one of limited, free');
  });

  it('finds a policy that was loaded by the name it was loaded under, and does not list it', async () => {
    const one = new Registry<Rule>('rule', []);
    const loads: number[] = [];
    const definition = definePolicy<Rule, typeof parameters>({
      kind: 'own',
      doc: 'own',
      source: 'none',
      parameters,
      create: ({ limit }, { seed }) => ({ limit, seed }),
      prepare: async ({ limit }) => void loads.push(limit),
    });
    expect(one.isLoaded('./own.ts')).toBe(false);
    one.load('./own.ts', definition);
    expect(one.isLoaded('./own.ts')).toBe(true);
    expect(one.create({ kind: './own.ts', limit: 2 }, { seed: 1 })).toEqual({ limit: 2, seed: 1 });
    await one.prepare({ kind: './own.ts' });
    expect(loads).toEqual([4]);
    expect(one.all()).toEqual([]);
    expect(() => one.named('own')).toThrow('unknown rule "own"');
  });

  it('names the place of a wrong parameter', () => {
    expect(() => registry.complete({ kind: 'limited', limit: -1 }, 'groups.1.rule')).toThrow(
      'groups.1.rule.limit',
    );
    expect(() => registry.complete({ kind: 'free', limit: 1 }, 'groups.1.rule')).toThrow(
      'unknown parameter in groups.1.rule "limit"',
    );
  });
});
