import { findGpu, type Gpu, type Peaks } from '../../../hardware/gpus.ts';
import { InputError } from '../../../units/input-error.ts';
import { type RowOrigin, settingOf, variantOfFamily } from '../check/families.ts';
import { GpuChooser, type PricedGpu } from '../check/gpu-choice.ts';
import { type KernelRow, kernelRows } from '../check/kernel-rows.ts';
import type { MeasuredFile, MeasuredFolder } from '../measurements/read-folder.ts';
import { peaksRule } from '../peaks.ts';

/** One timed kernel as a fit takes it. */
export interface FitRow {
  readonly family: KernelRow['family'];
  readonly op: string;
  /** us. */
  readonly measured: number;
  readonly shape: KernelRow['shape'];
  /** Kernels that do not split the KV of a head without a group. */
  readonly unsplit: boolean;
  /** Of the GPU. */
  readonly smCount: number;
  /** Which file it stands in. */
  readonly file: string;
  /** Who measured it. */
  readonly source: string | null;
  /** Constants that a check prices it with, where the GPU has that variant. */
  readonly variant: string | undefined;
}

/** How a GPU is named for a fit, and what is known of it where it is not in the table. */
export interface FitGpu {
  /** Else the one that the files name. */
  readonly gpu?: string | undefined;
  readonly peaks?: Partial<Peaks> | undefined;
}

/**
 * The GPU of a fit, and whether anything said so.
 * @throws InputError where the folder holds rows of several GPUs or of none whose peaks are known
 */
export function gpuOfFit(
  { files }: MeasuredFolder,
  folder: string,
  { gpu, peaks }: FitGpu,
): { gpu: Gpu; assumed: boolean } {
  const gpus = new GpuChooser({ profile: gpu, peaks });
  const found = new Map<string, Gpu>();
  const unknown = new Set<string>();
  for (const file of files) {
    for (const name of namesIn(file)) {
      const at = gpus.of(file, name);
      if (at === null) unknown.add(gpus.nameOf(file, name));
      else found.set(at.gpu.name, at.gpu);
    }
  }
  const [first, ...others] = found.values();
  if (first !== undefined && others.length === 0) return { gpu: first, assumed: gpus.assumed };
  if (first === undefined) {
    const names = [...unknown].sort().map((name) => JSON.stringify(name));
    throw new InputError(
      names.length === 0 ? 'no rows' : `no peaks are known of GPU ${names.join(', ')}`,
      { where: folder, rule: names.length === 0 ? 'nothing to fit' : peaksRule },
    );
  }
  throw new InputError(`rows of ${[...found.keys()].sort().join(' and ')}`, {
    where: folder,
    rule: 'a fit is of one GPU: name it with --gpu',
  });
}

/**
 * Rows of one GPU, as the check reads and sorts them. A file that says nothing of its GPU counts as
 * of the one that is asked for; what files say counts for a GPU that is in the table.
 */
export function fitRows({ files }: MeasuredFolder, gpu: Gpu): FitRow[] {
  const gpus = new GpuChooser({});
  const forced = new GpuChooser({ gpu });
  const inTable = findGpu(gpu.name) !== undefined;
  return files.flatMap((file) => {
    const chooser = (inTable ? saysItsGpu(file) : namesKnown(file)) ? gpus : forced;
    const unsplit = unsplitOf(forced.of(file, null) as PricedGpu);
    return kernelRows(file, chooser, new Map()).flatMap((row): FitRow[] => {
      if (row.gpu !== gpu.name) return [];
      const { family, op, measured, shape, origin } = row;
      const { smCount } = gpu;
      const { source } = origin;
      const variant = family === null ? undefined : variantOfFamily(family, origin);
      const of = { file: file.file, source, variant };
      return [{ family, op, measured, shape, unsplit: unsplit(origin), smCount, ...of }];
    });
  });
}

function saysItsGpu(file: MeasuredFile): boolean {
  return file.info.has('name') || namesIn(file).some((name) => name !== null);
}

function namesKnown(file: MeasuredFile): boolean {
  const names = [file.info.get('name'), ...namesIn(file)];
  return names.some((name) => name != null && findGpu(name) !== undefined);
}

function namesIn({ table }: MeasuredFile): (string | null)[] {
  const hardware = table.text('hardware');
  return [...new Set(Array.from({ length: table.rows }, (_, row) => hardware(row)))];
}

function unsplitOf(at: PricedGpu): (origin: RowOrigin) => boolean {
  const known = new Map<RowOrigin, boolean>();
  return (origin) => {
    const before = known.get(origin);
    if (before !== undefined) return before;
    const { unsplit } = settingOf(origin, at);
    known.set(origin, unsplit);
    return unsplit;
  };
}
