/** Steps of an engine that its profile's terms were fitted on. */
interface FittedOn {
  readonly gpu: string;
  /** None but these, as files call them; all by default. */
  readonly models?: readonly string[];
  readonly decode: boolean;
  /** Prompts of a step and its tokens up to which rows took part; null: none did. */
  readonly prefill: { readonly batch: number; readonly tokens: number } | null;
}

/** What prices the steps of a measured engine. */
export interface MeasuredEngine {
  readonly engine: string;
  /** Beginning of `engine_version`. */
  readonly version: string;
  /** Name of the engine profile (`profiles.ts`). */
  readonly profile: string;
  readonly fittedOn: FittedOn;
}

const nothing: FittedOn = { gpu: 'a100-80gb', decode: false, prefill: null };
const anyPrompts = { batch: Infinity, tokens: Infinity };

/** Whole steps in files that name no engine: a decoder in plain PyTorch, kernels back to back. */
export const plainDecoder = { engine: 'pytorch', version: '' } as const;

/**
 * Engine profile by engine, the only place that pairs them. Engines without terms of their own take
 * those of engines of their kind. All-reduces are the custom kernel's throughout: every engine's terms
 * were fitted on top of it, its own collectives among them.
 */
export const measuredEngines: readonly MeasuredEngine[] = [
  {
    engine: 'vllm',
    version: '0.6.0',
    profile: 'modern-cuda-graphs',
    fittedOn: { ...nothing, decode: true },
  },
  {
    engine: 'vllm',
    version: '2026',
    profile: 'modern-cuda-graphs',
    fittedOn: nothing,
  },
  {
    engine: 'vllm',
    version: '2023',
    profile: 'python-eager-ray-2023',
    fittedOn: { ...nothing, decode: true, prefill: { batch: 1, tokens: 2048 } },
  },
  {
    engine: 'vllm',
    version: '2024-01',
    profile: 'vllm-early-2024',
    fittedOn: { ...nothing, decode: true },
  },
  {
    engine: 'distserve-swifttransformer',
    version: '2024-01',
    profile: 'cpp-eager-nccl',
    fittedOn: { ...nothing, decode: true, prefill: anyPrompts },
  },
  {
    engine: 'tensorrt-llm',
    version: '0.5',
    profile: 'modern-cuda-graphs',
    fittedOn: { ...nothing, prefill: anyPrompts },
  },
  {
    engine: 'lmdeploy-turbomind',
    version: '',
    profile: 'modern-cuda-graphs',
    fittedOn: nothing,
  },
  { ...plainDecoder, profile: 'kernels-only', fittedOn: nothing },
];

/** The entry of an engine, or undefined. */
export function measuredEngine(engine: string, version: string): MeasuredEngine | undefined {
  return measuredEngines.find((one) => one.engine === engine && version.startsWith(one.version));
}
