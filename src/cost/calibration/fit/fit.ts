import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGpu, type Gpu, type Peaks } from '../../../hardware/gpus.ts';
import { InputError } from '../../../units/input-error.ts';
import { unknownName } from '../../../units/nearest.ts';
import { type Constant, valuesOf } from '../../constants.ts';
import { type KernelTree, type KernelVariants, profileOfGpu } from '../../gpu-profiles.ts';
import { elementwiseConstants } from '../../plain-elementwise.ts';
import { type ErrorSummary, summariseErrors } from '../check/errors.ts';
import { GpuChooser } from '../check/gpu-choice.ts';
import type { StepCase } from '../check/step-cases.ts';
import { stepCases } from '../check/step-files.ts';
import type { ConstantsFile } from '../constants-file.ts';
import { type MeasuredFolder, readMeasurements } from '../measurements/read-folder.ts';
import { type ElementwiseFit, fitPlainElementwise } from './elementwise-of-steps.ts';
import { type FamilyFit, fitFamily, withValues } from './fit-family.ts';
import { type FitGpu, type FitRow, fitRows, gpuOfFit } from './fit-rows.ts';
import { type FittedFamily, fittedFamilies } from './fitted-families.ts';
import { fitHostLinks, type HostLinkFit } from './host-link.ts';

export interface FitRequest extends FitGpu {
  /** Folder of measurements. */
  readonly data: string;
  readonly seed?: number | undefined;
  /** Bootstrap samples for the intervals. */
  readonly draws?: number | undefined;
  /** Names of families; all by default. */
  readonly only?: readonly string[] | undefined;
  /** Constants that could be neutral, to keep however little they help. */
  readonly keep?: readonly string[] | undefined;
  /**
   * Fits element-wise work on the whole steps of that model, where no file times it alone. A check
   * of these constants must then leave these steps out.
   */
  readonly elementwiseOf?: string | undefined;
  readonly onProgress?: (family: string, draw: number, draws: number) => void;
}

export interface FitReport {
  /** What is written: it holds all constants, those without data as the GPU had them before. */
  readonly file: ConstantsFile;
  readonly families: readonly FamilyFit[];
  readonly elementwise:
    | (ElementwiseFit & { readonly model: string; readonly files: readonly string[] })
    | null;
  readonly hostLinks: readonly HostLinkFit[];
  /** Nothing said which GPU it is: taken to be an A100. */
  readonly assumedGpu: boolean;
}

export const fitDefaults = { seed: 1, draws: 100 } as const;

/**
 * Fits the constants of one GPU on measurements below a folder.
 * @throws InputError where the folder has no rows of that GPU, or a name is not known
 */
