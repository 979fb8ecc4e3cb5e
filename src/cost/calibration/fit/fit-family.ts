import type { Gpu } from '../../../hardware/gpus.ts';
import { RandomStream } from '../../../units/random.ts';
import { type KernelConstants, Kernels } from '../../kernels.ts';
import { type ErrorSummary, type Scored, summariseErrors } from '../check/errors.ts';
import type { FitRow } from './fit-rows.ts';
import type { FittedConstant, FittedFamily } from './fitted-families.ts';
import { bootstrapWeights, byShape, holdOut, intervalOf, type ShapeRows } from './hold-out.ts';
import { type Minimum, minimise, nelderMead } from './nelder-mead.ts';

/** A constant as it was fitted. */
export interface FittedValue {
  readonly path: string;
  readonly value: number;
  /** 90 % bootstrap interval over whole shapes; absent without samples, or where neutral. */
  readonly interval?: readonly [low: number, high: number] | undefined;
  /** Left at the value that takes its term out of the form. */
  readonly neutral?: true;
}

export interface FamilyFit {
  readonly family: FittedFamily;
  readonly values: readonly FittedValue[];
  /** Mean |log(prediction / measurement)| over the fitted rows. */
  readonly loss: number;
  /** Over rows of shapes that the fit behind each prediction had not seen; null with one shape. */
  readonly heldOut: (ErrorSummary & { readonly shapes: number }) | null;
  readonly heldOutRows: readonly Scored[];
  /** Over the rows that the constants were fitted on. */
  readonly fitted: ErrorSummary & { readonly shapes: number };
  readonly files: readonly string[];
  readonly sources: readonly string[];
  /** Variants that a check prices such rows with, where the GPU has them. */
  readonly variants: readonly string[];
}

export interface FitOptions {
  readonly gpu: Gpu;
  /** Constants of everything else, and of what rows cannot tell. */
  readonly base: KernelConstants;
  readonly seed: number;
  /** Bootstrap samples. */
  readonly draws: number;
  /** Constants that could be neutral, to keep however little they help. */
  readonly keep?: readonly string[] | undefined;
  readonly onDraw?: (family: string, done: number) => void;
}

/** Rows of a family, thinned to one for each size of a shape where it says so. */
export function rowsOf(family: FittedFamily, rows: readonly FitRow[]): FitRow[] {
  const taken = rows.filter(family.takes);
  const { thin } = family;
  if (thin === undefined) return taken;
  return byShape(taken, thin).map(({ rows: same }) => same[same.length >> 1] as FitRow);
}

/** Fits the constants of one family; null without rows. */
export function fitFamily(
  family: FittedFamily,
  rows: readonly FitRow[],
  options: FitOptions,
): FamilyFit | null {
  const taken = rowsOf(family, rows);
  if (taken.length === 0) return null;
  const { seed } = options;
  const shapes = byShape(taken, family.shapeOf);
  const { folds, final } = holdOut(shapes, { seed, name: family.name });
  const known = family.constants.filter(({ identified }) => identified?.(taken) ?? true);
  const given: Problem = { ...options, family, constants: known };
  const { problem, best, neutral } = chosen(given, final, options.keep);
  const { constants } = problem;
  const heldOutRows = folds.flatMap(({ fitted, heldOut }) => {
    const own = fitted === final ? best : search(problem, fitted);
    return scored(problem, heldOut, own.at);
  });
  const samples = bootstrap(problem, final, best, options);
  return {
    family,
    values: [
      ...constants.map((constant, i) => {
        const value = numberOf(constant, best.at[i] as number);
        const interval = intervalOf(samples[i] as Float64Array, value);
        return {
          path: [...family.path, constant.name].join('.'),
          value,
          ...(interval && { interval }),
        };
      }),
      ...Object.entries(neutral).map(([name, value]) => ({
        path: [...family.path, name].join('.'),
        value,
        neutral: true as const,
      })),
    ],
    loss: best.value,
    heldOut:
      heldOutRows.length === 0
        ? null
        : {
            ...summariseErrors(heldOutRows),
            shapes: folds.reduce((sum, { heldOut }) => sum + heldOut.length, 0),
          },
    heldOutRows,
    fitted: { ...summariseErrors(scored(problem, final, best.at)), shapes: final.length },
    files: distinct(taken.map(({ file }) => file)),
    sources: distinct(taken.flatMap(({ source }) => (source === null ? [] : [source]))),
    variants: distinct(taken.flatMap(({ variant }) => (variant === undefined ? [] : [variant]))),
  };
}

/** Constants to look for, and what they stand in. */
export interface Problem {
  readonly family: FittedFamily;
  readonly constants: readonly FittedConstant[];
  readonly gpu: Gpu;
  readonly base: KernelConstants;
  readonly seed: number;
}

