import type { Gpu } from '../../../hardware/gpus.ts';
import type { Kernels } from '../../kernels.ts';
import type { PricedGpu } from '../check/gpu-choice.ts';

/** A GPU priced with kernels that no profile has; its profile is not looked at. */
export function pricedWith(gpu: Gpu, kernels: Kernels): PricedGpu {
  const profile = { gpu: gpu.name, constants: {}, variants: {}, fittedSteps: [] };
  return {
    gpu,
    profile: profile as unknown as PricedGpu['profile'],
    kernels: () => kernels,
    engineKernels: () => kernels,
  };
}
