/** Analysers that an experiment can name, by kind: a new one is a file and a line here. */
import type { z } from 'zod';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';
import type { Analyser, AnalysisSpec } from './analyser.ts';
import { blockCacheAnalyser, type blockCacheSchema } from './cache/analyser.ts';
import { quantitiesAnalyser, type quantitiesSchema } from './quantities-analyser.ts';
import { stepTimeAnalyser, type stepTimeSchema } from './step-time-analyser.ts';

export const analysers: readonly Analyser[] = [
  blockCacheAnalyser,
  stepTimeAnalyser,
  quantitiesAnalyser,
];

/** An analysis as its author writes it: everything with a default may be left out. */
export type AnalysisInput =
  | z.input<typeof blockCacheSchema>
  | z.input<typeof stepTimeSchema>
  | z.input<typeof quantitiesSchema>;

/** @throws InputError with the nearest name where there is none of that kind */
export function analyserNamed(kind: string): Analyser {
  const found = analysers.find((one) => one.kind === kind);
  if (found !== undefined) return found;
  throw unknownName(
    'analyser',
    kind,
    analysers.map((one) => one.kind),
  );
}

/**
 * Whether a value is an analysis: it names an analyser by its `kind`, which a scenario of the
 * serving engine has none of.
 */
export function isAnalysis(value: unknown): value is AnalysisSpec {
  return value !== null && typeof value === 'object' && 'kind' in value;
}

/**
 * Validates an analysis and fills in its defaults.
 * @throws InputError naming the path, the value and the rule
 */
export function parseAnalysis(value: unknown): AnalysisSpec {
  const { kind } = value as { kind?: unknown };
  if (typeof kind !== 'string') {
    const rule = `one of ${analysers.map((one) => one.kind).join(', ')}`;
    throw new InputError('an analysis of no kind', { where: 'kind', rule });
  }
  return analyserNamed(kind).parse(value);
}