export async function fitConstants(request: FitRequest): Promise<FitReport> {
  const { seed = fitDefaults.seed, draws = fitDefaults.draws, elementwiseOf } = request;
  const families = familiesNamed(request.only);
  refuseUnknownKept(request.keep);
  const folder = await readMeasurements(
    request.data,
    ({ name, use }) =>
      use === 'kernels' || (use === 'steps' && elementwiseOf !== undefined) || name === 'info',
  );
  const { gpu, assumed: assumedGpu } = gpuOfFit(folder, request.data, request);
  const rows = fitRows(folder, gpu);
  const source = sourceOf(folder, seed);

  const profile = profileOfGpu(gpu);
  let tree: KernelTree = profile.constants;
  let variants: KernelVariants = profile.gpu === gpu.name ? profile.variants : {};
  const fits: FamilyFit[] = [];
  for (const family of families) {
    const onDraw = (name: string, draw: number) => request.onProgress?.(name, draw, draws);
    // A family fits on what those before it have found.
    const { keep } = request;
    const fit = fitFamily(family, rows, { gpu, base: valuesOf(tree), seed, draws, keep, onDraw });
    if (fit === null) continue;
    fits.push(fit);
    // Short bursts are another clock than sustained work: their constants are a variant.
    if (family.name === 'gemm-microbench') {
      const { gemm } = withFit(tree, fit, source(fit.sources));
      variants = { ...variants, [microbenchVariant]: { gemm } };
      continue;
    }
    tree = withFit(tree, fit, source(fit.sources));
    variants = withoutFitted(variants, fit);
  }
  const elementwise = fitElementwise(folder, { gpu, tree, seed, draws, model: elementwiseOf });
  if (elementwise !== null) tree = withElementwise(tree, elementwise, source([]));
  const hostLinks = request.only === undefined ? fitHostLinks(rows, { seed, draws }) : [];
  if (fits.length === 0 && elementwise === null) {
    throw new InputError(`no rows of ${gpu.name} to fit`, {
      where: request.data,
      rule: `of ${families.map(({ name }) => name).join(', ')}`,
    });
  }
  const used = new Set(fits.flatMap((fit) => fit.files));
  if (elementwise !== null) for (const file of elementwise.files) used.add(file);
  if (hostLinks.length > 0) for (const file of hostLinkFiles(rows)) used.add(file);
  const versions = versionsOf(folder);
  const kept = fits.some(({ family }) => family.path[0] === 'elementwise')
    ? []
    : profile.fittedSteps;
  const steps =
    elementwise === null
      ? kept
      : ['decode', 'prefill'].map((file) => ({ file, model: elementwise.model }));
  return {
    file: {
      gpu: gpu.name,
      ...(findGpu(gpu.name) === undefined && { peaks: peaksOf(gpu) }),
      created_from: {
        files: [...used].sort().map((file) => ({ file, sha256: hashOf(join(request.data, file)) })),
        seed,
        ...(versions && { versions }),
      },
      constants: tree,
      ...(Object.keys(variants).length > 0 && { variants }),
      held_out: heldOutOf(fits),
      fitted: Object.fromEntries(fits.map(({ family, fitted }) => [family.name, fitted])),
      ...(steps.length > 0 && { fitted_steps: steps }),
    },
    families: fits,
    elementwise,
    hostLinks,
    assumedGpu,
  };
}

function familiesNamed(only: readonly string[] | undefined): readonly FittedFamily[] {
  if (only === undefined) return fittedFamilies;
  const names = fittedFamilies.map(({ name }) => name);
  return only.map((wanted) => {
    const found = fittedFamilies.find(({ name }) => name === wanted);
    if (found === undefined) throw unknownName('family', wanted, names);
    return found;
  });
}

/** What prices products in short bursts (`check/families.ts`). */
const microbenchVariant = 'gemm-microbenchmark';

function refuseUnknownKept(keep: readonly string[] = []): void {
  const known = fittedFamilies.flatMap(({ constants }) =>
    constants.flatMap(({ name, neutral }) => (neutral === undefined ? [] : [name])),
  );
  const wrong = keep.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw unknownName('constant that can be neutral', wrong, [...new Set(known)]);
  }
}

/** Variants without what was fitted on the rows that they price: the fit prices these now. */
function withoutFitted(
  variants: KernelVariants,
  { family, values, variants: of }: FamilyFit,
): KernelVariants {
  const [member] = family.path as [keyof KernelTree];
  const fitted = new Set(values.map(({ path }) => path.split('.').at(-1)));
  const left = Object.entries(variants).map(([name, changes]) => {
    const own = changes[member];
    if (!of.includes(name) || own === undefined) return [name, changes];
    const rest = Object.entries(own).filter(([constant]) => !fitted.has(constant));
    return [name, { ...changes, [member]: Object.fromEntries(rest) }];
  });
  return Object.fromEntries(left);
}

function peaksOf({ flopsPerS, hbmBytesPerS, smCount, hbmBytes, nvlinkBytesPerS }: Gpu): Peaks {
  return {
    flopsPerS,
    hbmBytesPerS,
    smCount,
    ...(hbmBytes > 0 && { hbmBytes }),
    ...(nvlinkBytesPerS > 0 && { nvlinkBytesPerS }),
  };
}

/** Sources of constants: who measured, with what, and by which seed. */
function sourceOf(folder: MeasuredFolder, seed: number): (sources: readonly string[]) => string {
  const { name, torch, cuda } = versionsOf(folder) ?? {};
  const measured = [name, torch && `PyTorch ${torch}`, cuda && `CUDA ${cuda}`].filter(Boolean);
  return (sources) => {
    const on = sources.length > 0 ? sources.join(', ') : measured.join(', ') || 'measurements';
    return `fitted on ${on}; seed ${seed}`;
  };
}

