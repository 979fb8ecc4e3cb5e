import { elementBytes } from '../model/decoder.ts';
import {
  attentionPairs,
  cachedElements,
  decodeAttentionWork,
  expertsWork,
  gemmWork,
  type OperationWork,
  prefillAttentionWork,
  storedHeadsOnGpu,
} from '../model/operations.ts';
import type { Shard } from '../model/shard.ts';
import type { AllReduceKind, Kernels } from './kernels.ts';
import { type Routing, uniformRouting } from './routing.ts';
import type { Segment } from './work.ts';

/**
 * The operations of a decoder step on one GPU of a tensor-parallel group.
 *
 * Layer = GEMM(T, (hq+2hk)d, h) + attention + GEMM(T, h, hq d) + all-reduce(2Th) + GEMM(T, f or 2f
 * if gated, h) + activation(T f) + GEMM(T, h, f) + all-reduce(2Th) + 2 norm(Th) + rope(T(hq+hk)d) +
 * 2 add(Th). Step = its layers + GEMM(logit rows, V/GPUs, h) + embedding(Th) + norm(Th). A layer of
 * experts has a router GEMM(T, E, h) and one fused kernel in the place of the dense network, and
 * its shared experts as a dense network beside it. A step with prompts and decoding sequences pays
 * both attention kernels, each with its own start. Latent attention (no form was fitted for it)
 * uses the attention forms with its own widths and four projections. A block whose attention and
 * network run in parallel (Falcon) has one all-reduce. Fused norms of some engines would pay
 * slightly less. Times are microseconds per call.
 */
export interface StepContext {
  readonly shard: Shard;
  readonly kernels: Kernels;
  readonly allReduce: AllReduceKind;
  /** Limit the KV rate per thread block, as kernels without split KV do. */
  readonly mhaCap: boolean;
  /** On the time of every step, the engine's share too: the common error of a draw, else 1. */
  readonly stepFactor: number;
}

/** One call of an operation and the least it could take: max(FLOPs / peak, bytes / bandwidth). */
export interface Operation {
  readonly name: string;
  readonly us: number;
  readonly rooflineUs: number;
}

/** One layer's projections, first norm and residual for `rows` tokens; attention itself apart. */
export function projections(context: StepContext, rows: number): Operation[] {
  if (rows === 0) return [];
  const { shard } = context;
  const { model, queryHeads, kvHeads } = shard;
  const { hidden, headDim, latent } = model;
  const gemms =
    latent === undefined
      ? [
          gemm(context, 'qkv', rows, (queryHeads + 2 * kvHeads) * headDim, hidden),
          gemm(context, 'attention-output', rows, hidden, queryHeads * headDim),
        ]
      : [
          gemm(context, 'qkv', rows, queryHeads * (latent.nopeDim + latent.ropeDim), hidden),
          gemm(context, 'qkv', rows, latent.kvRank + latent.ropeDim, hidden),
          gemm(
            context,
            'qkv',
            rows,
            queryHeads * (latent.nopeDim + latent.valueDim),
            latent.kvRank,
          ),
          gemm(context, 'attention-output', rows, hidden, queryHeads * latent.valueDim),
        ];
  const ropeElements =
    latent === undefined
      ? rows * (queryHeads + kvHeads) * headDim
      : rows * (queryHeads + 1) * latent.ropeDim;
  return [
    ...gemms,
    ...(model.rope ? [elementwise(context, 'rope', ropeElements, 2)] : []),
    ...residual(context, rows, !model.parallelBlock),
  ];
}

/** One layer's network, second norm and residual for `rows` tokens. */
export function network(
  context: StepContext,
  rows: number,
  kind: 'dense' | 'experts',
  routing?: Routing,
): Operation[] {
  if (rows === 0) return [];
  const { shard } = context;
  const own =
    kind === 'dense'
      ? denseNetwork(context, rows, shard.ffn, shard.model.gated, 'ffn')
      : expertNetwork(context, rows, routing);
  return [...own, ...residual(context, rows, true)];
}

