/** Size of one prefill step: the parameter of schedulers that batch whole prompts. */
export const maxBatchedTokens = {
  type: 'integer',
  default: 8192,
  min: 1,
  unit: 'tokens',
  doc: 'prompt tokens of one prefill step; a longer prompt runs alone',
} as const;
