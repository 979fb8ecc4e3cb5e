import type { RecordedSteps } from '../cost/calibration/recorded/record.ts';
import { recordedCheck } from '../cost/calibration/recorded/recorded.ts';
import { defaultProfile } from '../cost/profiles.ts';
import type { ErrorMark, ErrorRow } from './charts/error-marks.ts';

/** How a published row was kept from the fit. */
export type HeldOut =
  /** Whole shapes that no fit saw. */
  | 'shapes'
  /** A model or range of heads left out; constants refitted without it. */
  | 'models'
  /** Lengths beyond those fitted; constants refitted on the short ones. */
  | 'lengths';

/** Error of one kernel family: mean, median and 90th percentile of |predicted/measured − 1|, %. */
export interface KernelError {
  readonly family: string;
  readonly heldOut: HeldOut;
  /** What was left out. */
  readonly test: string;
  readonly rows: number;
  readonly mape: number;
  readonly median: number;
  readonly p90: number;
}

const kernel = (
  family: string,
  heldOut: HeldOut,
  test: string,
  rows: number,
  [mape, median, p90]: readonly [number, number, number],
): KernelError => ({ family, heldOut, test, rows, mape, median, p90 });

/**
 * Errors that were published with the A100 constants, on shapes that are not in the measurements at
 * hand: they cannot be computed again, and are marked as published wherever they stand.
 */
export const publishedKernelErrors: readonly KernelError[] = [
  kernel('GEMM (microbenchmark)', 'shapes', 'unseen (n, k)', 882, [7.6, 5.8, 16.3]),
  kernel('GEMM (microbenchmark)', 'lengths', 'm <= 1,024 to m >= 4,096', 480, [6.6, 6.1, 11.5]),
  kernel('GEMM (sustained)', 'shapes', 'unseen (n, k)', 237, [8.4, 6.3, 19.2]),
  kernel('GEMM (sustained)', 'models', 'Llama-3-8B left out', 624, [7.4, 5.3, 16.6]),
  kernel('GEMM (sustained)', 'models', 'Qwen-72B left out', 429, [7.0, 4.6, 18.2]),
  kernel('GEMM (sustained)', 'lengths', 'm <= 1,024 to m >= 4,096', 305, [5.1, 4.4, 10.3]),
  kernel('Prefill attention', 'shapes', 'unseen heads', 816, [14.4, 9.1, 35.3]),
  kernel('Prefill attention', 'models', 'up to 32 heads to more', 1734, [18.8, 14.4, 41.7]),
  kernel('Prefill attention', 'lengths', 's <= 2,048 to s >= 8,192', 756, [9.4, 6.6, 18.4]),
  kernel('Decode attention', 'shapes', 'unseen heads', 860, [18.3, 10.6, 46.3]),
  kernel('Decode attention', 'shapes', 'unseen heads, KV over 20 MB', 250, [12.3, 9.9, 24.8]),
  kernel('Decode attention', 'models', 'up to 32 heads to more', 1535, [16.3, 11.9, 37.3]),
  kernel('Decode attention', 'lengths', 'kv <= 4,096 to kv >= 16,384', 481, [14.2, 13.0, 28.6]),
  kernel('All-reduce (in a graph)', 'shapes', 'unseen sizes', 30, [9.5, 7.4, 19.2]),
  kernel('MoE (fused Triton)', 'shapes', 'unseen shapes', 360, [16.2, 12.3, 37.4]),
  kernel('MoE (fused Triton)', 'models', 'Mixtral-8x7B left out', 360, [23.0, 19.8, 42.1]),
  kernel('MoE (fused Triton)', 'lengths', 'T <= 512 to T >= 4,096', 816, [35.8, 30.2, 90.1]),
];

/** Measured steps of engines on an A100, as the last recorded check priced them. */
export function a100Steps(): readonly RecordedSteps[] {
  return recordedCheck('a100').end_to_end;
}

/** Marks of the steps of engines; a hollow mark says that a fit saw rows of it. */
export const stepMarks: readonly ErrorMark[] = [
  { field: 'kernels_alone', label: 'kernels alone', shape: 'stroke' },
  { field: 'default_profile', label: 'default profile', shape: 'circle', hue: 'blue' },
  {
    field: 'default_profile_fitted',
    label: 'default profile, fitted',
    shape: 'circle',
    hue: 'blue',
    hollow: true,
  },
  { field: 'own_profile', label: 'profile of the engine', shape: 'diamond', hue: 'vermillion' },
  {
    field: 'own_profile_fitted',
    label: 'profile of the engine, fitted',
    shape: 'diamond',
    hue: 'vermillion',
    hollow: true,
  },
];

/** A line per engine, model and phase: mean errors of the three pricings, %; engines with graphs first. */
export function stepErrorRows(steps: readonly RecordedSteps[]): ErrorRow[] {
  const isGraphs = ({ own }: RecordedSteps) => Number(own.profile === defaultProfile);
  const ordered = [...steps].sort((a, b) => isGraphs(b) - isGraphs(a));
  const engines = [...new Set(ordered.map(panelOf))];
  return engines.flatMap((panel) =>
    steps
      .filter((one) => panelOf(one) === panel)
      .sort((a, b) => a.default.mape - b.default.mape)
      .map((one) => {
        const ownIsDefault = one.own.profile === defaultProfile;
        const ifFitted = ({ mape, fitted_rows }: RecordedSteps['own'], fitted: boolean) =>
          fitted_rows > 0 === fitted ? mape : null;
        return {
          panel,
          row: `${one.model}${one.tp > 1 ? ` TP${one.tp}` : ''}, ${one.phase}`,
          rows: one.rows,
          kernels_alone: one.composed.mape,
          default_profile: ifFitted(one.default, false),
          default_profile_fitted: ifFitted(one.default, true),
          own_profile: ownIsDefault ? null : ifFitted(one.own, false),
          own_profile_fitted: ownIsDefault ? null : ifFitted(one.own, true),
          bias_default_profile: one.default.bias,
        };
      }),
  );
}

function panelOf({ engine, own }: RecordedSteps): string {
  return `${engine} (${own.profile})`;
}

/** Steps that no fit saw, with the default profile, by whether it is the engine's own. */
export function unfitted(steps: readonly RecordedSteps[]) {
  const of = (graphs: boolean) =>
    steps.filter(
      (one) => one.default.fitted_rows === 0 && (one.own.profile === defaultProfile) === graphs,
    );
  return { graphs: of(true), others: of(false) };
}

/** "3 to 14 %", "5 %": lowest to highest. */
export function rangeOf(values: readonly number[], digits = 0): string {
  const low = Math.min(...values).toFixed(digits);
  const high = Math.max(...values).toFixed(digits);
  return low === high ? `${low} %` : `${low} to ${high} %`;
}
