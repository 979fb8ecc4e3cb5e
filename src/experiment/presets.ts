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

const node70b = { model: 'llama-3.1-70b', gpu: 'a100-80gb', tp: 8 };

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
  {
    name: 'mooncake-8p8d',
    doc: 'Mooncake: 8 prefill and 8 decode nodes of 8 A100-80GB, Llama-3.1-70B, 3 M tokens of DRAM each',
    parameters: {
      prefill: 'groups.0.count',
      decode: 'groups.1.count',
      placement: 'placement.kind',
      admission: 'admission.kind',
      rate: 'arrivals.rate.factor',
      dramTokens: 'groups.0.store.dramTokens',
    },
    scenario: {
      placement: { kind: 'kv-cache-centric' },
      groups: [
        {
          count: 8,
          roles: ['prefill'],
          ...node70b,
          scheduler: { kind: 'prefill-pool' },
          store: { kind: 'pool', dramTokens: 3_000_000 },
        },
        { count: 8, roles: ['decode'], ...node70b, scheduler: { kind: 'decode-pool' } },
      ],
    },
  },
  {
    name: 'coupled-16x70b',
    doc: 'the same 16 nodes, each doing both stages: vLLM with its prefix cache',
    parameters: { ...parameters, rate: 'arrivals.rate.factor' },
    scenario: {
      placement: { kind: 'least-loaded' },
      groups: [
        {
          count: 16,
          ...node70b,
          scheduler: { kind: 'prefill-first' },
          prefixCache: { kind: 'lru' },
        },
      ],
    },
  },
  {
    name: 'client-slots-65b',
    doc: 'LLaMA-65B with 200 client slots on a step-time law fitted to a published pair of runs',
    parameters: {
      ...parameters,
      slots: 'groups.0.slots',
      order: 'groups.0.order.kind',
      lengths: 'groups.0.lengths.kind',
    },
    scenario: {
      trace: 'gsm8k',
      arrivals: { coalesce: true },
      firstToken: 'decode',
      // Hybrid offline-online scheduling (arXiv 2502.15763): fitted to its 201.00 s and to a bound
      // of 180.30 s, prefill at an assumed 0.115 ms a token; see experiments/hybrid-scheduling.
      clock: { kind: 'affine', roundMs: 36.964, perSequenceMs: 0.1887, prefillTokenMs: 0.115 },
      groups: [
        {
          count: 1,
          model: 'llama-65b',
          gpu: 'a100-80gb',
          tp: 8,
          slots: 200,
          scheduler: { kind: 'slots-queue' },
          kv: { capacityTokens: 1_000_000, blockSize: 1 },
        },
      ],
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
