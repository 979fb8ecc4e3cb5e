/**
 * What admission sets aside of KV memory: the parameter `reserve` of schedulers that admit by
 * memory. `prompt`: the prompt alone; output grows block by block, and a round that does not fit
 * preempts. `sequence`: prompt and output, so that nothing grows and nothing is preempted; the
 * output length that this needs is known to no deployed system.
 */
import type { Oracle } from '../../policy/registry.ts';

export const reserve = {
  type: 'choice',
  default: 'prompt',
  choices: ['prompt', 'sequence'],
  doc: 'KV set aside at admission: the prompt, or prompt and output (the true length, an oracle)',
} as const;

/** KV tokens of a whole request: `reserveTokens` of a scheduler whose setting is `sequence`. */
export function wholeSequence(inputTokens: number, outputTokens: number): number {
  return inputTokens + outputTokens;
}

export function reservationOracle(setting: string): readonly Oracle[] {
  return setting === 'sequence' ? ['length'] : [];
}
