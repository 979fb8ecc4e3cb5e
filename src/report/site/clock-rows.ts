import type { CheckedRows } from '../../cost/calibration/check/check.ts';
import { errorOf } from '../../cost/calibration/check/errors.ts';
import { families } from '../../cost/calibration/check/families.ts';
import { kvBytes } from '../../cost/calibration/check/kernel-forms.ts';
import type { KernelRow } from '../../cost/calibration/check/kernel-rows.ts';
import type { Phase } from '../../cost/calibration/check/step-cases.ts';
import { engineName, type StepRow, scored } from '../../cost/calibration/check/step-rows.ts';
import { errorBins } from '../charts/error-bins.ts';
import type { ShapePanel } from '../charts/error-by-shape.ts';
import type { ComparedPoint } from '../charts/predicted-measured.ts';

/** Names of phases as panels have them. */
const phaseNames: Readonly<Record<Phase, string>> = {
  decode: 'decode steps',
  prefill: 'prefill steps',
  prefix: 'prefill on a prefix',
  mixed: 'mixed steps',
  tsp: 'token-selective prefill',
  encode: 'encoders',
};

const phases = Object.keys(phaseNames) as readonly Phase[];

type FamilyRow = KernelRow & { readonly predicted: number; readonly family: string };

/** Rows of one GPU that stand in a family, families in their order. */
function kernelsOf({ kernels }: CheckedRows, gpu: string): FamilyRow[] {
  const own = kernels.filter((row): row is FamilyRow => row.family !== null && row.gpu === gpu);
  const place = ({ family }: FamilyRow) => (families as readonly string[]).indexOf(family);
  return own.sort((a, b) => place(a) - place(b));
}

function stepsOf({ steps }: CheckedRows, gpu: string): StepRow[] {
  const own = steps.filter(({ at }) => at.gpu.name === gpu);
  return own.sort((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase));
}

/** Every row of a GPU beside its prediction; steps with the profile of their engine. */
export function comparedPoints(rows: CheckedRows, gpu: string): ComparedPoint[] {
  const kernels = kernelsOf(rows, gpu).map((row) => ({
    panel: row.family,
    unit: 'us' as const,
    measured: row.measured,
    predicted: row.predicted,
    fitted: 'no' as const,
    shape: shapeText(row.shape),
  }));
  const steps = stepsOf(rows, gpu).map((step) => ({
    panel: phaseNames[step.phase],
    unit: 'ms' as const,
    ...scored(step, 'engine'),
    fitted: step.fitted.engine ? ('yes' as const) : ('no' as const),
    shape: `${engineName(step)}, ${step.model} TP${step.tp}, ${shapeText(step.shape)}`,
  }));
  return [...kernels, ...steps];
}

export function shapeText(shape: Readonly<Record<string, number | string>>): string {
  return Object.entries(shape)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

type Shape = Readonly<Record<string, number | string>>;
const at = (name: string) => (shape: Shape) => Number(shape[name] ?? 0);
const prompts = (shape: Shape) => (at('batch')(shape) || 1) * at('newTokens')(shape);

/** What the errors of a family are held against. */
const kernelSizes: Readonly<
  Record<string, readonly { readonly size: string; readonly of: (shape: Shape) => number }[]>
> = {
  gemm: [{ size: 'rows m', of: at('m') }],
  'gemm-microbench': [{ size: 'rows m', of: at('m') }],
  'attention-prefill': [{ size: 'new tokens', of: prompts }],
  'attention-decode': [
    { size: 'KV of the call, bytes', of: (shape) => kvBytes(shape as never) },
    { size: 'sequences', of: at('batch') },
  ],
  allreduce: [{ size: 'bytes', of: at('bytes') }],
  moe: [{ size: 'tokens', of: at('tokens') }],
  elementwise: [{ size: 'elements', of: (shape) => at('tokens')(shape) * at('width')(shape) }],
};

const stepSizes: Readonly<Record<Phase, { size: string; of: (shape: Shape) => number }>> = {
  decode: { size: 'sequences', of: at('batch') },
  prefill: { size: 'new tokens', of: prompts },
  prefix: { size: 'cached tokens', of: at('prefix') },
  mixed: { size: 'sequences', of: at('batch') },
  tsp: { size: 'tokens', of: at('newTokens') },
  encode: { size: 'tiles', of: at('tiles') },
};

/** Signed errors by size; steps with the profile of their engine, rows of its fit left out. */
export function shapePanels(rows: CheckedRows, gpu: string): ShapePanel[] {
  const kernels = kernelsOf(rows, gpu);
  const kernelPanels = [...new Set(kernels.map(({ family }) => family))].flatMap((family) => {
    const own = kernels.filter((row) => row.family === family);
    return (kernelSizes[family] ?? []).map(({ size, of }) => ({
      panel: family,
      size,
      bins: errorBins(own.map((row) => ({ size: of(row.shape), error: errorOf(row) }))),
    }));
  });
  const steps = stepsOf(rows, gpu).filter((step) => !step.fitted.engine);
  const stepPanels = [...new Set(steps.map(({ phase }) => phase))].map((phase) => {
    const { size, of } = stepSizes[phase];
    const own = steps.filter((step) => step.phase === phase);
    const errors = own.map((step) => ({
      size: of(step.shape),
      error: errorOf(scored(step, 'engine')),
    }));
    return { panel: phaseNames[phase], size, bins: errorBins(errors) };
  });
  return [...kernelPanels, ...stepPanels].filter(({ bins }) => bins.length > 1);
}

/** GPUs with rows to show, in the order of their names. */
export function checkedGpus({ kernels, steps }: CheckedRows): string[] {
  const names = [
    ...kernels.filter(({ family }) => family !== null).map(({ gpu }) => gpu),
    ...steps.map(({ at: priced }) => priced.gpu.name),
  ];
  return [...new Set(names)].sort();
}
