import { findGpu, type Gpu, gpuNamed, gpuOfPeaks, type Peaks } from '../../../hardware/gpus.ts';
import { InputError } from '../../../units/input-error.ts';
import { valuesOf } from '../../constants.ts';
import { treeOfEngine } from '../../engine-kernels.ts';
import {
  type GpuProfile,
  type KernelTree,
  profileOfGpu,
  treeOfVariant,
} from '../../gpu-profiles.ts';
import { Kernels } from '../../kernels.ts';
import type { EngineProfile } from '../../profiles.ts';
import { type ConstantsFile, profileOfFile } from '../constants-file.ts';
import type { MeasuredFile } from '../measurements/read-folder.ts';
import { peaksOfInfo, wholePeaks } from '../peaks.ts';

/** The GPU of a row and the constants that price it. */
export interface PricedGpu {
  readonly gpu: Gpu;
  readonly profile: GpuProfile;
  /** Kernels with the constants of a variant, where the profile has it, else the common ones. */
  kernels(variant?: string): Kernels;
  /** The common kernels with an engine's own in their place. */
  engineKernels(engine: EngineProfile): Kernels;
}

export interface GpuChoice {
  /** The GPU of every row, whatever the files say. */
  readonly profile?: string | undefined;
  /** The same, as data. */
  readonly gpu?: Gpu | undefined;
  /** Constants for every row, each on the peaks of its own GPU. */
  readonly constants?: ConstantsFile | undefined;
  /** Of the GPU that is not in the table; an `info.csv` says what these do not. */
  readonly peaks?: Partial<Peaks> | undefined;
}

/** What rows are called that name no GPU, while their peaks are given. */
const unnamed = 'unnamed GPU';

/**
 * Where the GPU of a row comes from: the profile that was asked for, else what the row says
 * (`hardware`), else the `info.csv` above its file, else the GPU of a constants file, else the A100.
 *
 * A name that is not in the table is a GPU where its peaks are known: from the options, its `info.csv` or
 * the constants file of that GPU.
 */
export class GpuChooser {
  readonly #choice: GpuChoice;
  readonly #constants: GpuProfile | undefined;
  readonly #known = new Map<string, PricedGpu | null>();
  /** Whether some row had no source for its GPU at all. */
  assumed = false;

  constructor(choice: GpuChoice) {
    this.#choice = choice;
    this.#constants = choice.constants && profileOfFile(choice.constants);
  }

  /** Null where the row names a GPU that is not known. */
  of(file: MeasuredFile, hardware: string | null): PricedGpu | null {
    const name = this.nameOf(file, hardware);
    const key = `${name}\n${hardware === null ? file.info.get('flops_per_s') : ''}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const info = hardware === null ? file.info : new Map<string, string>();
    const gpu = this.#choice.gpu ?? this.#gpuOf(name, info);
    const priced = gpu && pricedGpu(gpu, this.#constants ?? profileOfGpu(gpu));
    this.#known.set(key, priced);
    return priced;
  }

  nameOf(file: MeasuredFile, hardware: string | null): string {
    const { profile, gpu, peaks, constants } = this.#choice;
    const said = gpu?.name ?? profile ?? hardware ?? file.info.get('name') ?? constants?.gpu;
    if (said !== undefined) return said;
    if (peaks !== undefined) return unnamed;
    this.assumed = true;
    return 'a100';
  }

  #gpuOf(name: string, info: ReadonlyMap<string, string>): Gpu | null {
    const { profile, peaks: given, constants } = this.#choice;
    const found = findGpu(name);
    if (found !== undefined && given !== undefined) {
      throw new InputError(`the peaks of ${found.name} are known`, {
        where: '--peaks',
        rule: 'for a GPU that is not in the table',
      });
    }
    if (found !== undefined) return found;
    const own = constants?.gpu.toLowerCase() === name.toLowerCase() ? constants.peaks : {};
    const peaks = wholePeaks({ ...peaksOfInfo(info), ...own, ...given });
    if (peaks !== null) return gpuOfPeaks(name, peaks);
    return profile === undefined ? null : gpuNamed(profile);
  }
}

function pricedGpu(gpu: Gpu, profile: GpuProfile): PricedGpu {
  const known = new Map<string, Kernels>();
  const once = (key: string, tree: () => KernelTree) => {
    const kernels = known.get(key) ?? new Kernels(gpu, valuesOf(tree()));
    known.set(key, kernels);
    return kernels;
  };
  return {
    gpu,
    profile,
    kernels: (variant) => once(`variant ${variant}`, () => treeOfVariant(profile, variant)),
    engineKernels: (engine) =>
      once(`engine ${engine.name}`, () => treeOfEngine(profile.constants, engine)),
  };
}
