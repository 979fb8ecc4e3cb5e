import { valuesOf } from '../../constants.ts';
import { profileOfGpu } from '../../gpu-profiles.ts';
import type { KernelConstants } from '../../kernels.ts';
import { type ErrorSummary, type Scored, summariseErrors } from '../check/errors.ts';
import { readMeasurements } from '../measurements/read-folder.ts';
import { kernelsAt, type Problem, rowsOf, search, withValues } from './fit-family.ts';
import { type FitRow, fitRows, gpuOfFit } from './fit-rows.ts';
import { type FittedFamily, fittedFamilies } from './fitted-families.ts';
import { byShape, holdOut } from './hold-out.ts';
import { residualFactor } from './residuals.ts';
import { spreadForms } from './spread-forms.ts';
import { stepForms } from './step-forms.ts';

/** Errors of one form over rows that its constants have not seen. */
export interface FormErrors extends ErrorSummary {
  /** What is priced: a family of kernels, or a kind of step. */
  readonly of: string;
  readonly form: string;
}

/** A form as a family with some of its constants, others set. */
interface Form {
  readonly family: string;
  readonly form: string;
  /** Constants that are fitted; none: as the GPU's profile has them. */
  readonly fits: readonly string[];
  readonly set?: Readonly<Record<string, number>>;
  /** Times the residuals of the fitted rows. */
  readonly residuals?: true;
}

const roofline = ['startUs', 'flopsShare', 'bytesShare'];
const product = [...roofline, 'exponent'];
const decode = ['startUs', 'kvShare', 'queryShare', 'blockUs', 'blockBytesPerS'];
const limited = [...decode, 'groupedBlockShare'];

const forms: readonly Form[] = [
  ...['gemm', 'gemm-microbench'].flatMap((family): Form[] => [
    { family, form: 'roofline', fits: product, set: { waves: 0 } },
    { family, form: 'with waves', fits: [...product, 'waves'] },
    { family, form: 'times residuals', fits: product, set: { waves: 0 }, residuals: true },
  ]),
  { family: 'attention-prefill', form: 'causal area', fits: roofline },
  { family: 'attention-prefill', form: 'times residuals', fits: roofline, residuals: true },
  {
    family: 'attention-prefix',
    form: 'area, rate as without prefix',
    fits: [],
    set: { prefixFactor: 1, prefixMasked: 0 },
  },
  {
    family: 'attention-prefix',
    form: 'area, own rate',
    fits: ['prefixFactor'],
    set: { prefixMasked: 0 },
  },
  {
    family: 'attention-prefix',
    form: 'rectangle, own rate',
    fits: ['prefixFactor'],
    set: { prefixMasked: 1 },
  },
  {
    family: 'attention-prefix',
    form: 'area and a share of the rest, own rate',
    fits: ['prefixFactor', 'prefixMasked'],
  },
  {
    family: 'attention-decode',
    form: 'no limit per grouped block',
    fits: decode,
    set: { groupedBlockShare: 1 },
  },
  { family: 'attention-decode', form: 'limit per grouped block', fits: limited },
  { family: 'attention-decode', form: 'times residuals', fits: limited, residuals: true },
];

/**
 * Forms beside each other: kernels on shapes held out by the seed, whole steps with the constants of
 * the GPU's profile (nothing is fitted on them), and spreads of context on batches left out in turn.
 */
export async function compareForms(request: {
  readonly data: string;
  readonly gpu?: string | undefined;
  readonly seed?: number | undefined;
}): Promise<FormErrors[]> {
  const { data, seed = 1 } = request;
  const folder = await readMeasurements(data);
  const { gpu } = gpuOfFit(folder, data, request);
  const rows = fitRows(folder, gpu);
  const base = valuesOf(profileOfGpu(gpu).constants);
  const kernels = forms.flatMap((form): FormErrors[] => {
    const family = fittedFamilies.find(({ name }) => name === form.family) as FittedFamily;
    const taken = rowsOf(family, rows);
    const scored = heldOutRows(family, form, taken, { gpu, base, seed });
    return scored.length === 0
      ? []
      : [{ of: form.family, form: form.form, ...summariseErrors(scored) }];
  });
  return [...kernels, ...stepForms(folder, { gpu, base }), ...spreadForms(folder)];
}

function heldOutRows(
  family: FittedFamily,
  form: Form,
  rows: readonly FitRow[],
  { gpu, base, seed }: Pick<Problem, 'gpu' | 'base' | 'seed'>,
): Scored[] {
  const { folds } = holdOut(byShape(rows, family.shapeOf), { seed, name: family.name });
  const constants = family.constants.filter(
    ({ name, identified }) => form.fits.includes(name) && (identified?.(rows) ?? true),
  );
  const start: KernelConstants = withValues(base, family.path, form.set ?? {});
  const problem: Problem = { family, constants, gpu, base: start, seed };
  return folds.flatMap(({ fitted, heldOut }) => {
    const at = constants.length === 0 ? [] : search(problem, fitted).at;
    const kernels = kernelsAt(problem, at);
    const priced = (row: FitRow) => family.predict(kernels, row);
    const points = form.residuals
      ? fitted.flatMap((shape) =>
          shape.rows.map((row) => ({
            at: placeOf(row),
            log: Math.log(row.measured / priced(row)),
          })),
        )
      : [];
    return heldOut.flatMap((shape) =>
      shape.rows.map((row) => ({
        measured: row.measured,
        predicted: priced(row) * (form.residuals ? residualFactor(points, placeOf(row)) : 1),
      })),
    );
  });
}

/** Logarithms of the sizes of a shape, a prefix of none as one token. */
function placeOf({ shape }: FitRow): number[] {
  return Object.values(shape).flatMap((size) =>
    typeof size === 'number' ? [Math.log(Math.max(1, size))] : [],
  );
}
