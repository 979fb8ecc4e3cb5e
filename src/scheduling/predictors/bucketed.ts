/**
 * A classifier into buckets of output length, with a given accuracy.
 * Source: length classifiers of S³ (Jin et al., arXiv 2306.06000) and of proxy-model schedulers
 * (Qiu et al., arXiv 2404.08509); their buckets and accuracies are parameters here, not constants.
 *
 * The truth falls into one of B buckets. The confusion matrix: with probability `accuracy` the
 * right bucket, otherwise one of its neighbours with equal chances (the end buckets have one).
 * The prediction is the middle of the bucket named, so even a right bucket leaves an error.
 * Edges: `quantile` gives every bucket an equal share of the trace's outputs, from the shortest to
 * the longest (equal edges leave a bucket empty); `width` divides 1 … `maxTokens` evenly, with
 * longer outputs in the last bucket.
 *
 * One draw for each request, of the seed and the request alone. Made from the true length, with
 * error added to the truth: an oracle. Units: tokens.
 */
import type { PredictorFactory } from '../../policy/length-predictor.ts';
import { definePolicy } from '../../policy/registry.ts';
import { quantileSorted } from '../../units/quantile.ts';
import { RandomStream } from '../../units/random.ts';

const parameters = {
  buckets: { type: 'integer', default: 10, min: 1, max: 1000, doc: 'classes of output length' },
  edges: {
    type: 'choice',
    default: 'quantile',
    choices: ['quantile', 'width'],
    doc: "equal shares of the trace's outputs, or equal widths up to maxTokens",
  },
  maxTokens: {
    type: 'integer',
    default: 2048,
    min: 1,
    unit: 'tokens',
    doc: 'upper edge of the last bucket of equal width',
  },
  accuracy: {
    type: 'number',
    default: 0.8,
    min: 0,
    max: 1,
    doc: 'share of requests put into their own bucket; the others go to a neighbour',
  },
} as const;

/** Edges of B buckets, ascending, B + 1 of them; bucket i holds edge i < length ≤ edge i + 1. */
function edgesOf(outputTokens: Int32Array, buckets: number, kind: string, maxTokens: number) {
  const sorted = outputTokens.slice().sort();
  return Float64Array.from({ length: buckets + 1 }, (_, i) =>
    kind === 'width' ? (i / buckets) * maxTokens : quantileSorted(sorted, i / buckets),
  );
}

/** The first bucket whose upper edge is not below the length; the last one for longer ones. */
function bucketOf(length: number, edges: Float64Array): number {
  const last = edges.length - 2;
  let bucket = 0;
  while (bucket < last && length > (edges[bucket + 1] as number)) bucket++;
  return bucket;
}

/** What the classifier names for a true bucket; `luck` is uniform in [0, 1). */
function named(bucket: number, buckets: number, accuracy: number, luck: number): number {
  if (luck < accuracy || buckets === 1) return bucket;
  if (bucket === 0) return 1;
  if (bucket === buckets - 1) return bucket - 1;
  return luck < (1 + accuracy) / 2 ? bucket - 1 : bucket + 1;
}

export const bucketed = definePolicy<PredictorFactory, typeof parameters>({
  kind: 'bucketed',
  doc: 'middle of a bucket of output length, named rightly with a given accuracy',
  source: 'length classifiers: arXiv 2306.06000 (S³), arXiv 2404.08509',
  parameters,
  oracle: () => ['length'],
  create:
    ({ buckets, edges: kind, maxTokens, accuracy }) =>
    ({ count, outputTokens, seed }) => {
      const stream = new RandomStream(seed, 'length-predictor.bucketed');
      const edges = edgesOf(outputTokens, buckets, kind, maxTokens);
      const predicted = new Float64Array(count);
      for (let task = 0; task < count; task++) {
        const bucket = bucketOf(outputTokens[task] as number, edges);
        const name = named(bucket, buckets, accuracy, stream.uniform());
        const middle = ((edges[name] as number) + (edges[name + 1] as number)) / 2;
        predicted[task] = Math.max(1, middle);
      }
      return { predict: (task) => predicted[task] as number };
    },
});
