import { listConstants } from '../../constants.ts';
import type { GpuProfile, KernelTree } from '../../gpu-profiles.ts';
import { treeOfVariant } from '../../gpu-profiles.ts';
import { type Family, type RowSetting, variantOfFamily } from './families.ts';

/** Whether constants were fitted on rows like one, and what they leave on shapes held out. */
export interface FittedMark {
  /** No: none of them; prefix: those on a cached prefix alone. */
  readonly rows: 'all' | 'prefix' | 'none';
  /** MAPE over held-out shapes, %; null where it is not known. */
  readonly heldOut: number | null;
}

const members: Readonly<Record<Family, keyof KernelTree>> = {
  gemm: 'gemm',
  'gemm-microbench': 'gemm',
  'attention-prefill': 'prefillAttention',
  'attention-decode': 'decodeAttention',
  allreduce: 'allReduce',
  moe: 'experts',
  elementwise: 'elementwise',
};

const calibratedGpu = /\b(a100|h100|h200)/i;

/**
 * Rows were fitted where their file is one that constants of the family came from, else where the
 * constants that price them name the source of the rows. Shapes held out of such a fit are among
 * them: a row does not tell.
 * @param hash SHA-256 of the file
 */
export function fittedMark(family: Family, { at, origin }: RowSetting, hash: string): FittedMark {
  const { profile } = at;
  const variant = variantOfFamily(family, origin);
  const own = variant !== undefined && isPriced(profile, variant, members[family]);
  const heldOut = profile.heldOut?.[own ? `${variant} ${family}` : family] ?? null;
  const file = profile.fittedFiles?.find(
    ({ sha256, families }) => sha256 === hash && (families?.includes(family) ?? true),
  );
  if (file !== undefined) return { rows: file.only ?? 'all', heldOut };
  const isOwn = at.gpu.name === profile.gpu;
  const tree = treeOfVariant(profile, variant);
  const named =
    isOwn && origin.source !== null && isNamed(tree[members[family]], origin.source, at);
  return { rows: named ? 'all' : 'none', heldOut };
}

function isPriced(profile: GpuProfile, variant: string, member: keyof KernelTree): boolean {
  return Object.keys(profile.variants[variant]?.[member] ?? {}).length > 0;
}

/** Constants carried over from another GPU name that one. */
function isNamed(constants: object, source: string, { gpu }: RowSetting['at']): boolean {
  return listConstants(constants).some(({ constant }) => {
    const [on] = calibratedGpu.exec(constant.source) ?? [gpu.name];
    return constant.source.includes(source) && gpu.name.startsWith(on.toLowerCase());
  });
}
