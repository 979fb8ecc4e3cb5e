import { linkNamed } from '../../../hardware/links.ts';
import { elementBytes } from '../../../model/decoder.ts';
import { InputError } from '../../../units/input-error.ts';
import type { Kernels } from '../../kernels.ts';
import { uniformRouting } from '../../routing.ts';
import { transferMs } from '../../transfer.ts';

/** Times of single kernels from the shapes of measurements, us; the forms are those of a step. */

export function gemmUs(kernels: Kernels, { m, n, k }: { m: number; n: number; k: number }): number {
  return kernels.productUs(m, n, k);
}

/** Heads of one GPU. */
export interface AttentionHeads {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** So that a shape is a record that can be shown. */
  readonly [name: string]: number;
}

/** F = 4 hq d (s c + s (s + 1) / 2) and B = 2 d (2 s hq + 2 (s + c) hk), for each prompt. */
export function prefillAttentionUs(
  kernels: Kernels,
  shape: AttentionHeads & { newTokens: number; prefix: number },
): number {
  const { batch, heads, kvHeads, headDim, newTokens, prefix } = shape;
  const keys = newTokens + prefix;
  const pairs = kernels.timedPairs(newTokens, keys, 'causal');
  return kernels.prefillAttentionUs(
    4 * batch * heads * headDim * pairs,
    2 * elementBytes * batch * headDim * (newTokens * heads + keys * kvHeads),
  );
}

/** Bytes of keys and values that one call reads. */
export function kvBytes({
  batch,
  kvHeads,
  headDim,
  context,
}: AttentionHeads & { context: number }): number {
  return 2 * elementBytes * batch * context * kvHeads * headDim;
}

/**
 * `context`: tokens attended by each sequence, the current one included.
 * @param unsplit kernels that give a request's KV head to one thread block where every query head
 *   has its own: few of them do not fill the GPU
 */
export function decodeAttentionUs(
  kernels: Kernels,
  shape: AttentionHeads & { context: number },
  { unsplit = false }: { unsplit?: boolean } = {},
): number {
  const { batch, heads, kvHeads, headDim } = shape;
  const readers = {
    blocks: batch * kvHeads,
    grouped: heads > kvHeads,
    capped: unsplit && heads === kvHeads,
  };
  const queryBytes = 2 * elementBytes * batch * heads * headDim;
  return (
    kernels.decodeAttentionFixedUs(queryBytes, batch * kvHeads) +
    (1e6 * kvBytes(shape)) / kernels.kvBytesPerS(readers)
  );
}

/** Null between nodes, without a link of the GPU and for kernels without a form of their own. */
export function allReduceUs(
  kernels: Kernels,
  impl: string,
  { bytes, gpus, perNode }: { bytes: number; gpus: number; perNode: number },
): number | null {
  if (gpus > perNode || kernels.wireBytesPerS === 0) return null;
  if (impl.startsWith('custom')) return kernels.allReduceUs(bytes, gpus, 'custom');
  return impl.startsWith('nccl') ? kernels.allReduceUs(bytes, gpus, 'nccl') : null;
}

/** Routing is not in the files: tokens are taken to choose experts uniformly. */
export function expertsUs(
  kernels: Kernels,
  {
    tokens,
    hidden,
    width,
    topK,
    experts,
  }: { tokens: number; hidden: number; width: number; topK: number; experts: number },
): number {
  const { distinct, paddedRows } = uniformRouting(tokens, experts, topK);
  return kernels.expertsUs({
    paddedFlops: 6 * paddedRows * hidden * width,
    weightBytes: 3 * elementBytes * distinct * hidden * width,
    trafficBytes: elementBytes * tokens * topK * (2 * hidden + 3 * width),
    experts,
  });
}

/** Names of element-wise operations in measurements. */
const elementwiseOps: Readonly<Record<string, Parameters<Kernels['elementwiseUs']>[0]>> = {
  emb: 'embedding',
  input_layernorm: 'norm',
  post_attention_layernorm: 'norm',
  norm: 'norm',
  attn_rope: 'rope',
  rope: 'rope',
  mlp_act: 'activation',
  add: 'residualAdd',
};

/** Null for an operation that no step has. */
export function elementwiseUs(
  kernels: Kernels,
  { op, tokens, width }: { op: string; tokens: number; width: number },
): number | null {
  const kind = elementwiseOps[op];
  return kind === undefined ? null : kernels.elementwiseUs(kind, tokens * width);
}

/** One send and receive; links of the A100 alone are known. */
export function sendUs(gpu: string, link: string | null, bytes: number): number | null {
  if (gpu !== 'a100-80gb') return null;
  const name = link === 'inter_node' ? 'inter-node-low' : 'nvlink3-pair';
  return 1000 * transferMs(linkNamed(name), bytes);
}

/** One copy of pinned memory; null where no such link was measured. */
export function hostCopyUs(gpu: string, direction: string | null, bytes: number): number | null {
  const generations = { pcie4: /^(a100|a800|rtx-4090)/, pcie5: /^(h100|h200)/ };
  const generation = Object.entries(generations).find(([, names]) => names.test(gpu))?.[0];
  const name = `${generation}-${direction}`;
  const known = ['pcie4-h2d', 'pcie4-d2h', 'pcie5-h2d', 'pcie5-d2h'].includes(name);
  return known ? 1000 * transferMs(linkNamed(name), bytes) : null;
}

export function unknownPhase(file: string, row: number, phase: string | null): InputError {
  return new InputError(`column phase is ${JSON.stringify(phase)}`, {
    where: `${file}, row ${row + 1}`,
    rule: 'prefill or decode',
  });
}
