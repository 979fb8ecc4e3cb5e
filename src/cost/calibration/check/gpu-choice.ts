import { type Gpu, gpuNamed } from '../../../hardware/gpus.ts';
import { valuesOf } from '../../constants.ts';
import { treeOfEngine } from '../../engine-kernels.ts';
import {
  type GpuProfile,
  gpuProfileNamed,
  type KernelTree,
  profileOfGpu,
  treeOfVariant,
} from '../../gpu-profiles.ts';
import { Kernels } from '../../kernels.ts';
import type { EngineProfile } from '../../profiles.ts';
import { type ConstantsFile, profileOfFile } from '../constants-file.ts';
import type { MeasuredFile } from '../measurements/read-folder.ts';

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
  /** Constants for every row, each on the peaks of its own GPU. */
  readonly constants?: ConstantsFile | undefined;
}

/**
 * Where the GPU of a row comes from: the profile that was asked for, else what the row says
 * (`hardware`), else the `info.csv` above its file, else the GPU of a constants file, else the A100.
 */
export class GpuChooser {
  readonly #named: PricedGpu | undefined;
  readonly #constants: GpuProfile | undefined;
  readonly #known = new Map<string, PricedGpu | null>();

  constructor({ profile, constants }: GpuChoice) {
    this.#constants = constants && profileOfFile(constants);
    const named = profile === undefined ? undefined : gpuProfileNamed(profile);
    this.#named = named && pricedGpu(named.gpu, this.#constants ?? named.profile);
  }

  /** Null where the row names a GPU that is not known. */
  of(file: MeasuredFile, hardware: string | null): PricedGpu | null {
    return this.#named ?? this.#byName(this.nameOf(file, hardware));
  }

  nameOf(file: MeasuredFile, hardware: string | null): string {
    return hardware ?? file.info.get('name') ?? this.#constants?.gpu ?? 'a100';
  }

  #byName(name: string): PricedGpu | null {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const gpu = gpuOrNull(name);
    const priced = gpu && pricedGpu(gpu, this.#constants ?? profileOfGpu(gpu));
    this.#known.set(name, priced);
    return priced;
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

function gpuOrNull(name: string): Gpu | null {
  try {
    return gpuNamed(name);
  } catch {
    return null;
  }
}
