import { unknownName } from '../units/nearest.ts';

/** What an engine adds to the kernels of one step. */
export interface EngineTerms {
  /** Host launches: a step takes at least this per layer, ms. */
  readonly launchMsPerLayer: number;
  /** GPUs arriving late at an all-reduce, us per all-reduce. */
  readonly skewUs: number;
  readonly fixedMs: number;
  readonly perSequenceMs: number;
}

/**
 * t_step = max(t_kernels + all-reduces x skew, launch x layers) + fixed + perSequence x sequences.
 * A step with any prefill row uses `prefill`. Layers count every layer executed; there are two
 * all-reduces per layer under tensor parallelism, one where attention and network run in parallel.
 */
export interface EngineProfile {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly decode: EngineTerms;
  readonly prefill: EngineTerms;
  /** Measurements it was fitted on, and its error there (MAPE before and after, held out). */
  readonly source: string;
}

const nothing: EngineTerms = { launchMsPerLayer: 0, skewUs: 0, fixedMs: 0, perSequenceMs: 0 };

export const defaultProfile = 'modern-cuda-graphs';

export const engineProfiles: readonly EngineProfile[] = [
  {
    name: 'modern-cuda-graphs',
    aliases: ['modern-cuda-graph', 'modern', 'default'],
    title: 'a CUDA-graph engine of 2024 and later (vLLM, SGLang, TensorRT-LLM)',
    decode: { ...nothing, skewUs: 9, fixedMs: 0.5 },
    prefill: { ...nothing, skewUs: 26, fixedMs: 1.7 },
    source:
      'decode: vLLM 0.6.0, LambdaLabsML/vllm-benchmark, 6.5 -> 3.2 %; ' +
      'prefill: TensorRT-LLM 0.5 first token, NVIDIA/TensorRT-LLM@138f96d4, 7.7 -> 5.5 %',
  },
  {
    name: 'cpp-eager-nccl',
    aliases: ['cpp-engine-eager-nccl'],
    title: 'a C++ engine without graphs, NCCL all-reduce (SwiftTransformer, DistServe)',
    decode: { launchMsPerLayer: 0.21, skewUs: 30, fixedMs: 1.9, perSequenceMs: 0 },
    prefill: { launchMsPerLayer: 0.31, skewUs: 59, fixedMs: 2.7, perSequenceMs: 0.06 },
    source:
      'LLMServe/DistServe@82831f16 profile_data; decode 23.1 -> 5.0 %, held out 3.6 % (38); ' +
      'prefill 11.0 -> 5.5 %, held out 4.9 % (29)',
  },
  {
    name: 'python-eager-ray-2023',
    aliases: ['vllm-2023', 'splitwise-2023'],
    title: 'vLLM of 2023: eager kernels, Ray workers',
    decode: { launchMsPerLayer: 0.36, skewUs: 0, fixedMs: 16.2, perSequenceMs: 0.24 },
    prefill: { launchMsPerLayer: 0.59, skewUs: 0, fixedMs: 17.9, perSequenceMs: 0.03 },
    source:
      'Mutinifni/splitwise-sim@8f99e7dc perf_model.csv; decode 40.3 -> 4.2 %, held out 6.8 % (7); ' +
      'prefill of one prompt up to 2,048 tokens 16.9 -> 4.1 %; launch and fixed trade off',
  },
  {
    name: 'vllm-early-2024',
    aliases: ['vllm-distserve'],
    title: "vLLM of early 2024 (DistServe's copy)",
    decode: { launchMsPerLayer: 0.27, skewUs: 0, fixedMs: 14.6, perSequenceMs: 0.07 },
    prefill: { launchMsPerLayer: 0.27, skewUs: 0, fixedMs: 14.6, perSequenceMs: 0.07 },
    source:
      'LLMServe/DistServe@82831f16 profile_data; decode 45.7 -> 8.7 %, held out 11.9 % (38); ' +
      'prefill not fitted: the decode terms are used and leave 18 %',
  },
  {
    name: 'kernels-only',
    aliases: ['none'],
    title: 'kernels back to back, no engine',
    decode: nothing,
    prefill: nothing,
    source: 'by definition',
  },
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

/** Step time from kernel time, ms. */
export function withEngine(
  terms: EngineTerms,
  { kernelsMs, allReduces, layers, sequences }: StepCounts,
): number {
  const busy = kernelsMs + (allReduces * terms.skewUs) / 1000;
  return (
    Math.max(busy, terms.launchMsPerLayer * layers) +
    terms.fixedMs +
    terms.perSequenceMs * sequences
  );
}

interface StepCounts {
  kernelsMs: number;
  allReduces: number;
  layers: number;
  sequences: number;
}
