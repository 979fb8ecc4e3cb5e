import { type EngineProfile, engineProfiles, profileNamed } from './profiles.ts';

/**
 * Mean absolute error of a step's time on an engine, over points that no end-to-end fit saw, %.
 *
 * One figure for both phases, the larger held-out one: a step gets dearer when a prompt joins it,
 * which two figures would not keep. Where no point was held out, the error of the bare kernels on
 * the engine's points: what the terms leave on the points that they were fitted on is too little.
 */
export function heldOutMape({ fits }: EngineProfile): number {
  const phases = [fits.decode, fits.prefill];
  const heldOut = phases.flatMap((fit) => (fit.heldOut === null ? [] : [fit.heldOut.mape]));
  return Math.max(...(heldOut.length > 0 ? heldOut : phases.map((fit) => fit.kernelsMape)));
}

/**
 * Names of the profiles that stand for the engine equally well where an experiment says nothing of
 * it, the given one first: those of the same era. Eager engines of 2023 and early 2024 were
 * measured at anything between DistServe's C++ engine and vLLM with Ray, on the same kernels. For
 * engines with CUDA graphs the bare kernels are admissible beside the fitted terms: vLLM of 2026
 * is met within 3.2 % without any.
 */
export function admissibleProfiles(profile: string): readonly string[] {
  const given = profileNamed(profile);
  const others = engineProfiles.filter((one) => one !== given && one.era === given.era);
  return [given, ...others].map((one) => one.name);
}
