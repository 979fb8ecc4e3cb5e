import { unknownName } from '../units/nearest.ts';
import type { Constant } from './constants.ts';
import type { KernelTree } from './gpu-profiles.ts';
import { h200ResearchEngine } from './h200-engine.ts';

/** What an engine adds to the kernels of one step. */
export interface EngineTerms {
  /** Host launches: a step takes at least this per layer, ms. */
  readonly launchMsPerLayer: number;
  /** GPUs arriving late at an all-reduce, us per all-reduce. */
  readonly skewUs: number;
  readonly fixedMs: number;
  readonly perSequenceMs: number;
  /** Launches of each prompt of a step but the first, where prompts are launched one by one, ms. */
  readonly launchMsPerExtraPrompt?: number;
}

/** How the terms of one phase were found, and what they leave. Errors: MAPE over points, %. */
export interface EngineFit {
  /** Measurements that the terms were fitted on. */
  readonly source: string;
  /** Error of the bare kernels over these points: nothing in them was fitted end to end. */
  readonly kernelsMape: number;
  /** Error with the terms, over the same points. */
  readonly fittedMape: number;
  /** Error over points that the terms were not fitted on; null where there are none. */
  readonly heldOut: { readonly mape: number; readonly points: number | null } | null;
  /** What else is known of the fit. */
  readonly note?: string;
  /** Published claims (`paper/claim-id`) that the terms were chosen from. */
  readonly setFrom?: readonly string[];
}

/**
 * t_step = max(t_kernels + all-reduces x skew, launches) + fixed + perSequence x sequences, where
 * launches = launch x layers + launchMsPerExtraPrompt x (prompts - 1).
 * A step with any prefill row uses `prefill`. Layers count every layer executed; there are two
 * all-reduces per layer under tensor parallelism, one where attention and network run in parallel.
 */
export interface EngineProfile {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly title: string;
  /**
   * eager: the host launches each kernel (2023, early 2024); graphs: it launches CUDA graphs;
   * research: an engine written for a measurement, which stands for no other.
   */
  readonly era: 'eager' | 'graphs' | 'research';
  readonly decode: EngineTerms;
  readonly prefill: EngineTerms;
  readonly fits: { readonly decode: EngineFit; readonly prefill: EngineFit };
  /** GPU that it was measured on, where that is not the A100. */
  readonly gpu?: string;
  /** Batches of its CUDA graphs, ascending: decode rounds run as the next of them (`graph-rounds.ts`). */
  readonly graphBatches?: readonly number[];
  /** Kernels of its own, in the place of the GPU's common ones. */
  readonly kernels?: { readonly [F in keyof KernelTree]?: Partial<KernelTree[F]> };
  /** What the first prompt of each length costs a process beside its step: kernel selection, ms. */
  readonly firstLengthMs?: Constant;
  /** Logs of serving runs that its terms were fitted on: a replay of one of them is no test. */
  readonly calibratedOn?: readonly CalibrationLog[];
}

/** A log of the steps of a serving engine. */
export interface CalibrationLog {
  readonly file: string;
  readonly sha256: string;
  /** Rows. */
  readonly steps: number;
}

const nothing: EngineTerms = { launchMsPerLayer: 0, skewUs: 0, fixedMs: 0, perSequenceMs: 0 };

export const defaultProfile = 'modern-cuda-graphs';

const vllm060 = 'vLLM 0.6.0, LambdaLabsML/vllm-benchmark';
const tensorRt = 'TensorRT-LLM 0.5 first token, NVIDIA/TensorRT-LLM@138f96d4';
const distServe = 'LLMServe/DistServe@82831f16 profile_data';
const splitwise = 'Mutinifni/splitwise-sim@8f99e7dc perf_model.csv';

/** What found the errors of prefill; `calibration/recorded/a100.json` keeps them by model. */
const checked = 'reprise calibrate check';

