import type { InstanceView } from '../../policy/scheduler.ts';

/** Requests that the instance serves at most: the limit, or its client slots where it has fewer. */
export function slotCount(view: InstanceView, maxSequences: number): number {
  return view.slots > 0 ? Math.min(view.slots, maxSequences) : maxSequences;
}

/** Requests that may still be admitted beside those at work; paused ones come back for a slot. */
export function idleSlots(view: InstanceView, maxSequences: number): number {
  const left = maxSequences - view.prefilling - view.decoding - view.paused;
  if (view.slots === 0) return Math.max(0, left);
  let idle = -view.paused;
  for (let slot = 0; slot < view.slots; slot++) if (view.slotTask(slot) < 0) idle++;
  return Math.max(0, Math.min(idle, left));
}
