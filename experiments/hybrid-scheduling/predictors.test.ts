/** A run counts as an oracle's where its group has a predictor, whether anybody reads it or not. */
import { describe, expect, it } from 'vitest';
import type { PolicySpec } from '../../src/policy/registry.ts';
import { orders } from '../../src/scheduling/orders.ts';
import { schedulers } from '../../src/scheduling/registries.ts';
import * as pareto from './pareto/policies.ts';
import * as services from './service-levels/policies.ts';

interface Group {
  readonly scheduler: PolicySpec;
  readonly order: PolicySpec;
  readonly lengths: { readonly kind: string };
}

function needs({ scheduler, order }: Group): boolean {
  return (
    schedulers.needsOf(scheduler).includes('lengths') || orders.needsOf(order).includes('lengths')
  );
}

describe('lengths are predicted where a scheduler or an order needs them, and nowhere else', () => {
  const contenders = { ...pareto.onSlots, ...pareto.anywhere };
  it.each(Object.keys(contenders))('on a backlog: %s', (name) => {
    const group = pareto.policyFor(contenders[name] as pareto.Contender) as Group;
    expect(group.lengths.kind !== 'none').toBe(needs(group));
  });

  it.each(Object.keys(services.policies))('within latency limits: %s', (name) => {
    const group = services.policyFor(services.policies[name] as services.Contender) as Group;
    expect(group.lengths.kind !== 'none').toBe(needs(group));
  });
});
