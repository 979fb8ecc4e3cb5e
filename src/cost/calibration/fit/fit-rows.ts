import type { Gpu } from '../../../hardware/gpus.ts';
import { InputError } from '../../../units/input-error.ts';
import { type RowOrigin, settingOf } from '../check/families.ts';
import { GpuChooser, type PricedGpu } from '../check/gpu-choice.ts';
import { type KernelRow, kernelRows } from '../check/kernel-rows.ts';
import type { MeasuredFile, MeasuredFolder } from '../measurements/read-folder.ts';

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
}

/**
 * The GPU that a folder was measured on.
 * @throws InputError where it holds rows of several GPUs or of none that is known
 */
export function gpuOfFolder({ files }: MeasuredFolder, folder: string): Gpu {
  const gpus = new GpuChooser({});
  const found = new Map<string, Gpu>();
  for (const file of files) {
    for (const name of namesIn(file)) {
      const at = gpus.of(file, name);
      if (at !== null) found.set(at.gpu.name, at.gpu);
    }
  }
  const [first, ...others] = found.values();
  if (first !== undefined && others.length === 0) return first;
  const names = [...found.keys()].sort();
  throw new InputError(names.length === 0 ? 'no known GPU' : `rows of ${names.join(' and ')}`, {
    where: folder,
    rule: 'a fit is of one GPU: name it with --gpu',
  });
}

/**
 * Rows of one GPU, as the check reads and sorts them. A file that says nothing of its GPU counts as
 * of the one that is asked for.
 */
export function fitRows({ files }: MeasuredFolder, gpu: Gpu): FitRow[] {
  const gpus = new GpuChooser({});
  const forced = new GpuChooser({ profile: gpu.name });
  return files.flatMap((file) => {
    const chooser = saysItsGpu(file) ? gpus : forced;
    const unsplit = unsplitOf(forced.of(file, null) as PricedGpu);
    return kernelRows(file, chooser, new Map()).flatMap((row): FitRow[] => {
      if (row.gpu !== gpu.name) return [];
      const { family, op, measured, shape, origin } = row;
      const { smCount } = gpu;
      const { source } = origin;
      return [
        { family, op, measured, shape, unsplit: unsplit(origin), smCount, file: file.file, source },
      ];
    });
  });
}

function saysItsGpu(file: MeasuredFile): boolean {
  return file.info.has('name') || namesIn(file).some((name) => name !== null);
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
