/** How many requests an instance serves at once: the parameter that all schedulers share. */
export const maxSequences = {
  type: 'integer',
  default: 256,
  min: 1,
  unit: 'requests',
  doc: 'requests admitted at once',
} as const;