function versionsOf({ files }: MeasuredFolder): Record<string, string> | undefined {
  const { info } = files.find((file) => file.info.size > 0) ?? {};
  return info && Object.fromEntries(info);
}

function withFit(tree: KernelTree, { family, values }: FamilyFit, source: string): KernelTree {
  const path = family.path.join('.');
  const before = memberAt(tree, family.path);
  const constants = values.map(({ path: at, value, interval, neutral }) => {
    const name = at.slice(path.length + 1);
    const { unit } = before[name] as Constant;
    return [
      name,
      neutral
        ? { value, unit, source: `${source}: no better with it` }
        : { value, unit, source, ...(interval && { interval }) },
    ];
  });
  return withValues(tree, family.path, Object.fromEntries(constants));
}

function memberAt(tree: KernelTree, path: readonly string[]): Record<string, Constant> {
  let at: unknown = tree;
  for (const name of path) at = (at as Record<string, unknown>)[name];
  return at as Record<string, Constant>;
}

type ElementwiseOfModel = ElementwiseFit & { readonly model: string; readonly files: string[] };

function fitElementwise(
  folder: MeasuredFolder,
  {
    gpu,
    tree,
    seed,
    draws,
    model,
  }: { gpu: Gpu; tree: KernelTree; seed: number; draws: number; model: string | undefined },
): ElementwiseOfModel | null {
  if (model === undefined) return null;
  const chooser = new GpuChooser({ gpu });
  const files: string[] = [];
  const steps = folder.files.flatMap((file): StepCase[] => {
    const own = stepCases(file, chooser, new Map()).filter(
      (step) => step.model === model && (step.phase === 'decode' || step.phase === 'prefill'),
    );
    if (own.length > 0) files.push(file.file);
    return own;
  });
  if (steps.length < 3) {
    throw new InputError(`${steps.length} steps of ${model}`, {
      rule: 'element-wise work needs three decode or prefill steps of one model',
    });
  }
  const fit = fitPlainElementwise(steps, { gpu, base: valuesOf(tree), seed, draws });
  return { ...fit, model, files };
}

/** Both constants are shared out among the operations, so each has the interval of its share. */
function withElementwise(
  tree: KernelTree,
  { usPerLayer, usPerMillionMoved, intervals, model }: ElementwiseOfModel,
  source: string,
): KernelTree {
  const middle = elementwiseConstants({ usPerLayer, usPerMillionMoved });
  // Without samples both ends are the value, and no interval is written.
  const end = (i: 0 | 1) =>
    elementwiseConstants({
      usPerLayer: intervals.usPerLayer?.[i] ?? usPerLayer,
      usPerMillionMoved: intervals.usPerMillionMoved?.[i] ?? usPerMillionMoved,
    });
  const [low, high] = [end(0), end(1)];
  const from = `${source}, whole steps of ${model}`;
  const operations = Object.keys(middle).map((name) => {
    const op = name as keyof typeof middle;
    const constant = (which: 'startUs' | 'usPerMillion'): Constant => ({
      value: middle[op][which],
      unit: tree.elementwise[op][which].unit,
      source: from,
      ...(intervals.usPerLayer && { interval: [low[op][which], high[op][which]] }),
    });
    return [op, { startUs: constant('startUs'), usPerMillion: constant('usPerMillion') }];
  });
  return { ...tree, elementwise: Object.fromEntries(operations) };
}

/** By family of the check: the parts of one together. */
function heldOutOf(fits: readonly FamilyFit[]): ConstantsFile['held_out'] {
  const families = new Map<string, FamilyFit[]>();
  for (const fit of fits) {
    if (fit.heldOut === null) continue;
    const [family] = fit.family.name.split(' ') as [string];
    families.set(family, [...(families.get(family) ?? []), fit]);
  }
  const errors = [...families].map(([family, parts]) => [
    family,
    {
      ...summariseErrors(parts.flatMap(({ heldOutRows }) => heldOutRows)),
      shapes: parts.reduce((sum, { heldOut }) => sum + (heldOut?.shapes ?? 0), 0),
    } satisfies ErrorSummary & { shapes: number },
  ]);
  return Object.fromEntries(errors);
}

function hostLinkFiles(rows: readonly FitRow[]): string[] {
  return [...new Set(rows.filter(({ op }) => op.startsWith('host_link')).map(({ file }) => file))];
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
