import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peaks } from '../../../hardware/gpus.ts';
import type { ConstantsFile } from '../constants-file.ts';
import { type MeasuredFolder, readMeasurements } from '../measurements/read-folder.ts';
import { type ErrorSummary, grouped, summariseErrors } from './errors.ts';
import { type Family, families } from './families.ts';
import { GpuChooser } from './gpu-choice.ts';
import { type KernelRow, kernelRows, type UnknownGpus } from './kernel-rows.ts';
import { type Selection, selectionsOf } from './selections.ts';
import { type Skipped, stepCases, unknownGpu } from './step-files.ts';
import { type StepErrors, type StepRow, scoreSteps, stepErrors } from './step-rows.ts';
import { type Offender, worstKernels, worstSteps } from './worst.ts';

export interface CheckOptions {
  readonly data: string;
  /** GPU of every row. */
  readonly profile?: string | undefined;
  readonly constants?: ConstantsFile | undefined;
  /** Of the GPU that is not in the table. */
  readonly peaks?: Partial<Peaks> | undefined;
}

/** Errors of predictions against measurements, %: kernels by family, then whole steps. */
export interface CheckResult {
  readonly families: readonly FamilyErrors[];
  /** Rows of no family; `mape` over those that have a form, null where none has. */
  readonly other: readonly OtherRows[];
  /** Kernels alone, but for engines whose profile is a part of the check: see `step-rows.ts`. */
  readonly end_to_end: readonly StepErrors[];
  /** With each engine's own profile. */
  readonly end_to_end_engine: readonly StepErrors[];
  /** With the profile that scenarios take by default. */
  readonly end_to_end_default: readonly StepErrors[];
  readonly skipped: readonly Skipped[];
  /** Rows that a claim is made about, across models. */
  readonly selections: readonly Selection[];
  readonly worst: readonly Offender[];
  readonly files: readonly { file: string; rows: number; note?: string }[];
  readonly ignored: readonly string[];
  /** GPU of rows that say nothing of theirs, where no option does either. */
  readonly assumed_gpu: string | null;
}

export interface FamilyErrors extends ErrorSummary {
  readonly family: string;
  readonly gpu: string;
  /** Rows of files or sources that the constants were fitted on, shapes held out among them. */
  readonly fitted_rows: number;
  /** MAPE over shapes that the fit had not seen, where rows were fitted and it is known. */
  readonly held_out_mape: number | null;
}

export interface OtherRows {
  /** Null where the file does not say. */
  readonly source: string | null;
  readonly framework: string | null;
  readonly dtype: string | null;
  readonly rows: number;
  readonly mape: number | null;
  readonly framework_version: string | null;
  readonly op: string;
  readonly gpu: string;
}

/** Every row behind a result, for charts. */
export interface CheckedRows {
  readonly kernels: readonly KernelRow[];
  readonly steps: readonly StepRow[];
}

/**
 * Reads measurements below a folder and holds the clock against them.
 * @throws InputError where a known file has wrong columns, or nothing is known
 */
export async function checkCalibration(
  options: CheckOptions,
): Promise<{ result: CheckResult; rows: CheckedRows }> {
  const folder = await readMeasurements(options.data);
  const gpus = new GpuChooser(options);
  const unknown: UnknownGpus = new Map();
  const skipped = new Map<string, Skipped>();
  const kernels = folder.files.flatMap((file) =>
    kernelRows(file, gpus, unknown, hashOf(join(options.data, file.file))),
  );
  const steps = scoreSteps(folder.files.flatMap((file) => stepCases(file, gpus, skipped)));
  const result: CheckResult = {
    families: familyErrors(kernels),
    other: otherRows(kernels),
    end_to_end: stepErrors(steps, 'composed'),
    end_to_end_engine: stepErrors(steps, 'engine'),
    end_to_end_default: stepErrors(steps, 'default'),
    skipped: [...skipped.values(), ...unknownRows(unknown)],
    selections: selectionsOf(kernels, steps),
    worst: [...worstKernels(kernels), ...worstSteps(steps)],
    files: filesOf(folder),
    ignored: folder.ignored,
    assumed_gpu: gpus.assumed ? 'a100-80gb' : null,
  };
  return { result, rows: { kernels, steps } };
}

/** A kernel row that has a prediction. */
type Predicted = KernelRow & { readonly predicted: number };

function familyErrors(kernels: readonly KernelRow[]): CheckResult['families'] {
  const inFamily = kernels.filter((row): row is Predicted => row.family !== null);
  const groups = [...grouped(inFamily, ({ gpu, family }) => `${gpu}\n${family}`).values()];
  const order = (rows: Predicted[]) => families.indexOf(rows[0]?.family as Family);
  return groups
    .sort((a, b) => byGpu(a[0] as Predicted, b[0] as Predicted) || order(a) - order(b))
    .map((rows) => {
      const { family, gpu } = rows[0] as Predicted;
      const fitted = rows.filter((row) => row.fitted);
      const heldOut = new Set(fitted.map((row) => row.heldOut));
      return {
        family: family as string,
        gpu,
        ...summariseErrors(rows),
        fitted_rows: fitted.length,
        held_out_mape: heldOut.size === 1 ? ([...heldOut][0] as number | null) : null,
      };
    });
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Whether any row was held against a prediction. */
export function isScored({ families, other, end_to_end }: CheckResult): boolean {
  return families.length + end_to_end.length > 0 || other.some(({ mape }) => mape !== null);
}

function byGpu(a: { gpu: string }, b: { gpu: string }): number {
  return a.gpu < b.gpu ? -1 : a.gpu > b.gpu ? 1 : 0;
}

function otherRows(kernels: readonly KernelRow[]): OtherRows[] {
  const others = kernels.filter(({ family }) => family === null);
  const keyOf = ({ gpu, op, origin }: KernelRow) => JSON.stringify([gpu, op, origin]);
  return [...grouped(others, keyOf).values()].map((rows) => {
    const { origin, op, gpu } = rows[0] as KernelRow;
    const { source, framework, version, dtype } = origin;
    const predicted = rows.filter((row): row is Predicted => row.predicted !== null);
    return {
      source,
      framework,
      dtype,
      rows: rows.length,
      mape: predicted.length > 0 ? summariseErrors(predicted).mape : null,
      framework_version: version,
      op,
      gpu,
    };
  });
}

function unknownRows(unknown: UnknownGpus): Skipped[] {
  return [...unknown.values()].map(({ file, gpu, rows }) => ({
    model: file,
    rows,
    reason: unknownGpu(gpu),
  }));
}

function filesOf({ files }: MeasuredFolder): CheckResult['files'] {
  return files.map(({ file, table, layout }) => ({
    file,
    rows: table.rows,
    ...(layout.note !== undefined && { note: layout.note }),
  }));
}