/** All-reduces of a layer half that has rows: none on one GPU, one per layer in parallel blocks. */
export function allReducesPerLayer({ shard }: StepContext, rows: number, mlpRows: number): number {
  if (shard.gpus === 1) return 0;
  const afterAttention = rows > 0 && !shard.model.parallelBlock;
  return (afterAttention ? 1 : 0) + (mlpRows > 0 ? 1 : 0);
}

/** Embedding, last norm and LM head. */
export function stepEnds(
  context: StepContext,
  { firstRows, lastRows, logitRows }: { firstRows: number; lastRows: number; logitRows: number },
): Operation[] {
  const { hidden } = context.shard.model;
  const ends: Operation[] = [];
  if (logitRows > 0) {
    ends.push(gemm(context, 'lm-head', logitRows, context.shard.vocab, hidden));
  }
  if (firstRows > 0) ends.push(elementwise(context, 'embedding', firstRows * hidden, 2));
  if (lastRows > 0) ends.push(renamed('final-norm', norm(context, lastRows)));
  return ends;
}

/** Attention of one layer over the prompts of a segment, us. */
export function prefillAttentionUs(context: StepContext, segment: Segment): number {
  const { shard, kernels } = context;
  const { flops, bytes } = prefillWork(shard, segment, kernels);
  return kernels.prefillAttentionUs(flops, bytes);
}

/** The part of one layer's decode attention that depends on the number of sequences only, us. */
export function decodeFixedUs({ shard, kernels }: StepContext, sequences: number, stored?: number) {
  return kernels.decodeAttentionFixedUs(
    elementBytes * sequences * shard.decodeQueryElements,
    sequences * kvGroups(shard, stored),
  );
}

/** One layer's decode attention per KV token read, us. */
export function decodeUsPerToken(context: StepContext, sequences: number, stored?: number): number {
  const { shard, kernels, mhaCap } = context;
  const groups = kvGroups(shard, stored);
  const rate = kernels.kvBytesPerS({
    blocks: sequences * groups,
    grouped: shard.queryHeads > groups,
    capped: mhaCap,
  });
  return (1e6 * elementBytes * cachedElements(shard, stored)) / rate;
}

/** The attention calls of one layer of a segment. */
export function attention(context: StepContext, segment: Segment): Operation[] {
  const { prefillCount, decodeSequences, decodeKvRead, storedKvHeads } = segment;
  const calls: Operation[] = [];
  if (prefillCount > 0) {
    calls.push({
      name: 'attention-prefill',
      us: prefillAttentionUs(context, segment),
      rooflineUs: rooflineUs(context, prefillWork(context.shard, segment)),
    });
  }
  if (decodeSequences > 0) {
    const work = decodeAttentionWork(context.shard, {
      sequences: decodeSequences,
      kvRead: decodeKvRead,
      ...(storedKvHeads !== undefined && { storedKvHeads }),
    });
    calls.push({
      name: 'attention-decode',
      us:
        decodeFixedUs(context, decodeSequences, storedKvHeads) +
        decodeUsPerToken(context, decodeSequences, storedKvHeads) * decodeKvRead,
      rooflineUs: rooflineUs(context, work),
    });
  }
  return calls;
}

/** Operations beside the model's own, priced like a matrix product with one start each. */
export function extras(context: StepContext, segment: Segment): Operation[] {
  return segment.extras.map((extra) => ({
    name: extra.op,
    us: context.kernels.gemmUs(extra.flops, extra.bytes),
    rooflineUs: rooflineUs(context, extra),
  }));
}

/** Dense layers among `layers` layers from layer `first` on, counted round the depth. */
export function denseLayersIn(shard: Shard, first: number, layers: number): number {
  const { experts, layers: depth } = shard.model;
  if (experts === undefined) return layers;
  const below = (n: number) =>
    Math.floor(n / depth) * experts.denseLayers + Math.min(n % depth, experts.denseLayers);
  return below(first + layers) - below(first);
}

