/** The true output length: the upper end of what any predictor can be worth. */
import type { PredictorFactory } from '../../policy/length-predictor.ts';
import { definePolicy } from '../../policy/registry.ts';

export const oracle = definePolicy<PredictorFactory, Record<string, never>>({
  kind: 'oracle',
  doc: 'the true output length',
  source: 'the deterministic lengths of offline scheduling (arXiv 2502.15763)',
  parameters: {},
  oracle: () => ['length'],
  create:
    () =>
    ({ outputTokens }) => ({ predict: (task) => outputTokens[task] as number }),
});
