/** Methods that divide a backlog among client slots, by name. */
import { type PolicySpec, Registry } from '../../policy/registry.ts';
import { lpt } from './lpt.ts';
import { lptLocalSearch } from './lpt-local-search.ts';
import { mip } from './mip.ts';
import { multifit } from './multifit.ts';
import type { OfflineAssignment } from './offline-assignment.ts';
import { roundRobin } from './round-robin.ts';
import { loadSolver } from './solver.ts';

export const offlineAssignments = new Registry<OfflineAssignment>('offline assignment', [
  roundRobin,
  lpt,
  multifit,
  lptLocalSearch,
  mip,
]);

/** Loads what a method needs. Await it before the method assigns; without need it does nothing. */
export async function prepareAssignment({ kind }: PolicySpec): Promise<void> {
  if (kind === mip.kind) await loadSolver();
}
