import type { Gpu } from '../hardware/gpus.ts';
import { type DecoderShape, elementBytes } from '../model/decoder.ts';
import { kvBytesPerToken, weightBytes } from '../model/parameters.ts';
import { type Shard, shardOf } from '../model/shard.ts';
import { formatBytes } from '../units/format.ts';
import { InputError } from '../units/input-error.ts';

/**
 * Memory of one GPU that serves a model, by part. All in bytes.
 *
 * Weights: parameters x 2, divided as in `model/parameters.ts`. Runtime and collectives: the
 * empirical reserve of ai-dynamo/aiconfigurator a100_sxm.yaml. Activations of a step of T rows: the
 * largest of the attention phase 2h + 5 hq d and the network phase 3h + 3f (3f: gate, up and their
 * product), two bytes each, found from allocator logs of Llama-3-8B and 3.2-3B (MOM, arXiv
 * 2504.12526, section 4), and the logits of the rows that yield a token, once in two bytes and once
 * in four.
 */
export interface MemoryParts {
  readonly weights: number;
  readonly runtime: number;
  readonly collectives: number;
  readonly activations: number;
  /** What is left for KV under the rule in use. */
  readonly kv: number;
  readonly total: number;
}

/** How much of a GPU the KV cache gets. */
export type KvRule =
  /** KV = share x capacity - weights; runtime, collectives and activations live in the rest. */
  | { readonly kind: 'utilisation'; readonly share: number }
  /** KV = capacity - weights - runtime - collectives - activations of the largest step. */
  | { readonly kind: 'parts'; readonly stepTokens: number; readonly logitRows: number };

/** vLLM's `gpu_memory_utilization`. */
export const defaultKvRule: KvRule = { kind: 'utilisation', share: 0.9 };

export interface MemoryOptions {
  readonly model: DecoderShape;
  readonly gpu: Gpu;
  /** GPUs of the tensor-parallel group. */
  readonly tp?: number;
  readonly rule?: KvRule;
}

const runtimeBytes = 3_758_096_384;
const collectiveBytes = (gpus: number) => (gpus === 1 ? 0 : gpus === 2 ? 358_612_992 : 411_041_792);

/** Largest transient of one step on one GPU. */
export function activationBytes(shard: Shard, stepTokens: number, logitRows: number): number {
  const { model, queryHeads, ffn, expertFfn, sharedFfn } = shard;
  const width = model.experts
    ? Math.max(model.experts.denseLayers > 0 ? ffn : 0, sharedFfn, model.experts.topK * expertFfn)
    : ffn;
  const attention = 2 * model.hidden + 5 * queryHeads * model.headDim;
  const network = 3 * model.hidden + 3 * width;
  const logits = logitRows * shard.vocab * (elementBytes + 4);
  return stepTokens * elementBytes * Math.max(attention, network) + logits;
}

/** Memory of one GPU by part; the activations under `utilisation` are those of no step. */
export function memoryParts({
  model,
  gpu,
  tp = 1,
  rule = defaultKvRule,
}: MemoryOptions): MemoryParts {
  const shard = shardOf(model, tp);
  const weights = weightBytes(shard);
  const parts = {
    weights,
    runtime: runtimeBytes,
    collectives: collectiveBytes(tp),
    activations:
      rule.kind === 'parts' ? activationBytes(shard, rule.stepTokens, rule.logitRows) : 0,
  };
  const kv =
    rule.kind === 'utilisation'
      ? rule.share * gpu.hbmBytes - weights
      : gpu.hbmBytes - weights - parts.runtime - parts.collectives - parts.activations;
  return { ...parts, kv, total: gpu.hbmBytes };
}

/** KV tokens that fit on one instance (the same on each GPU of its group); refuses a model too large. */
export function kvCapacityTokens(options: MemoryOptions): number {
  const { model, gpu, tp = 1 } = options;
  const { weights, kv } = memoryParts(options);
  const tokens = Math.floor(kv / kvBytesPerToken(shardOf(model, tp)));
  if (tokens < 1) {
    throw new InputError(`no memory left for KV`, {
      where: `${model.name} on ${tp} x ${gpu.name}`,
      rule: `weights take ${formatBytes(weights)} of ${formatBytes(gpu.hbmBytes)} per GPU; use more GPUs`,
    });
  }
  return tokens;
}
