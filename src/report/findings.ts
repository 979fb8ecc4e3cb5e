import { formatMs } from '../units/format.ts';
import { compareBy, type Factor, settingsOf, varyingFactors } from './factors.ts';
import type { Run } from './runs.ts';

/** A figure of a run that a sentence can be made of. */
export interface Metric {
  /** As in a sentence: "p99 TPOT". */
  readonly name: string;
  readonly better: 'lower' | 'higher';
  readonly format: (value: number) => string;
  /** Said once, after the last number; empty where `format` writes the unit. */
  readonly unit?: string;
  readonly of: (run: Run) => number | null;
}

/** Two runs that differ in one thing, the plainer one first. */
export interface Contrast {
  readonly factor: Factor;
  readonly from: Run;
  readonly to: Run;
  /** What stayed the same in both while other runs vary it: " (no cache)", or empty. */
  readonly context: string;
}

/** Figures nearer to each other than this are reported as no difference. */
export const sameWithin = 0.01;

/** The findings of two metrics; one sentence where the same contrast moves both most. */
export function findingOfBoth(
  runs: readonly Run[],
  first: Metric,
  second: Metric,
  labels: ReadonlyMap<string, string>,
): string {
  const contrasts = contrastsOf(runs);
  const [a, b] = [strongest(contrasts, first), strongest(contrasts, second)];
  const differs = [first, second].some(
    (metric) => a && Math.abs(effectOf(a, metric) ?? 0) > sameWithin,
  );
  if (a !== undefined && a === b && differs) return contrastSentence(a, first, second);
  const rest = findingOf(runs, second, labels);
  return `${findingOf(runs, first, labels)}; ${decapital(rest)}`;
}

export function decapital(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** A time in milliseconds, lower is better. */
export function latencyMetric(name: string, of: Metric['of']): Metric {
  return { name, better: 'lower', format: formatMs, of };
}

/** Every pair of runs that differ in exactly one thing; where there is a baseline, against it. */
export function contrastsOf(runs: readonly Run[]): Contrast[] {
  const factors = varyingFactors(runs);
  return runs.flatMap((from) =>
    runs.flatMap((to) => {
      const differing = factors.filter((factor) => factor.key(from) !== factor.key(to));
      const [factor] = differing;
      if (factor === undefined || differing.length > 1) return [];
      if (compareBy([factor], from, to) > 0 || skipsBaseline(factor, from, runs)) return [];
      const others = factors.filter((other) => other !== factor);
      const rest = settingsOf(others, from);
      return [{ factor, from, to, context: rest === '' ? '' : ` (${rest})` }];
    }),
  );
}

/** Whether the factor's baseline is among the runs and this run is not it. */
function skipsBaseline({ baselines, key }: Factor, from: Run, runs: readonly Run[]): boolean {
  const plainest = baselines.find((setting) => runs.some((run) => key(run) === setting));
  return plainest !== undefined && key(from) !== plainest;
}

/** Natural logarithm of to/from; null where either is missing or not positive. */
export function effectOf({ from, to }: Contrast, metric: Metric): number | null {
  const a = metric.of(from);
  const b = metric.of(to);
  return a === null || b === null || a <= 0 || b <= 0 ? null : Math.log(b / a);
}

/** The contrast that moves the metric most; undefined where none has both figures. */
export function strongest(contrasts: readonly Contrast[], metric: Metric): Contrast | undefined {
  const size = (contrast: Contrast) => Math.abs(effectOf(contrast, metric) ?? 0);
  return contrasts
    .filter((contrast) => effectOf(contrast, metric) !== null)
    .reduce<Contrast | undefined>(
      (best, one) => (best === undefined || size(one) > size(best) ? one : best),
      undefined,
    );
}

/** "Chunked-prefill instead of prefill-first cuts p99 TPOT from 210 ms to 74.0 ms (no cache)". */
export function contrastSentence(contrast: Contrast, ...metrics: Metric[]): string {
  const { factor, from, to, context } = contrast;
  return `${factor.subject(to, from)} ${changes(contrast, metrics)}${context}`;
}

/** What happens to each metric, in turn; changes for the worse after ones for the better stand out. */
function changes(contrast: Contrast, metrics: readonly Metric[]): string {
  return metrics
    .map((metric, i) => {
      const before = metrics[i - 1];
      const isTurn = before !== undefined && gain(contrast, before) * gain(contrast, metric) < 0;
      return `${i === 0 ? '' : isTurn ? ' but ' : ' and '}${change(contrast, metric)}`;
    })
    .join('');
}

/** Above 0 where the metric gets better, 0 where it stays. */
function gain(contrast: Contrast, metric: Metric): number {
  const effect = effectOf(contrast, metric) ?? 0;
  return Math.abs(effect) <= sameWithin ? 0 : metric.better === 'higher' ? effect : -effect;
}

function change({ from, to }: Contrast, metric: Metric): string {
  const a = metric.of(from) ?? 0;
  const b = metric.of(to) ?? 0;
  const unit = unitOf(metric);
  if (isSame(a, b)) return `leaves ${metric.name} within 1 % of ${metric.format(a)}${unit}`;
  const verb = b > a ? 'raises' : metric.better === 'lower' ? 'cuts' : 'lowers';
  return `${verb} ${metric.name} from ${metric.format(a)} to ${metric.format(b)}${unit}`;
}

function unitOf({ unit }: Metric): string {
  return unit === undefined ? '' : ` ${unit}`;
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= sameWithin * Math.max(Math.abs(a), Math.abs(b));
}

/** The finding of a metric over runs, as one sentence without a full stop. */
export function findingOf(
  runs: readonly Run[],
  metric: Metric,
  labels: ReadonlyMap<string, string>,
): string {
  const having = runs.filter((run) => metric.of(run) !== null);
  const value = (run: Run) => metric.of(run) as number;
  const [first] = having;
  if (first === undefined) return `No request has a ${metric.name.replace(/^p\d+ /, '')}`;
  if (having.length === 1)
    return `${capital(metric.name)} is ${metric.format(value(first))}${unitOf(metric)}`;
  const sorted = [...having].sort((a, b) => value(a) - value(b));
  const low = sorted[0] as Run;
  const high = sorted[sorted.length - 1] as Run;
  if (isSame(value(low), value(high))) {
    const runsText = having.length === 2 ? 'both runs' : `all ${having.length} runs`;
    return `No difference within 1 % in ${metric.name}: ${metric.format(value(low))}${unitOf(metric)} in ${runsText}`;
  }
  const best = strongest(contrastsOf(having), metric);
  if (best !== undefined) return contrastSentence(best, metric);
  const name = (run: Run) => labels.get(run.run) ?? run.label;
  return `${capital(metric.name)} is ${metric.format(value(low))} with ${name(low)} and ${metric.format(value(high))}${unitOf(metric)} with ${name(high)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
