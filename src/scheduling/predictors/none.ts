/** No prediction: every length is unknown (NaN), and orders by it fall back to arrival. */
import type { PredictorFactory } from '../../policy/length-predictor.ts';
import { definePolicy } from '../../policy/registry.ts';

export const none = definePolicy<PredictorFactory, Record<string, never>>({
  kind: 'none',
  doc: 'no prediction; policies see no length',
  source: 'deployed engines (vLLM, SGLang, TensorRT-LLM)',
  parameters: {},
  create: () => () => ({ predict: () => Number.NaN }),
});
