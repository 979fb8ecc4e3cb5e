import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import { shardOf } from '../model/shard.ts';
import { InputError } from '../units/input-error.ts';
import {
  allReducesPerLayer,
  decodeFixedUs,
  decodeUsPerToken,
  denseLayersIn,
  extras,
  network,
  type Operation,
  prefillAttentionUs,
  projections,
  type StepContext,
  stepEnds,
} from './composition.ts';
import { valuesOf } from './constants.ts';
import { drawnValue, stepFactor } from './draws.ts';
import { treeOfEngine } from './engine-kernels.ts';
import { asGraph, graphBatch } from './graph-rounds.ts';
import { type AllReduceKind, Kernels, kernelTree } from './kernels.ts';
import { upperLine } from './lines.ts';
import { Memo } from './memo.ts';
import { defaultProfile, type EngineProfile, launchMs, profileNamed } from './profiles.ts';
import type { DecodeLine, Segment, StepClock, StepWork } from './work.ts';

/** The calibrated clock: kernel forms with fitted constants, composed per layer, and an engine. */
export interface AnalyticSpec {
  readonly kind: 'analytic';
  readonly model: string;
  readonly gpu: string;
  /** GPUs of one tensor-parallel group; 1 by default. */
  readonly tp?: number;
  /** Engine profile by name; `modern-cuda-graphs` by default. */
  readonly profile?: string;
  /** Kernels by name; vLLM 0.14 by default. */
  readonly variant?: string;
  readonly allReduce?: AllReduceKind;
  /** KV rate limited per request and head, for kernels without split KV; off by default. */
  readonly mhaCap?: boolean;
  /** How rows spread over experts where the work does not say. */
  readonly moeRouting?: 'uniform';
  /** 0, the default: the published constants; n: the n-th draw of them within their errors. */
  readonly draw?: number;
}

/**
 * Kernels and shapes of a specification, all names looked up.
 * @param profile an engine in the place of the one that the specification names
 */
export function contextOf(
  spec: AnalyticSpec,
  profile: EngineProfile = profileNamed(spec.profile ?? defaultProfile),
): StepContext {
  const gpu = gpuNamed(spec.gpu);
  const shard = shardOf(modelNamed(spec.model), spec.tp ?? 1);
  if (shard.gpus > gpu.gpusPerHost) {
    throw new InputError(`tensor parallelism of ${shard.gpus}`, {
      where: gpu.name,
      rule: `at most the ${gpu.gpusPerHost} GPUs of one host`,
    });
  }
  const draw = spec.draw ?? 0;
  const tree = treeOfEngine(kernelTree(spec.variant, gpu), profile);
  return {
    shard,
    kernels: new Kernels(
      gpu,
      valuesOf(tree, (placed) => drawnValue(placed, draw)),
    ),
    allReduce: spec.allReduce ?? 'custom',
    mhaCap: spec.mhaCap ?? false,
    stepFactor: stepFactor(profile, draw),
  };
}

/**
 * The fast form of `breakDown`: equal sums, with everything that depends on a row count alone
 * computed once. A decode round of b sequences is A(b) + B(b) S; a launch-bound engine holds it at
 * a floor below one S, which is then the switch of the line. The factor of a draw scales line and
 * floor alike and leaves the switch where it is.
 */
export class AnalyticClock implements StepClock {
  readonly name: string;
  readonly #context: StepContext;
  readonly #profile: EngineProfile;
  readonly #depth: number;
  readonly #mixture: boolean;
  readonly #projections: Memo;
  readonly #dense: Memo;
  readonly #experts: Memo;
  readonly #head: Memo;
  readonly #embedding: Memo;
  readonly #finalNorm: Memo;
  /** Per batch: kernels and skew at context 0, and their slope per KV token. */
  readonly #decodeMs: Memo;
  readonly #decodeSlope: Memo;

