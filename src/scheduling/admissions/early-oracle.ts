/**
 * Early rejection based on prediction for each request: what Mooncake (arXiv 2407.00079v3, section
 * 7) leaves to future work. As `early-predicted`, but each request decodes for its own predicted
 * output, at the mean round that the decode pool has now. Who predicts is the `lengths` of the
 * decode group: with `oracle` the most that knowing outputs could be worth, with `log-normal` an
 * oracle with errors; only those two make it one. Deviation: rounds are taken to stay as they are.
 */
import type { Admission } from '../../policy/admission.ts';
import type { ClusterView } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import { InputError } from '../../units/input-error.ts';
import { LandingPrediction } from './landing-prediction.ts';
import { predictionLimits } from './limits.ts';
import type { DecodeTime } from './open-requests.ts';

class EarlyOracle extends LandingPrediction {
  protected decodeTimes(view: ClusterView): DecodeTime {
    let sum = 0;
    for (const instance of view.decodeInstances) {
      const sequences = Math.max(1, view.decoding(instance));
      sum += view.estimateRoundMs(instance, sequences, view.contextTokens(instance));
    }
    const roundMs = sum / view.decodeInstances.length;
    return (task) => {
      const tokens = view.predictedOutput(task);
      if (Number.isNaN(tokens)) {
        throw new InputError('admission early-oracle needs predicted output lengths', {
          where: 'groups.N.lengths',
          rule: 'the group that decodes names a length predictor',
        });
      }
      // The first token comes with the prefill.
      return (tokens - 1) * roundMs;
    };
  }
}

export const earlyOracle = definePolicy<Admission, typeof predictionLimits>({
  kind: 'early-oracle',
  doc: 'as early-predicted, each request decoding for its own predicted output',
  source: 'Mooncake (arXiv 2407.00079v3, section 7), named there as future work',
  parameters: predictionLimits,
  create: (values) => new EarlyOracle(values),
});
