import { errorOf, grouped, worstOf } from './errors.ts';
import type { KernelRow } from './kernel-rows.ts';
import { engineName, type StepRow, scored } from './step-rows.ts';

/** A row that the clock misses by far, with its shape. */
export interface Offender {
  /** Family of a kernel, or engine and phase of a step. */
  readonly group: string;
  readonly gpu: string;
  readonly shape: Readonly<Record<string, number | string>>;
  readonly measured: number;
  readonly predicted: number;
  readonly unit: 'us' | 'ms';
  /** Signed, %. */
  readonly error: number;
}

const perGroup = 3;

/** The worst rows of each family. */
export function worstKernels(kernels: readonly KernelRow[]): Offender[] {
  const rows = kernels.filter(
    (row): row is KernelRow & { predicted: number } => row.family !== null,
  );
  return [...grouped(rows, ({ gpu, family }) => `${gpu}\n${family}`).values()].flatMap((group) =>
    worstOf(group, perGroup).map((row) => ({
      group: row.family as string,
      gpu: row.gpu,
      shape: row.shape,
      measured: row.measured,
      predicted: row.predicted,
      unit: 'us' as const,
      error: errorOf(row),
    })),
  );
}

/** The worst steps of each engine and phase, kernels composed. */
export function worstSteps(steps: readonly StepRow[]): Offender[] {
  const rows = steps.map((step) => ({ ...scored(step, 'composed'), step }));
  const keyOf = ({ step }: (typeof rows)[number]) =>
    JSON.stringify([step.at.gpu.name, engineName(step), step.phase]);
  return [...grouped(rows, keyOf).values()].flatMap((group) =>
    worstOf(group, perGroup).map(({ step, measured, predicted }) => ({
      group: `${engineName(step)} ${step.phase}`,
      gpu: step.at.gpu.name,
      shape: { model: step.model, tp: step.tp, ...step.shape },
      measured,
      predicted,
      unit: 'ms' as const,
      error: errorOf({ measured, predicted }),
    })),
  );
}
