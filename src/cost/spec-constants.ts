import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import { shardOf } from '../model/shard.ts';
import type { AnalyticSpec } from './analytic-clock.ts';
import { listConstants, type PlacedConstant } from './constants.ts';
import { treeOfEngine } from './engine-kernels.ts';
import { kernelTree } from './kernels.ts';
import { defaultProfile, type EngineProfile, type EngineTerms, profileNamed } from './profiles.ts';

const termUnits: Readonly<Record<keyof EngineTerms, string>> = {
  launchMsPerLayer: 'ms per layer',
  skewUs: 'us per all-reduce',
  fixedMs: 'ms',
  perSequenceMs: 'ms per sequence',
  launchMsPerExtraPrompt: 'ms per prompt',
};

/** The terms of an engine profile as constants; no interval of any of them is known. */
export function profileConstants(profile: EngineProfile): PlacedConstant[] {
  return (['decode', 'prefill'] as const).flatMap((phase) => {
    const { source, setFrom } = profile.fits[phase];
    return Object.entries(termUnits).flatMap(([term, unit]) => {
      const value = profile[phase][term as keyof EngineTerms];
      if (value === undefined) return [];
      const path = `profile.${profile.name}.${phase}.${term}`;
      return [{ path, constant: { value, unit, source, ...(setFrom && { setFrom }) } }];
    });
  });
}

/**
 * Every constant that can influence a clock made from this specification, by path: those of the
 * kernels in use (a variant's own in the place of the common ones) and the terms of the engine.
 */
export function constantsOf(spec: AnalyticSpec): PlacedConstant[] {
  const { variant, mhaCap = false, allReduce = 'custom' } = spec;
  const { model, gpus, queryHeads, kvHeads } = shardOf(modelNamed(spec.model), spec.tp ?? 1);
  const grouped = queryHeads > kvHeads || model.latent !== undefined;
  const families = {
    'allReduce.': gpus > 1 && allReduce === 'custom',
    'allReduceNccl.': gpus > 1 && allReduce === 'nccl',
    'decodeAttention.blockBytesPerS': mhaCap,
    'decodeAttention.groupedBlockShare': grouped && !mhaCap,
    'experts.': model.experts !== undefined,
    'elementwise.rope.': model.rope,
  };
  const profile = profileNamed(spec.profile ?? defaultProfile);
  const unused = Object.entries(families).flatMap(([path, used]) => (used ? [] : [path]));
  return [
    ...listConstants(treeOfEngine(kernelTree(variant, gpuNamed(spec.gpu)), profile)).filter(
      ({ path }) => !unused.some((start) => path.startsWith(start)),
    ),
    ...profileConstants(profile),
  ];
}

/** Those of them that no draw changes: no interval of them is known. */
export function fixedConstantsOf(spec: AnalyticSpec): PlacedConstant[] {
  return constantsOf(spec).filter(({ constant }) => constant.interval === undefined);
}
