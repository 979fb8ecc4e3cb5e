import type { Kernels } from '../../kernels.ts';
import type { PricedGpu } from './gpu-choice.ts';

/**
 * Which rows a family takes, and which kernels price the others.
 *
 * The filters by framework are those of the measurements that the A100 constants were fitted on. On
 * another GPU they do not apply, nor to rows that do not say who measured them.
 */
export const families = [
  'gemm',
  'gemm-microbench',
  'attention-prefill',
  'attention-decode',
  'allreduce',
  'moe',
  'elementwise',
] as const;

export type Family = (typeof families)[number];

/** What a row says of itself; null where it says nothing. */
export interface RowOrigin {
  readonly source: string | null;
  readonly framework: string | null;
  readonly version: string | null;
  readonly dtype: string | null;
}

const half = /^(bf16|bfloat16|fp16|float16|half)$/i;

/** 16-bit operands, which all forms have; what a row does not say is taken to be so. */
export function isHalf(dtype: string | null): boolean {
  return dtype === null || half.test(dtype);
}

/** Kernel variant by family and framework; the first that fits. */
const variantRules: readonly {
  readonly variant: string;
  readonly kind: 'gemm' | 'attention';
  readonly fits: (origin: RowOrigin) => boolean;
}[] = [
  { variant: 'gemm-microbenchmark', kind: 'gemm', fits: (origin) => !isSustained(origin) },
  { variant: 'vllm-0.14-h200', kind: 'attention', fits: ({ framework }) => framework === 'vllm' },
  { variant: 'sglang-0.5.10', kind: 'attention', fits: ({ framework }) => framework === 'sglang' },
  { variant: 'trtllm-1.0.0', kind: 'attention', fits: ({ framework }) => framework === 'trtllm' },
  {
    variant: 'sarathi-flash-attention-2024',
    kind: 'attention',
    fits: ({ framework }) => framework === 'sarathi-serve',
  },
];

/** What follows from a row's origin and GPU alone. */
export interface RowSetting {
  readonly at: PricedGpu;
  readonly origin: RowOrigin;
  /** Operands of 16 bits. */
  readonly half: boolean;
  /** GEMMs timed inside whole layers at sustained clocks, not in short bursts. */
  readonly sustained: boolean;
  /** The kernels that the constants stand for. */
  readonly reference: boolean;
  /** Decode does not split the KV of a head without a group, as in FlashAttention-2 of vLLM 0.14. */
  readonly unsplit: boolean;
  /** Kernels with the constants for GEMMs and for attention from there. */
  readonly gemm: Kernels;
  readonly attention: Kernels;
}

export function settingOf(origin: RowOrigin, at: PricedGpu): RowSetting {
  const { source, framework, version, dtype } = origin;
  const onA100 = at.gpu.name.startsWith('a100');
  const vllm014 = framework === 'vllm' && version === '0.14.0';
  const unsaid = source === null && framework === null;
  const variantOf = (kind: 'gemm' | 'attention') =>
    variantRules.find((rule) => rule.kind === kind && rule.fits(origin))?.variant;
  return {
    at,
    origin,
    half: isHalf(dtype),
    sustained: isSustained(origin),
    reference: !onA100 || unsaid || vllm014,
    unsplit: onA100 && vllm014,
    gemm: at.kernels(variantOf('gemm')),
    attention: at.kernels(variantOf('attention')),
  };
}

/** Vidur's, and those of one's own. */
function isSustained({ source }: RowOrigin): boolean {
  return source === null || /\bvidur\b/i.test(source);
}