/** What prompts compute and move; with `kernels`, the pairs that these take time for. */
function prefillWork(shard: Shard, segment: Segment, kernels?: Kernels): OperationWork {
  const { prefillCount, prefillRows, prefillKeys, mask } = segment;
  let pairs = 0;
  let rows = 0;
  let keys = 0;
  for (let i = 0; i < prefillCount; i++) {
    const newRows = prefillRows[i] as number;
    const allKeys = prefillKeys[i] as number;
    pairs +=
      kernels === undefined
        ? attentionPairs(newRows, allKeys, mask)
        : kernels.timedPairs(newRows, allKeys, mask);
    rows += newRows;
    keys += allKeys;
  }
  return prefillAttentionWork(shard, { pairs, rows, keys });
}

/** KV heads on one GPU that decode attention works on at once; a latent is one. */
function kvGroups(shard: Shard, stored?: number): number {
  if (shard.model.latent !== undefined) return 1;
  return stored === undefined ? shard.kvHeads : storedHeadsOnGpu(shard, stored);
}

function denseNetwork(
  context: StepContext,
  rows: number,
  width: number,
  gated: boolean,
  name: string,
): Operation[] {
  const { hidden } = context.shard.model;
  return [
    gemm(context, `${name}-up`, rows, gated ? 2 * width : width, hidden),
    elementwise(context, 'activation', rows * width, gated ? 3 : 2),
    gemm(context, `${name}-down`, rows, hidden, width),
  ];
}

function expertNetwork(context: StepContext, rows: number, given?: Routing): Operation[] {
  const { shard, kernels } = context;
  const { hidden, experts } = shard.model;
  if (experts === undefined) return [];
  const { distinct, paddedRows } = given ?? uniformRouting(rows, experts.experts, experts.topK);
  const width = shard.expertFfn;
  const us = kernels.expertsUs({
    paddedFlops: 6 * paddedRows * hidden * width,
    weightBytes: 3 * elementBytes * distinct * hidden * width,
    trafficBytes: elementBytes * rows * experts.topK * (2 * hidden + 3 * width),
    experts: experts.experts,
  });
  const shared =
    shard.sharedFfn > 0 ? denseNetwork(context, rows, shard.sharedFfn, true, 'shared') : [];
  return [
    gemm(context, 'router', rows, experts.experts, hidden),
    { name: 'experts', us, rooflineUs: rooflineUs(context, expertsWork(shard, rows, distinct)) },
    ...shared,
  ];
}

/** What goes with each half of a layer: norm, residual add and, where its sum is due, all-reduce. */
function residual(context: StepContext, rows: number, reduces: boolean): Operation[] {
  const { shard, kernels, allReduce } = context;
  const { hidden } = shard.model;
  const around = [
    norm(context, rows),
    renamed('residual-add', elementwise(context, 'residualAdd', rows * hidden, 3)),
  ];
  if (shard.gpus === 1 || !reduces) return around;
  const bytes = elementBytes * rows * hidden;
  const wireUs = (1e6 * kernels.wireBytes(bytes, shard.gpus)) / kernels.wireBytesPerS;
  const us = kernels.allReduceUs(bytes, shard.gpus, allReduce);
  return [...around, { name: 'all-reduce', us, rooflineUs: wireUs }];
}

function norm(context: StepContext, rows: number): Operation {
  return elementwise(context, 'norm', rows * context.shard.model.hidden, 2);
}

function gemm(context: StepContext, name: string, m: number, n: number, k: number): Operation {
  const work = gemmWork(m, n, k);
  return {
    name,
    us: context.kernels.productUs(m, n, k),
    rooflineUs: rooflineUs(context, work),
  };
}

/** `moves`: how many times each counted element is read or written. */
function elementwise(
  context: StepContext,
  kind: Parameters<Kernels['elementwiseUs']>[0],
  elements: number,
  moves: number,
): Operation {
  return {
    name: kind,
    us: context.kernels.elementwiseUs(kind, elements),
    rooflineUs: rooflineUs(context, { flops: 0, bytes: elementBytes * moves * elements }),
  };
}

function renamed(name: string, operation: Operation): Operation {
  return { ...operation, name };
}

function rooflineUs({ kernels }: StepContext, { flops, bytes }: OperationWork): number {
  const { flopsPerS, hbmBytesPerS } = kernels.gpu;
  return 1e6 * Math.max(flops / flopsPerS, bytes / hbmBytesPerS);
}
