import type { PrefillRule } from './prefill-rule.ts';

/** Prefill first, the vLLM baseline: a stage starts as soon as a request could. Prices nothing. */
export const prefillFirstRule: PrefillRule = {
  pricesPrompts: false,
  countsSlots: false,
  isDue: () => true,
};
