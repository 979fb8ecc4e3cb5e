import { listConstants, type PlacedConstant } from '../cost/constants.ts';
import { mooncakeNodeConstants } from '../cost/mooncake-node.ts';
import { constantsOf } from '../cost/spec-constants.ts';
import { analyticSpec } from './clocks.ts';
import type { Scenario } from './scenario.ts';

/**
 * Every constant that can influence the step times of a scenario, by path, over all its groups.
 * The other clocks have none: the scenario itself gives their parameters.
 */
export function clockConstants({ clock, profile, groups }: Scenario): PlacedConstant[] {
  if (clock.kind === 'measured-70b-8xa800') {
    return listConstants(mooncakeNodeConstants, 'mooncakeNode');
  }
  if (clock.kind !== 'analytic') return [];
  const values = clock as unknown as Parameters<typeof analyticSpec>[0];
  const byPath = new Map<string, PlacedConstant>();
  for (const { model, gpu, tp } of groups) {
    for (const one of constantsOf(analyticSpec(values, { model, gpu, tp, profile }))) {
      byPath.set(one.path, one);
    }
  }
  return [...byPath.values()];
}
