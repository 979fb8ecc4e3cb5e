/**
 * Fidelity of the generated multimodal trace.
 *
 * Original: one hour sampled at a third of the rate from the per-client distributions that
 * alibaba/ServeGen publishes (data/multimodal/mm-image, Apache-2.0; arXiv 2505.09999): 15,318
 * requests of 19 clients. Its aggregates stand below, so that the check runs without the file.
 *
 * Which statistics are not fitted was decided before any of them was computed on either trace.
 * Tolerances: 5 % for fitted quantiles and means (or one token, where that is more), 1 point for
 * shares; 10 % or 3 points for what is not fitted. The sampling error of an autocorrelation over
 * 360 counts is 5 points, so those rows can miss by chance alone.
 */
import type { RequestTrace } from '../trace/request-trace.ts';
import { quantileSorted } from '../units/quantile.ts';
import { compareStatistic, type FidelityRow, type Statistic } from './fidelity-row.ts';

type SampleStatistic = Statistic<Sample>;
type Unit = SampleStatistic['unit'];

/** What the statistics are computed from, per request unless said otherwise. */
interface Sample {
  readonly text: Float64Array;
  readonly output: Float64Array;
  readonly images: Float64Array;
  /** All images of the request together. */
  readonly imageTokens: Float64Array;
  readonly input: Float64Array;
  /** Per image. */
  readonly perImage: Float64Array;
  readonly gapsMs: Float64Array;
  readonly perSecond: Float64Array;
  readonly perTenSeconds: Float64Array;
  /** Input tokens that arrive in each 10 s. */
  readonly inputPerTenSeconds: Float64Array;
  /** Requests of each active client, ascending. */
  readonly perClient: Float64Array;
}

const statistics: readonly SampleStatistic[] = [
  ...quantiles('text tokens', (s) => s.text, { p10: 74, p50: 94, p90: 1599, p99: 2973 }),
  fittedMean('text tokens', 'tokens', (s) => s.text, 454.1),
  ...quantiles('tokens of one image', (s) => s.perImage, {
    p10: 6,
    p25: 154,
    p50: 391,
    p75: 1196,
    p90: 1225,
  }),
  fittedMean('tokens of one image', 'tokens', (s) => s.perImage, 555.3),
  ...quantiles('output tokens', (s) => s.output, { p10: 7, p50: 101, p90: 252, p99: 538 }),
  fittedMean('output tokens', 'tokens', (s) => s.output, 127.5),
  ...quantiles('total input tokens', (s) => s.input, { p50: 1267, p90: 2495, p99: 5140 }),
  imageBand('requests with 0 images', 0, 0, 0.0124),
  imageBand('requests with 1 image', 1, 1, 0.8239),
  imageBand('requests with 2-3 images', 2, 3, 0.1222),
  imageBand('requests with 4-9 images', 4, 9, 0.0354),
  imageBand('requests with 10 images or more', 10, Number.POSITIVE_INFINITY, 0.0061),
  fittedMean('images of a request', 'images', (s) => s.images, 1.461),
  fitted('images of a request, max', 'images', 0.1, 48, (s) => max(s.images)),
  fitted('input tokens that are image tokens', 'ratio', 0.015, 0.641, (s) => {
    return sum(s.imageTokens) / sum(s.input);
  }),
  fitted('requests of the largest client', 'ratio', 0.01, 0.167, (s) => topShare(s, 1)),
  fitted(
    'inter-arrival CV',
    'ratio',
    0.1,
    1.35,
    (s) => Math.sqrt(variance(s.gapsMs)) / mean(s.gapsMs),
  ),
  fitted('requests per second, variance/mean', 'requests', 0.1, 3.77, (s) => {
    return variance(s.perSecond) / mean(s.perSecond);
  }),
  unfitted('requests per second, max', 'requests', 53, (s) => max(s.perSecond)),
  unfitted('requests per 10 s, variance/mean', 'requests', 6.284, (s) => {
    return variance(s.perTenSeconds) / mean(s.perTenSeconds);
  }),
  ...[0.145, 0.036, -0.078, -0.007, -0.05, -0.027].map((original, i) =>
    unfitted(`requests per 10 s, autocorrelation at lag ${i + 1}`, 'ratio', original, (s) =>
      autocorrelation(s.perTenSeconds, i + 1),
    ),
  ),
  unfitted('input tokens per 10 s p99', 'tokens', 96_065, (s) =>
    quantile(s.inputPerTenSeconds, 0.99),
  ),
  unfitted('image tokens of a request p90', 'tokens', 1248, (s) => quantile(s.imageTokens, 0.9)),
  unfitted('images at the pixel limit (1,196 tokens or more)', 'ratio', 0.2568, (s) =>
    share(s.perImage, (tokens) => tokens >= 1196),
  ),
  unfitted('images of 6 tokens or fewer', 'ratio', 0.1498, (s) =>
    share(s.perImage, (tokens) => tokens <= 6),
  ),
  unfitted('text and image tokens of a request, Pearson correlation', 'ratio', 0.11, (s) =>
    correlation(s.text, s.imageTokens),
  ),
  unfitted('text and image tokens of a request, Spearman correlation', 'ratio', 0.113, (s) =>
    correlation(ranks(s.text), ranks(s.imageTokens)),
  ),
  unfitted('image and output tokens of a request, Spearman correlation', 'ratio', -0.387, (s) =>
    correlation(ranks(s.imageTokens), ranks(s.output)),
  ),
  unfitted('requests of the three largest clients', 'ratio', 0.4604, (s) => topShare(s, 3)),
  unfitted('Gini coefficient of requests over clients', 'ratio', 0.517, (s) => gini(s.perClient)),
];

