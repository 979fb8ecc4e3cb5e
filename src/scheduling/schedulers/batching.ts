import type { InstanceView, Plan } from '../../policy/scheduler.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';

/** Whether prompts share their step with the decodes: the parameter `batching`. */
export const batching = {
  type: 'choice',
  default: 'mixed',
  choices: ['mixed', 'exclusive'],
  doc: 'whole prompts join the round of the decodes, or run in steps of their own',
} as const;

/** The decodes of a step that computes so many prompt tokens; see `decodeRound`. */
export function decodeBeside(
  view: InstanceView,
  out: Plan,
  promptTokens: number,
  setting: string,
): boolean {
  return promptTokens > 0 && setting === 'exclusive' ? false : decodeRound(view, out);
}

/**
 * One round of all decodes. A request that joined in this plan, its prompt computed elsewhere, may
 * have left the round without room: then the last to join is computed again.
 * @returns whether any had to be, and the scheduler looks again after one round
 */
export function decodeRound(view: InstanceView, out: Plan): boolean {
  const preempted = preemptForGrowth(view, out);
  if (view.decoding > 0) out.decodes();
  if (preempted) out.hold({ rounds: 1 });
  return preempted;
}
