import { devNull } from 'node:os';
import { InputError } from '../../units/input-error.ts';
import type { CapacitySpec, Experiment, SloSpec } from '../define.ts';
import { type PlannedReplay, type PlannedRun, planReplay, type TraceShelf } from '../plan.ts';
import { resolveSlo } from '../slo.ts';
import { seedSource } from '../statistics/seeds.ts';
import { checkCapacity, placedIn } from './capacity-spec.ts';
import { offeredRate } from './offered-rate.ts';
import { cellAt, scannedCells } from './scanned-cells.ts';

/**
 * Refuses what a search for an experiment's capacities would refuse for its definition alone,
 * before anything runs. What only runs can show is left to the search: a measured window without
 * arrivals, a multiple of a latency that no request has.
 * @param plans the experiment's runs (planExperiment)
 * @throws InputError naming the capacity, the member and its rule
 */
export async function checkCapacities(
  experiment: Experiment,
  plans: readonly PlannedRun[],
  traces: TraceShelf,
): Promise<void> {
  for (const spec of experiment.capacities ?? []) {
    try {
      await checkOne(spec, experiment, plans, traces);
    } catch (error) {
      throw placedIn(spec, error);
    }
  }
}

async function checkOne(
  spec: CapacitySpec,
  experiment: Experiment,
  plans: readonly PlannedRun[],
  traces: TraceShelf,
): Promise<void> {
  checkCapacity(spec);
  const cells = scannedCells(spec, plans);
  checkMultiples(spec.slo);
  // Nothing lies there: an unloaded system counts as missing, and is not looked at.
  await resolveSlo(spec.slo, { experiment, plans, out: devNull, traces, noRun: true });
  const known = new Set<string>();
  for (const { members } of cells) {
    const first = members[0] as PlannedReplay;
    const { scenario } = first;
    seedSource(
      members.map(({ labels }) => labels),
      { scenario },
    );
    for (const factor of spec.rates) await planReplay(experiment, cellAt(first, factor), traces);
    const offered = JSON.stringify([first.trace, scenario.arrivals, scenario.limits]);
    if (known.has(offered)) continue;
    known.add(offered);
    offeredRate((await traces.get(first.trace)).trace, scenario);
  }
}

/** A multiple that is none is found when its system has run; here before. */
function checkMultiples(slo: SloSpec): void {
  if (!('multipleOf' in slo)) return;
  const { ttft, tpot, e2e } = slo;
  const given = Object.entries({ ttft, tpot, e2e }).filter(([, times]) => times !== undefined);
  if (given.length === 0) {
    throw new InputError('an SLO without limits', { where: 'slo', rule: 'at least one limit' });
  }
  for (const [name, times] of given as [string, number][]) {
    if (times > 0 && Number.isFinite(times)) continue;
    throw new InputError(`multiple ${times}`, { where: `slo.${name}`, rule: 'above 0' });
  }
}
