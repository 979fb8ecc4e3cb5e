import { InputError } from '../../units/input-error.ts';
import { type ExpandedCell, hasLabels } from '../cells.ts';
import type { CapacitySpec } from '../define.ts';
import { isReplay, type PlannedReplay, type PlannedRun } from '../plan.ts';
import { bySeeds, type SeedGroup } from '../statistics/seeds.ts';

/**
 * The cells that a capacity is about; those that differ in their seeds alone are one.
 * @throws InputError for labels that name no cell
 */
export function scannedCells(
  { name, cells = {} }: CapacitySpec,
  plans: readonly PlannedRun[],
): SeedGroup<PlannedReplay>[] {
  const found = plans.filter(isReplay).filter(({ labels }) => hasLabels(labels, cells));
  if (found.length > 0) return bySeeds(found);
  const where = `capacity ${name}`;
  throw new InputError('its labels name no cell', { where, rule: 'labels of a cell' });
}

/** A planned cell at another rate factor. */
export function cellAt({ cell, labels, scenario }: PlannedReplay, factor: number): ExpandedCell {
  const { arrivals } = scenario;
  return {
    name: [cell, `factor=${factor}`].filter(Boolean).join(','),
    labels,
    scenario: { ...scenario, arrivals: { ...arrivals, rate: { ...arrivals.rate, factor } } },
  };
}