/**
 * Holds a multimodal trace against the original: against its published aggregates, or, where
 * given, against the trace itself. Both need media and tenants.
 */
export function multimodalFidelity(trace: RequestTrace, original?: RequestTrace): FidelityRow[] {
  const ours = sampleOf(trace);
  const theirs = original && sampleOf(original);
  return statistics.map((statistic) =>
    compareStatistic(statistic, ours, theirs, (reference) => {
      const oneToken = statistic.unit === 'tokens' ? 1 / reference : 0;
      return Math.max(statistic.tolerance, oneToken);
    }),
  );
}

function sampleOf(trace: RequestTrace): Sample {
  const { count, media, tenant } = trace;
  if (media === null || tenant === null) throw new TypeError('a trace with media and tenants');
  const text = Float64Array.from(trace.inputTokens);
  const perImage = Float64Array.from(media.tokens);
  const images = new Float64Array(count);
  const imageTokens = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const [first, end] = [media.offsets[row] as number, media.offsets[row + 1] as number];
    images[row] = end - first;
    imageTokens[row] = sum(perImage.subarray(first, end));
  }
  const input = text.map((tokens, row) => tokens + (imageTokens[row] as number));
  const clients = new Float64Array(tenant.labels.length);
  for (const code of tenant.codes) clients[code] = (clients[code] as number) + 1;
  const gapsMs = trace.arrivalMs
    .subarray(1)
    .map((at, row) => at - (trace.arrivalMs[row] as number));
  const one = new Float64Array(count).fill(1);
  return {
    text,
    output: Float64Array.from(trace.outputTokens),
    images,
    imageTokens,
    input,
    perImage,
    gapsMs,
    perSecond: perWindow(trace.arrivalMs, one, 1_000),
    perTenSeconds: perWindow(trace.arrivalMs, one, 10_000),
    inputPerTenSeconds: perWindow(trace.arrivalMs, input, 10_000),
    perClient: clients.filter((requests) => requests > 0).sort(),
  };
}

function fitted(
  name: string,
  unit: Unit,
  tolerance: number,
  original: number,
  measure: SampleStatistic['measure'],
): SampleStatistic {
  return { name, unit, fitted: true, tolerance, original, measure };
}

function unfitted(
  name: string,
  unit: Unit,
  original: number,
  measure: SampleStatistic['measure'],
): SampleStatistic {
  return { name, unit, fitted: false, tolerance: unit === 'ratio' ? 0.03 : 0.1, original, measure };
}

function quantiles(
  name: string,
  column: (sample: Sample) => Float64Array,
  originals: Readonly<Record<string, number>>,
): SampleStatistic[] {
  return Object.entries(originals).map(([label, original]) =>
    fitted(`${name} ${label}`, 'tokens', 0.05, original, (sample) =>
      quantile(column(sample), Number(label.slice(1)) / 100),
    ),
  );
}

function fittedMean(
  name: string,
  unit: Unit,
  column: (sample: Sample) => Float64Array,
  original: number,
): SampleStatistic {
  return fitted(`${name}, mean`, unit, 0.05, original, (sample) => mean(column(sample)));
}

function imageBand(name: string, from: number, to: number, original: number): SampleStatistic {
  return fitted(name, 'ratio', 0.01, original, (sample) =>
    share(sample.images, (images) => images >= from && images <= to),
  );
}

/** Sums of the weights of what arrives in each window, up to the window of the last arrival. */
function perWindow(arrivalMs: Float64Array, weights: Float64Array, windowMs: number) {
  const windows = new Float64Array(Math.floor((arrivalMs.at(-1) ?? 0) / windowMs) + 1);
  for (const [row, at] of arrivalMs.entries()) {
    const window = Math.floor(at / windowMs);
    windows[window] = (windows[window] as number) + (weights[row] as number);
  }
  return windows;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: Float64Array): number {
  return sum(values) / values.length;
}

function max(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, value), 0);
}

/** Of the whole population, not of a sample from it. */
function variance(values: Float64Array): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}

function quantile(values: Float64Array, q: number): number {
  return quantileSorted(values.toSorted(), q);
}

function share(values: Float64Array, accept: (value: number) => boolean): number {
  return values.filter(accept).length / values.length;
}

function topShare({ perClient }: Sample, clients: number): number {
  return sum(perClient.subarray(-clients)) / sum(perClient);
}

function gini(ascending: Float64Array): number {
  const n = ascending.length;
  const weighted = sum(ascending.map((value, i) => (i + 1) * value));
  return (2 * weighted) / (n * sum(ascending)) - (n + 1) / n;
}

function correlation(x: Float64Array, y: Float64Array): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  const products = x.map((value, i) => (value - meanX) * ((y[i] as number) - meanY));
  return mean(products) / Math.sqrt(variance(x) * variance(y));
}

function autocorrelation(values: Float64Array, lag: number): number {
  const centre = mean(values);
  const deviations = values.map((value) => value - centre);
  const lagged = deviations.subarray(lag).map((value, i) => value * (deviations[i] as number));
  return sum(lagged) / sum(deviations.map((value) => value ** 2));
}

/** Ranks from 1; equal values share the mean of theirs. */
function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
  const result = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    const value = values[order[first] as number];
    let end = first + 1;
    while (end < order.length && values[order[end] as number] === value) end++;
    for (let i = first; i < end; i++) result[order[i] as number] = (first + 1 + end) / 2;
    first = end;
  }
  return result;
}
