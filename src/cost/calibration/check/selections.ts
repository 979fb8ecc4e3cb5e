import { type ErrorSummary, grouped, type Scored, summariseErrors } from './errors.ts';
import { kvBytes } from './kernel-forms.ts';
import type { KernelRow } from './kernel-rows.ts';
import { type StepRow, scored } from './step-rows.ts';

/** Errors over rows that belong together across models; rows that a fit saw are left out. */
export interface Selection extends ErrorSummary {
  readonly selection: string;
  readonly gpu: string;
}

/** KV of one call from which on it comes from HBM, bytes. */
const largeKvBytes = 80e6;

/** Sequences up to which the published error of large calls was taken. */
const wideBatch = 256;

const stepSelections: readonly {
  readonly selection: string;
  readonly of: (step: StepRow) => boolean;
}[] = [
  {
    selection: 'decode steps, batch from 8 on',
    of: ({ phase, shape }) => phase === 'decode' && (shape.batch ?? 0) >= 8,
  },
  {
    selection: 'prefill without prefix, from 1,024 tokens on',
    of: ({ phase, shape }) => phase === 'prefill' && (shape.newTokens ?? 0) >= 1024,
  },
  { selection: 'prefix prefill', of: ({ phase }) => phase === 'prefix' },
  { selection: 'mixed steps', of: ({ phase }) => phase === 'mixed' },
  { selection: 'encoder steps', of: ({ phase }) => phase === 'encode' },
];

/** The selections that have rows: of kernels, and of whole steps of the plain decoder. */
export function selectionsOf(
  kernels: readonly KernelRow[],
  steps: readonly StepRow[],
): Selection[] {
  const large = kernels.filter(
    (row) => row.family === 'attention-decode' && kvBytes(headsOf(row)) > largeKvBytes,
  );
  const isWide = (row: KernelRow) => headsOf(row).batch > wideBatch;
  const unseen = steps.filter((step) => step.file !== 'iterations' && !step.fitted.composed);
  return [
    ...kernelSelection('decode attention, over 80 MB of KV per call, all', large),
    ...kernelSelection(
      `decode attention, over 80 MB of KV per call, up to ${wideBatch} sequences`,
      large.filter((row) => !isWide(row)),
    ),
    ...kernelSelection(
      `decode attention, over 80 MB of KV per call, above ${wideBatch} sequences`,
      large.filter(isWide),
    ),
    ...stepSelections.flatMap(({ selection, of }) =>
      byGpu(selection, unseen.filter(of), gpuOf, (step) => scored(step, 'composed')),
    ),
    ...tspSelections(unseen),
  ];
}

type DecodeShape = Parameters<typeof kvBytes>[0];

function headsOf({ shape }: KernelRow): DecodeShape {
  return shape as DecodeShape;
}

function kernelSelection(selection: string, rows: readonly KernelRow[]): Selection[] {
  return byGpu(
    selection,
    rows,
    ({ gpu }) => gpu,
    ({ measured, predicted }) => ({ measured, predicted: predicted as number }),
  );
}

/**
 * Token-selective prefill as its share of the full prefill of equal length, which leaves the errors
 * common to both out.
 */
function tspSelections(steps: readonly StepRow[]): Selection[] {
  const tsp = steps.filter(({ phase }) => phase === 'tsp');
  const keyOf = ({ model, shape, at }: StepRow) =>
    JSON.stringify([at.gpu.name, model, shape.newTokens]);
  const shares = [...grouped(tsp, keyOf).values()].flatMap((rows) => {
    const full = rows.find(({ shape }) => shape.rate === 1);
    if (full === undefined) return [];
    return rows.flatMap((row) => (row === full ? [] : [shareOf(row, full)]));
  });
  return [
    ...byGpu(
      'token-selective share of full prefill, from 32k tokens on',
      shares.filter(({ tokens }) => tokens >= 32_000),
      ({ gpu }) => gpu,
    ),
    ...byGpu(
      'token-selective share of full prefill, below',
      shares.filter(({ tokens }) => tokens < 32_000),
      ({ gpu }) => gpu,
    ),
  ];
}

function shareOf(step: StepRow, full: StepRow): Scored & { tokens: number; gpu: string } {
  return {
    measured: step.measuredMs / full.measuredMs,
    predicted: step.predictedMs.composed / full.predictedMs.composed,
    tokens: step.shape.newTokens as number,
    gpu: gpuOf(step),
  };
}

function gpuOf({ at }: StepRow): string {
  return at.gpu.name;
}

function byGpu<T>(
  selection: string,
  rows: readonly T[],
  gpu: (row: T) => string,
  errors: (row: T) => Scored = (row) => row as Scored,
): Selection[] {
  return [...grouped(rows, gpu)].map(([name, group]) => ({
    selection,
    gpu: name,
    ...summariseErrors(group.map(errors)),
  }));
}
