import type { CheckResult } from '../check/check.ts';
import type { ErrorSummary } from '../check/errors.ts';
import type { StepErrors } from '../check/step-rows.ts';
import type { Source } from './sources.ts';

/** Errors as they are kept: %, two decimals. */
export type RecordedErrors = ErrorSummary;

/** One pricing of steps: its profile, and how many of the rows its terms were fitted on. */
export interface RecordedPricing extends Omit<RecordedErrors, 'rows'> {
  readonly profile: string;
  readonly fitted_rows: number;
}

/** Steps of one engine, model and phase, priced three times (`check/step-rows.ts`). */
export interface RecordedSteps {
  readonly engine: string;
  readonly model: string;
  readonly tp: number;
  readonly phase: string;
  readonly gpu: string;
  readonly rows: number;
  readonly composed: RecordedPricing;
  readonly own: RecordedPricing;
  readonly default: RecordedPricing;
}

/** What a check found of some GPUs: figures alone, no measured row. */
export interface CheckRecord {
  readonly command: string;
  /** Day of the check, YYYY-MM-DD. */
  readonly date: string;
  /** Files with rows of these GPUs. */
  readonly sources: readonly Source[];
  readonly families: readonly ({
    family: string;
    gpu: string;
    fitted_rows: number;
    held_out_mape: number | null;
  } & RecordedErrors)[];
  readonly end_to_end: readonly RecordedSteps[];
  readonly selections: readonly ({ selection: string; gpu: string } & RecordedErrors)[];
}

export interface RecordOf {
  readonly command: string;
  readonly date: string;
  readonly sources: readonly Source[];
  /** Beginning of the names of the GPUs; all by default. */
  readonly gpus?: string | undefined;
}

/** The figures of a check, rounded. */
export function recordOf(
  { families, selections, ...steps }: CheckResult,
  { command, date, sources, gpus = '' }: RecordOf,
): CheckRecord {
  const isOf = ({ gpu }: { readonly gpu: string }) => gpu.startsWith(gpus);
  return {
    command,
    date,
    sources,
    families: families.filter(isOf).map((row) => ({
      family: row.family,
      gpu: row.gpu,
      ...rounded(row),
      fitted_rows: row.fitted_rows,
      held_out_mape: row.held_out_mape,
    })),
    end_to_end: steps.end_to_end.flatMap((composed, i) =>
      isOf(composed)
        ? [
            stepsOf(composed, {
              own: steps.end_to_end_engine[i] as StepErrors,
              default: steps.end_to_end_default[i] as StepErrors,
            }),
          ]
        : [],
    ),
    selections: selections.filter(isOf).map(({ selection, gpu, ...errors }) => ({
      selection,
      gpu,
      ...rounded(errors),
    })),
  };
}

function stepsOf(
  composed: StepErrors,
  others: { readonly own: StepErrors; readonly default: StepErrors },
): RecordedSteps {
  const { engine, model, tp, phase, gpu, rows } = composed;
  return {
    engine,
    model,
    tp,
    phase,
    gpu,
    rows,
    composed: pricingOf(composed),
    own: pricingOf(others.own),
    default: pricingOf(others.default),
  };
}

function pricingOf({ profile, fitted_rows, ...errors }: StepErrors): RecordedPricing {
  const { rows: _, ...shares } = rounded(errors);
  return { profile, fitted_rows, ...shares };
}

function rounded({ rows, bias, mape, median, p90 }: ErrorSummary): RecordedErrors {
  const cut = (value: number) => Number(value.toFixed(2)) + 0;
  return { rows, bias: cut(bias), mape: cut(mape), median: cut(median), p90: cut(p90) };
}
