import { unknownName } from '../units/nearest.ts';

/** A scenario with a name, and its parameters: short names of scenario paths. */
export interface Preset {
  readonly name: string;
  readonly doc: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly scenario: Readonly<Record<string, unknown>>;
}

const parameters = {
  instances: 'groups.0.count',
  placement: 'placement.kind',
  scheduler: 'groups.0.scheduler.kind',
} as const;

const chunked = { kind: 'chunked-prefill', budget: 8192, maxSequences: 256 };

export const presets: readonly Preset[] = [
  {
    name: 'conversation-16xA100',
    doc: '16 Llama-3.1-8B instances on A100-80GB, chunked prefill, no prefix cache',
    parameters,
    scenario: {
      placement: { kind: 'round-robin' },
      groups: [{ count: 16, model: 'llama-3.1-8b', gpu: 'a100-80gb', scheduler: chunked }],
    },
  },
  {
    name: 'reference-roofline',
    doc: 'a deliberately simple roofline clock and token-granular memory, for exact comparison',
    parameters,
    scenario: {
      clock: { kind: 'roofline-max' },
      placement: { kind: 'round-robin' },
      groups: [
        {
          count: 16,
          model: 'llama-3.1-8b',
          gpu: 'a100-80gb',
          scheduler: chunked,
          kv: { capacityTokens: 467_295, blockSize: 1 },
        },
      ],
    },
  },
  {
    name: 'backlog-llama-65b',
    doc: 'LLaMA-65B on 8 A100-80GB (TP 8), prefill-first, up to 200 requests at once',
    parameters: { ...parameters, order: 'groups.0.order.kind' },
    scenario: {
      trace: 'gsm8k',
      groups: [
        {
          count: 1,
          model: 'llama-65b',
          gpu: 'a100-80gb',
          tp: 8,
          scheduler: { kind: 'prefill-first', maxSequences: 200 },
        },
      ],
    },
  },
  {
    name: 'multimodal-8xA100',
    doc: '8 Qwen2-VL-7B instances on A100-80GB, image tokens as prompt tokens',
    parameters: { ...parameters, rate: 'arrivals.rate.factor' },
    scenario: {
      trace: 'multimodal',
      placement: { kind: 'least-loaded' },
      groups: [{ count: 8, model: 'qwen2-vl-7b', gpu: 'a100-80gb', scheduler: chunked }],
    },
  },
];

export function presetNamed(name: string): Preset {
  const preset = presets.find((one) => one.name === name);
  if (preset === undefined) {
    throw unknownName(
      'preset or scenario file',
      name,
      presets.map((one) => one.name),
    );
  }
  return preset;
}