export const engineProfiles: readonly EngineProfile[] = [
  {
    name: 'modern-cuda-graphs',
    aliases: ['modern-cuda-graph', 'modern', 'default'],
    title: 'a CUDA-graph engine of 2024 and later (vLLM, SGLang, TensorRT-LLM)',
    era: 'graphs',
    decode: { ...nothing, skewUs: 9, fixedMs: 0.5 },
    prefill: { ...nothing, skewUs: 26, fixedMs: 1.7 },
    fits: {
      decode: { source: vllm060, kernelsMape: 6.5, fittedMape: 3.2, heldOut: null },
      prefill: { source: tensorRt, kernelsMape: 7.7, fittedMape: 5.5, heldOut: null },
    },
  },
  {
    name: 'cpp-eager-nccl',
    aliases: ['cpp-engine-eager-nccl'],
    title: 'a C++ engine without graphs, NCCL all-reduce (SwiftTransformer, DistServe)',
    era: 'eager',
    decode: { launchMsPerLayer: 0.21, skewUs: 30, fixedMs: 1.9, perSequenceMs: 0 },
    prefill: { launchMsPerLayer: 0.31, skewUs: 59, fixedMs: 2.7, perSequenceMs: 0.06 },
    fits: {
      decode: {
        source: distServe,
        kernelsMape: 23.1,
        fittedMape: 5.0,
        heldOut: { mape: 3.6, points: 38 },
      },
      prefill: {
        source: distServe,
        kernelsMape: 11.0,
        fittedMape: 5.5,
        heldOut: { mape: 4.9, points: 29 },
      },
    },
  },
  {
    name: 'python-eager-ray-2023',
    aliases: ['vllm-2023', 'splitwise-2023'],
    title: 'vLLM of 2023: eager kernels, Ray workers',
    era: 'eager',
    decode: { launchMsPerLayer: 0.36, skewUs: 0, fixedMs: 16.2, perSequenceMs: 0.24 },
    prefill: { launchMsPerLayer: 0.59, skewUs: 0, fixedMs: 17.9, perSequenceMs: 0.03 },
    fits: {
      decode: {
        source: splitwise,
        kernelsMape: 40.3,
        fittedMape: 4.2,
        heldOut: { mape: 6.8, points: 7 },
        note: 'launch and fixed trade off',
      },
      prefill: {
        source: `${splitwise}, one prompt up to 2,048 tokens`,
        kernelsMape: 16.9,
        fittedMape: 4.1,
        heldOut: { mape: 21.7, points: 24 },
        note: `15.6 % over all 36 prefills, 12 of them fitted; longer and several prompts are held out (${checked})`,
      },
    },
  },
  {
    name: 'vllm-early-2024',
    aliases: ['vllm-distserve'],
    title: "vLLM of early 2024 (DistServe's copy)",
    era: 'eager',
    decode: { launchMsPerLayer: 0.27, skewUs: 0, fixedMs: 14.6, perSequenceMs: 0.07 },
    prefill: { launchMsPerLayer: 0.27, skewUs: 0, fixedMs: 14.6, perSequenceMs: 0.07 },
    fits: {
      decode: {
        source: distServe,
        kernelsMape: 45.7,
        fittedMape: 8.7,
        heldOut: { mape: 11.9, points: 38 },
      },
      prefill: {
        source: `${distServe}; not fitted: the decode terms`,
        kernelsMape: 33.3,
        fittedMape: 26.6,
        heldOut: { mape: 26.6, points: 138 },
        note: `its time per prompt token is 30 to 40 % above the kernels, unexplained (${checked})`,
      },
    },
  },
  {
    name: 'kernels-only',
    aliases: ['none'],
    title: 'kernels back to back, no engine',
    era: 'graphs',
    decode: nothing,
    prefill: nothing,
    fits: {
      decode: {
        source: `by definition; ${vllm060}`,
        kernelsMape: 6.5,
        fittedMape: 6.5,
        heldOut: { mape: 6.5, points: 10 },
        note: "the engine's share is in the error; 3.2 % on vLLM main of 2026, Qwen3-8B, one GPU",
      },
      prefill: {
        source: `by definition; ${tensorRt}`,
        kernelsMape: 7.7,
        fittedMape: 7.7,
        heldOut: { mape: 7.7, points: null },
      },
    },
  },
  h200ResearchEngine,
];

/** The profile of that name or alias; case, hyphens and underscores do not matter. */
export function profileNamed(name: string): EngineProfile {
  const key = (text: string) => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  const wanted = key(name);
  const found = engineProfiles.find((p) => [p.name, ...p.aliases].some((n) => key(n) === wanted));
  if (found === undefined) {
    throw unknownName(
      'engine profile',
      name,
      engineProfiles.map((p) => p.name),
    );
  }
  return found;
}

/** The least time that the host needs to launch a step, ms. */
export function launchMs(terms: EngineTerms, layers: number, prompts: number): number {
  const extraPrompts = Math.max(0, prompts - 1);
  return terms.launchMsPerLayer * layers + (terms.launchMsPerExtraPrompt ?? 0) * extraPrompts;
}

/** Step time from kernel time, ms. */
export function withEngine(
  terms: EngineTerms,
  { kernelsMs, allReduces, layers, prompts, sequences }: StepCounts,
): number {
  const busy = kernelsMs + (allReduces * terms.skewUs) / 1000;
  return (
    Math.max(busy, launchMs(terms, layers, prompts)) +
    terms.fixedMs +
    terms.perSequenceMs * sequences
  );
}

interface StepCounts {
  kernelsMs: number;
  allReduces: number;
  layers: number;
  prompts: number;
  sequences: number;
}
