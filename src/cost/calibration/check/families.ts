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

/** What may have constants of its own by who measured it. */
type PricedKind = 'gemm' | 'attention' | 'allReduce' | 'experts';

/** Kernel variant by family and framework; the first that fits. */
const variantRules: readonly {
  readonly variant: string;
  readonly kinds: readonly PricedKind[];
  readonly fits: (origin: RowOrigin) => boolean;
}[] = [
  { variant: 'gemm-microbenchmark', kinds: ['gemm'], fits: (origin) => !isSustained(origin) },
  {
    variant: 'vllm-0.14-h200',
    kinds: ['attention', 'allReduce', 'experts'],
    fits: ({ framework }) => framework === 'vllm',
  },
  {
    variant: 'sglang-0.5.10',
    kinds: ['attention'],
    fits: ({ framework }) => framework === 'sglang',
  },
  {
    variant: 'trtllm-1.0.0',
    kinds: ['attention'],
    fits: ({ framework }) => framework === 'trtllm',
  },
  {
    variant: 'sarathi-flash-attention-2024',
    kinds: ['attention'],
    fits: ({ framework }) => framework === 'sarathi-serve',
  },
];

/** What follows from a row's origin and GPU alone, and the kernels that price it. */
export interface RowSetting extends Readonly<Record<PricedKind, Kernels>> {
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
}

export function settingOf(origin: RowOrigin, at: PricedGpu): RowSetting {
  const { source, framework, version, dtype } = origin;
  const onA100 = at.gpu.name.startsWith('a100');
  const vllm014 = framework === 'vllm' && version === '0.14.0';
  const unsaid = source === null && framework === null;
  const kernels = (kind: PricedKind) => at.kernels(variantOf(kind, origin));
  return {
    at,
    origin,
    half: isHalf(dtype),
    sustained: isSustained(origin),
    reference: !onA100 || unsaid || vllm014,
    unsplit: onA100 && vllm014,
    gemm: kernels('gemm'),
    attention: kernels('attention'),
    allReduce: kernels('allReduce'),
    experts: kernels('experts'),
  };
}

/** The variant that prices rows of that origin, where a GPU has it. */
export function variantOf(kind: PricedKind, origin: RowOrigin): string | undefined {
  return variantRules.find((rule) => rule.kinds.includes(kind) && rule.fits(origin))?.variant;
}

const kinds: Readonly<Partial<Record<Family, PricedKind>>> = {
  gemm: 'gemm',
  'gemm-microbench': 'gemm',
  'attention-prefill': 'attention',
  'attention-decode': 'attention',
  allreduce: 'allReduce',
  moe: 'experts',
};

/** The variant that prices a family's rows of that origin, where a GPU has it. */
export function variantOfFamily(family: Family, origin: RowOrigin): string | undefined {
  const kind = kinds[family];
  return kind && variantOf(kind, origin);
}

/** Vidur's, and those of one's own. */
function isSustained({ source }: RowOrigin): boolean {
  return source === null || /\bvidur\b/i.test(source);
}