  /** @param profile an engine in the place of the one that the specification names */
  constructor(
    spec: AnalyticSpec,
    profile: EngineProfile = profileNamed(spec.profile ?? defaultProfile),
  ) {
    const context = contextOf(spec, profile);
    const { model, gpus } = context.shard;
    this.#context = context;
    this.#profile = profile;
    this.#depth = model.layers;
    this.#mixture = model.experts !== undefined;
    const drawn = spec.draw ? ` draw ${spec.draw}` : '';
    this.name = `analytic ${model.name} ${context.kernels.gpu.name} tp${gpus} ${this.#profile.name}${drawn}`;
    const ends = { firstRows: 0, lastRows: 0, logitRows: 0 };
    this.#projections = new Memo((rows) => sumUs(projections(context, rows)));
    this.#dense = new Memo((rows) => sumUs(network(context, rows, 'dense')));
    this.#experts = new Memo((rows) => sumUs(network(context, rows, 'experts')));
    this.#head = new Memo((rows) => sumUs(stepEnds(context, { ...ends, logitRows: rows })));
    this.#embedding = new Memo((rows) => sumUs(stepEnds(context, { ...ends, firstRows: rows })));
    this.#finalNorm = new Memo((rows) => sumUs(stepEnds(context, { ...ends, lastRows: rows })));
    this.#decodeMs = new Memo((batch) => this.#decodeAtZeroMs(batch));
    this.#decodeSlope = new Memo(
      (batch) => (this.#depth * decodeUsPerToken(context, batch)) / 1000,
    );
  }

  decode(batch: number, context: number, line: DecodeLine): void {
    const { launchMsPerLayer, fixedMs, perSequenceMs } = this.#profile.decode;
    const run = graphBatch(this.#profile, batch);
    const b = this.#decodeSlope.get(run);
    const a = this.#decodeMs.get(run) + (run - batch) * b;
    const floor = launchMsPerLayer * this.#depth;
    const engine = fixedMs + perSequenceMs * batch;
    const f = this.#context.stepFactor;
    upperLine(line, context, (floor - a) / b, f * (floor + engine), 0, f * (a + engine), f * b);
  }

  stepMs(given: StepWork): number {
    const work = asGraph(this.#profile, given);
    const { segments } = work;
    const { shard } = this.#context;
    let us = 0;
    let depth = 0;
    let allReduces = 0;
    let hasPrefill = false;
    for (let i = 0; i < segments.length; i++) {
      const segment = segments[i] as Segment;
      const { layers, rows, mlpRows } = segment;
      const dense = this.#mixture ? denseLayersIn(shard, depth, layers) : layers;
      us += layers * (this.#projections.get(rows) + this.#attentionUs(segment));
      if (dense > 0) us += dense * this.#dense.get(mlpRows);
      if (layers > dense) us += (layers - dense) * this.#expertsUs(segment);
      if (segment.extras.length > 0) us += sumUs(extras(this.#context, segment));
      if (segment.prefillCount > 0) hasPrefill = true;
      depth += layers;
      allReduces += layers * allReducesPerLayer(this.#context, rows, mlpRows);
    }
    us += this.#embedding.get(segments[0]?.rows ?? 0);
    us += this.#finalNorm.get(segments[segments.length - 1]?.mlpRows ?? 0);
    us += this.#head.get(work.logitRows);
    const terms = hasPrefill ? this.#profile.prefill : this.#profile.decode;
    const busyMs = (us + allReduces * terms.skewUs) / 1000;
    const ms =
      Math.max(busyMs, launchMs(terms, depth, segments[0]?.prefillCount ?? 0)) +
      terms.fixedMs +
      terms.perSequenceMs * work.sequences;
    return this.#context.stepFactor * ms;
  }

  #attentionUs(segment: Segment): number {
    const { decodeSequences, storedKvHeads } = segment;
    let us = segment.prefillCount > 0 ? prefillAttentionUs(this.#context, segment) : 0;
    if (decodeSequences > 0) {
      us +=
        decodeFixedUs(this.#context, decodeSequences, storedKvHeads) +
        decodeUsPerToken(this.#context, decodeSequences, storedKvHeads) * segment.decodeKvRead;
    }
    return us;
  }

  #expertsUs({ mlpRows, experts }: Segment): number {
    if (experts === undefined) return this.#experts.get(mlpRows);
    return sumUs(network(this.#context, mlpRows, 'experts', experts));
  }

  #decodeAtZeroMs(batch: number): number {
    const { shard } = this.#context;
    const depth = this.#depth;
    const dense = denseLayersIn(shard, 0, depth);
    const us =
      depth * (this.#projections.get(batch) + decodeFixedUs(this.#context, batch)) +
      dense * this.#dense.get(batch) +
      (this.#mixture ? (depth - dense) * this.#experts.get(batch) : 0) +
      this.#embedding.get(batch) +
      this.#finalNorm.get(batch) +
      this.#head.get(batch);
    const allReduces = depth * allReducesPerLayer(this.#context, batch, batch);
    return (us + allReduces * this.#profile.decode.skewUs) / 1000;
  }
}

function sumUs(operations: readonly Operation[]): number {
  let us = 0;
  for (const operation of operations) us += operation.us;
  return us;
}
