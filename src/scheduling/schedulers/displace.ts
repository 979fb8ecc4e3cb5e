import type { InstanceView, Task } from '../../policy/scheduler.ts';
import { heldBlocks, type StepBuilder } from './step-builder.ts';

export interface Displacement {
  readonly step: StepBuilder;
  /** Whether the candidate is paused, not waiting. */
  readonly paused: boolean;
  /** Decodes that may give way to it, the one to go first in front. */
  readonly victims: readonly Task[];
  readonly yieldTo: 'recompute' | 'swap';
  /** Told of each that is about to give way. */
  readonly onVictim?: (task: Task) => void;
}

/**
 * Makes seats and memory for a request that cannot start beside the running ones, with as few
 * victims as do; none gives way if all of them together would not free enough. What a victim
 * frees is taken to be all its blocks.
 * @returns whether the request can start now
 */
export function displace(view: InstanceView, task: Task, options: Displacement): boolean {
  const { step, paused, victims, yieldTo, onVictim } = options;
  if (!step.within(task, paused)) return false;
  const need = step.need(task, paused);
  let seats = step.seats;
  let spare = step.spareBlocks;
  let count = 0;
  while ((seats <= 0 || need > spare) && count < victims.length) {
    spare += heldBlocks(view, victims[count++] as Task);
    seats++;
  }
  if (seats <= 0 || need > spare) return false;
  for (const victim of victims.slice(0, count)) {
    onVictim?.(victim);
    step.giveWay(victim, yieldTo);
  }
  return step.fits(task, paused);
}
