import { describe, expect, it } from 'vitest';
import type { PolicyDefinition, Registry } from '../policy/registry.ts';
import { admissions } from './admissions.ts';
import { estimators } from './estimators/estimators.ts';
import { lengthPredictors } from './length-predictors.ts';
import { offlineAssignments } from './offline/assignments.ts';
import { orders } from './orders.ts';
import { placers, schedulers } from './registries.ts';

describe.each<[string, Registry<unknown>]>([
  ['schedulers', schedulers],
  ['placers', placers],
  ['orders', orders],
  ['admissions', admissions],
  ['estimators', estimators],
  ['length predictors', lengthPredictors],
  ['offline assignments', offlineAssignments],
])('%s', (_, registry) => {
  const definitions = registry.all() as readonly PolicyDefinition<unknown>[];

  it('have distinct kinds, all found by name', () => {
    const kinds = definitions.map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    for (const one of definitions) expect(registry.named(one.kind)).toBe(one);
  });

  it.each(definitions.map((one) => [one.kind, one] as const))(
    '%s says what it does, where it is from, and accepts its own defaults',
    (kind, { doc, source, parameters }) => {
      expect(doc).not.toBe('');
      expect(source).not.toBe('');
      const complete = registry.complete({ kind }, 'here');
      expect(registry.complete(complete, 'here')).toEqual(complete);
      for (const parameter of Object.values(parameters)) expect(parameter.doc).not.toBe('');
    },
  );
});