/** The fit of the constants given, unless one with those neutral that can be is nearly as good. */
function chosen(
  given: Problem,
  shapes: readonly ShapeRows<FitRow>[],
  keep: readonly string[] = [],
): { problem: Problem; best: Minimum; neutral: Readonly<Record<string, number>> } {
  const { family } = given;
  const whole = { problem: given, best: search(given, shapes), neutral: {} };
  const neutral = Object.fromEntries(
    given.constants.flatMap(({ name, neutral: value }) =>
      value === undefined || keep.includes(name) ? [] : [[name, value]],
    ),
  );
  const constants = given.constants.filter(({ name }) => !(name in neutral));
  if (constants.length === given.constants.length) return whole;
  const problem = { ...given, constants, base: withValues(given.base, family.path, neutral) };
  const plain = { problem, best: search(problem, shapes), neutral };
  return whole.best.value < 0.9 * plain.best.value ? whole : plain;
}

/** The best constants on a logarithmic scale, from their starts and from four places around. */
export function search(problem: Problem, shapes: readonly ShapeRows<FitRow>[]): Minimum {
  const { family, constants, seed } = problem;
  const start = constants.map((constant) => Math.log(constant.start));
  const stream = new RandomStream(seed, `fit ${family.name}`);
  return minimise(lossOf(problem, shapes), start, { restarts: 4, stream, tolerance: 1e-6 });
}

/** Most rows that one bootstrap sample is fitted on, so that a sample takes no minute. */
const rowsOfDraw = 1200;

/** Constants fitted on samples of whole shapes, by constant and draw. */
function bootstrap(
  problem: Problem,
  shapes: readonly ShapeRows<FitRow>[],
  best: Minimum,
  { seed, draws, onDraw }: FitOptions,
): Float64Array[] {
  const { family, constants } = problem;
  const rows = shapes.reduce((sum, shape) => sum + shape.rows.length, 0);
  const every = Math.ceil(rows / rowsOfDraw);
  const samples = constants.map(() => new Float64Array(draws));
  for (let draw = 0; draw < draws; draw++) {
    const stream = new RandomStream(seed, `bootstrap ${family.name} ${draw}`);
    const weights = bootstrapWeights(shapes.length, stream);
    const offset = stream.integer(every);
    const thinned = shapes.map(({ key, rows: all }) => ({
      key,
      rows: all.filter((_, i) => (i + offset) % every === 0),
    }));
    const { at } = nelderMead(lossOf(problem, thinned, weights), best.at, {
      step: 0.1,
      tolerance: 1e-4,
      maxEvaluations: 100 * constants.length,
    });
    for (const [i, log] of at.entries()) {
      (samples[i] as Float64Array)[draw] = numberOf(constants[i] as FittedConstant, log);
    }
    onDraw?.(family.name, draw + 1);
  }
  return samples;
}

/** A tree with members of one family replaced. */
export function withValues<T extends object>(
  tree: T,
  path: readonly string[],
  values: Readonly<Record<string, unknown>>,
): T {
  const [name, ...deeper] = path;
  if (name === undefined) return { ...tree, ...values };
  const member = (tree as Record<string, object>)[name] as object;
  return { ...tree, [name]: withValues(member, deeper, values) };
}

export function kernelsAt(
  { family, constants, gpu, base }: Problem,
  logs: readonly number[],
): Kernels {
  const values = constants.map((constant, i) => [
    constant.name,
    numberOf(constant, logs[i] as number),
  ]);
  return new Kernels(gpu, withValues(base, family.path, Object.fromEntries(values)));
}

function numberOf({ most = Infinity }: FittedConstant, log: number): number {
  return Math.min(most, Math.exp(log));
}

/** Mean |log(prediction / measurement)|, each shape counted as often as its weight says. */
function lossOf(
  problem: Problem,
  shapes: readonly ShapeRows<FitRow>[],
  weights?: Float64Array,
): (logs: readonly number[]) => number {
  const { predict } = problem.family;
  const drawn = shapes.flatMap(({ rows }, i) => {
    const weight = weights === undefined ? 1 : (weights[i] as number);
    return weight === 0 ? [] : [{ rows, weight }];
  });
  const total = drawn.reduce((sum, { rows, weight }) => sum + weight * rows.length, 0);
  const logMeasured = drawn.map(({ rows }) => Float64Array.from(rows, (r) => Math.log(r.measured)));
  return (logs) => {
    const kernels = kernelsAt(problem, logs);
    let sum = 0;
    for (let s = 0; s < drawn.length; s++) {
      const { rows, weight } = drawn[s] as (typeof drawn)[number];
      const measured = logMeasured[s] as Float64Array;
      let ofShape = 0;
      for (let i = 0; i < rows.length; i++) {
        const predicted = predict(kernels, rows[i] as FitRow);
        ofShape += Math.abs(Math.log(predicted) - (measured[i] as number));
      }
      sum += weight * ofShape;
    }
    return sum / total;
  };
}

function scored(
  problem: Problem,
  shapes: readonly ShapeRows<FitRow>[],
  logs: readonly number[],
): Scored[] {
  const kernels = kernelsAt(problem, logs);
  return shapes.flatMap(({ rows }) =>
    rows.map((row) => ({
      measured: row.measured,
      predicted: problem.family.predict(kernels, row),
    })),
  );
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
