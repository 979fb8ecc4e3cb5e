import { z } from 'zod';
import { gpuNamed, type Peaks } from '../../hardware/gpus.ts';
import { InputError } from '../../units/input-error.ts';
import { readJsonFile } from '../../units/json-file.ts';
import { schemaError } from '../../units/schema-error.ts';
import { a100Constants } from '../a100.ts';
import { listConstants } from '../constants.ts';
import type {
  FittedFile,
  FittedSteps,
  GpuProfile,
  KernelTree,
  KernelVariants,
} from '../gpu-profiles.ts';

/**
 * Kernel constants of one GPU as a JSON file: what `calibrate fit` writes and `calibrate check
 * --constants` reads. Families without data keep what they were fitted from before, with that source.
 */
const constant = z.strictObject({
  value: z.number().nonnegative(),
  unit: z.string().min(1),
  /** What the value was fitted on. */
  source: z.string().min(1),
  /** 90 % bootstrap interval over whole shapes. */
  interval: z.tuple([z.number(), z.number()]).optional(),
});

type Shape = { [name: string]: z.ZodType };

/**
 * The members that the kernel forms read, no others: a tree like that of the A100.
 * @param partial members may be left out, as a variant does
 */
function treeSchema(tree: object, { partial = false } = {}): z.ZodType {
  const shape: Shape = {};
  for (const [name, member] of Object.entries(tree)) {
    const own = 'unit' in member ? constant : treeSchema(member, { partial });
    shape[name] = partial ? own.optional() : own;
  }
  return z.strictObject(shape);
}

/** Percentage errors over rows of so many shapes. */
const errors = z.strictObject({
  rows: z.number().int().nonnegative(),
  shapes: z.number().int().nonnegative(),
  bias: z.number(),
  mape: z.number(),
  median: z.number(),
  p90: z.number(),
});

const schema = z.strictObject({
  /** Name of the GPU, as in `cost profiles`. */
  gpu: z.string().min(1),
  /** Of a GPU that is not in the table. */
  peaks: z
    .strictObject({
      flopsPerS: z.number().positive(),
      hbmBytesPerS: z.number().positive(),
      smCount: z.number().positive().optional(),
      hbmBytes: z.number().positive().optional(),
      nvlinkBytesPerS: z.number().positive().optional(),
    })
    .optional(),
  created_from: z.strictObject({
    files: z.array(
      z.strictObject({ file: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    ),
    /** Draws the shapes held out and the bootstrap. */
    seed: z.number().int().optional(),
    /** GPU, driver and library versions, as in `info.csv`. */
    versions: z.record(z.string(), z.string()).optional(),
  }),
  constants: treeSchema(a100Constants),
  /** By name, in the place of the common ones: rows of some frameworks, products in short bursts. */
  variants: z.record(z.string(), treeSchema(a100Constants, { partial: true })).optional(),
  /** By family, over rows of shapes that the fit did not see. */
  held_out: z.record(z.string(), errors),
  /** By family, over the rows that the constants were fitted on. */
  fitted: z.record(z.string(), errors).optional(),
  /** Whole steps that constants were fitted on: a check marks them. */
  fitted_steps: z.array(z.strictObject({ file: z.string(), model: z.string() })).optional(),
});

export interface ConstantsFile {
  readonly gpu: string;
  readonly peaks?: Peaks | undefined;
  readonly created_from: {
    readonly files: readonly { readonly file: string; readonly sha256: string }[];
    readonly seed?: number | undefined;
    readonly versions?: Readonly<Record<string, string>> | undefined;
  };
  readonly constants: KernelTree;
  readonly variants?: KernelVariants | undefined;
  readonly held_out: Readonly<Record<string, z.infer<typeof errors>>>;
  readonly fitted?: Readonly<Record<string, z.infer<typeof errors>>> | undefined;
  readonly fitted_steps?: readonly FittedSteps[] | undefined;
}

/**
 * Constants of a file, checked: every member that the forms read, each with unit and source.
 * @throws InputError that names the file and the wrong member
 */
export function readConstantsFile(path: string): ConstantsFile {
  const given = readJsonFile(path);
  return parseConstantsFile(given, path);
}

export function parseConstantsFile(given: unknown, where: string): ConstantsFile {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw schemaError(schema, parsed.error, given, 'constants').within(where);
  }
  const file = parsed.data as ConstantsFile;
  if (file.peaks === undefined) gpuNamed(file.gpu);
  refuseUnits(file.constants, `${where}, constants`);
  for (const [name, own] of Object.entries(file.variants ?? {})) {
    refuseUnits(own, `${where}, variants.${name}`);
  }
  return file;
}

/** The file as a profile, marked with the rows that its families were fitted on. */
export function profileOfFile(file: ConstantsFile): GpuProfile {
  const { gpu, peaks, constants, variants = {}, fitted_steps = [], created_from } = file;
  return {
    gpu: peaks === undefined ? gpuNamed(gpu).name : gpu,
    constants,
    variants,
    fittedSteps: fitted_steps,
    fittedFiles: created_from.files.flatMap(({ sha256 }) => fittedFiles(sha256, file.fitted)),
    heldOut: heldOutByFamily(file.held_out),
  };
}

function fittedFiles(sha256: string, fitted: ConstantsFile['fitted']): FittedFile[] {
  if (fitted === undefined) return [{ sha256 }];
  const families = [...new Set(Object.keys(fitted).map(checkedFamily))];
  const prefixOnly = 'attention-prefix' in fitted && !('attention-prefill' in fitted);
  if (!prefixOnly) return [{ sha256, families }];
  const prefill = 'attention-prefill';
  return [
    { sha256, families: families.filter((family) => family !== prefill) },
    { sha256, families: [prefill], only: 'prefix' },
  ];
}

/** Parts of a family together, as `attention-prefix` and `attention-prefill`: over the rows of both. */
function heldOutByFamily(parts: ConstantsFile['held_out']): Record<string, number> {
  const sums = new Map<string, { rows: number; off: number }>();
  for (const [part, { rows, mape }] of Object.entries(parts)) {
    if (rows === 0) continue;
    const name = checkedFamily(part);
    // Products in short bursts are priced by a variant.
    const key = name === 'gemm-microbench' ? `gemm-microbenchmark ${name}` : name;
    const before = sums.get(key) ?? { rows: 0, off: 0 };
    sums.set(key, { rows: before.rows + rows, off: before.off + rows * mape });
  }
  return Object.fromEntries([...sums].map(([key, { rows, off }]) => [key, off / rows]));
}

/** A fitted family as the check calls it: `allreduce up to 8 MiB` is a part of `allreduce`. */
function checkedFamily(name: string): string {
  return (name.split(' ')[0] as string).replace('attention-prefix', 'attention-prefill');
}

/** The forms read each constant in one unit. */
function refuseUnits(constants: object, where: string): void {
  const units = new Map(
    listConstants(a100Constants).map(({ path, constant: c }) => [path, c.unit]),
  );
  for (const { path, constant: given } of listConstants(constants)) {
    const unit = units.get(path) as string;
    if (given.unit !== unit) {
      throw new InputError(`unit ${JSON.stringify(given.unit)}`, {
        where: `${where}.${path}`,
        rule: `must be ${JSON.stringify(unit)}`,
      });
    }
    if (unit === 'share of peak' && given.value === 0) {
      throw new InputError('a share of 0', {
        where: `${where}.${path}`,
        rule: 'above 0',
      });
    }
  }
}
