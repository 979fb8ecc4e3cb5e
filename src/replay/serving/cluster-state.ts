import type { Estimator } from '../../policy/estimator.ts';
import type { ClusterView } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';
import type { HostStores } from './host-stores.ts';
import type { Instance } from './instance.ts';
import type { StepRunner } from './step-runner.ts';
import type { TaskColumns } from './task-columns.ts';
import type { Transfers } from './transfers.ts';
import type { Workload } from './workload.ts';

/** Facts of an instance that the cluster's policies may ask for. */
export interface InstanceFacts {
  readonly prefills: boolean;
  readonly decodes: boolean;
  readonly kvBytesPerToken: number;
}

/** Parts of a replay that the view looks into; null where a cluster has none. */
export interface ClusterParts {
  readonly work: Workload;
  readonly tasks: TaskColumns;
  readonly cluster: readonly Instance[];
  readonly steps: StepRunner;
  readonly stores: HostStores | null;
  readonly transfers: Transfers | null;
}

/** The cluster as placers and admission see it, and the counts that they ask for. */
export class ClusterState implements ClusterView {
  readonly #parts: ClusterParts;
  readonly #facts: readonly InstanceFacts[];
  readonly prefillInstances: readonly number[];
  readonly decodeInstances: readonly number[];
  readonly #inbound: Int32Array;
  readonly #inboundTokens: Float64Array;
  nowMs = 0;

  constructor(parts: ClusterParts, facts: readonly InstanceFacts[]) {
    this.#parts = parts;
    this.#facts = facts;
    this.prefillInstances = [...facts.keys()].filter((i) => facts[i]?.prefills);
    this.decodeInstances = [...facts.keys()].filter((i) => facts[i]?.decodes);
    this.#inbound = new Int32Array(facts.length);
    this.#inboundTokens = new Float64Array(facts.length);
  }

  get instances(): number {
    return this.#facts.length;
  }

  openPromptTokens(instance: number): number {
    return this.#instance(instance).openPromptTokens;
  }

  openRequests(instance: number): number {
    return this.#instance(instance).openRequests;
  }

  arrivalMs(task: Task): number {
    return this.#parts.tasks.arrivalMs[task] as number;
  }

  inputTokens(task: Task): number {
    this.#mustHaveArrived(task);
    return this.#parts.work.inputTokens[task] as number;
  }

  priority(task: Task): number {
    return this.#parts.work.priority?.[task] ?? 0;
  }

  predictedOutput(task: Task): number {
    const bound = this.#parts.tasks.decodeInstance[task] as number;
    const instance = bound >= 0 ? bound : (this.decodeInstances[0] as number);
    return this.#instance(instance).predictedOutput(task);
  }

  get blockTokens(): number {
    return this.#parts.work.blockTokens;
  }

  promptBlocks(task: Task): number {
    this.#mustHaveArrived(task);
    const { blocks, row } = this.#parts.work;
    if (blocks === null) return 0;
    const at = row[task] as number;
    return (blocks.offsets[at + 1] as number) - (blocks.offsets[at] as number);
  }

  residentBlocks(task: Task, instance: number): number {
    this.#mustHaveArrived(task);
    const { stores } = this.#parts;
    if (stores?.has(instance)) return stores.leading(task, instance);
    return this.#instance(instance).residentBlocks(task);
  }

  kvBytes(instance: number, tokens: number): number {
    return tokens * (this.#facts[instance] as InstanceFacts).kvBytesPerToken;
  }

  kvCapacityTokens(instance: number): number {
    const { capacityBlocks, blockTokens } = this.#instance(instance).memory;
    return capacityBlocks * blockTokens;
  }

  decoding(instance: number): number {
    return this.#instance(instance).decoding;
  }

  contextTokens(instance: number): number {
    const one = this.#instance(instance);
    const rounds = this.#parts.steps.unbookedRounds(one, this.nowMs);
    return one.contextTokens + rounds * one.decoding;
  }

  inbound(instance: number): number {
    return this.#inbound[instance] as number;
  }

  inboundTokens(instance: number): number {
    return this.#inboundTokens[instance] as number;
  }

  estimatePrefillMs(instance: number, tokens: number, cachedTokens: number): number {
    return (this.#instance(instance).estimator as Estimator).prefillMs(tokens, cachedTokens);
  }

  estimateRoundMs(instance: number, sequences: number, contextTokens: number): number {
    return (this.#instance(instance).estimator as Estimator).roundMs(sequences, contextTokens);
  }

  estimateTransferMs(from: number, to: number, bytes: number): number {
    if (from === to || bytes === 0) return 0;
    return this.#parts.transfers?.estimateMs(from, to, bytes, this.nowMs) ?? 0;
  }

  /** Policies know nothing of the future. */
  #mustHaveArrived(task: Task): void {
    if (Number.isNaN(this.#parts.tasks.arrivalMs[task])) {
      throw new Error(`request ${task} has not arrived: a policy must not ask about it`);
    }
  }

  // Counts, kept by the engine

  /** A request is bound to an instance for a stage that is not over. */
  bind(task: Task, instance: number): void {
    const one = this.#instance(instance);
    one.openRequests++;
    one.openPromptTokens += this.inputTokens(task);
  }

  unbind(task: Task, instance: number): void {
    const one = this.#instance(instance);
    one.openRequests--;
    one.openPromptTokens -= this.inputTokens(task);
  }

  /** A request is bound to decode on an instance. */
  comesIn(task: Task, instance: number): void {
    this.#parts.tasks.inbound[task] = 1;
    this.#inbound[instance]!++;
    this.#inboundTokens[instance]! += this.inputTokens(task);
  }

  /** It decodes there now, or never will. */
  cameIn(task: Task): void {
    const { inbound, decodeInstance } = this.#parts.tasks;
    if (inbound[task] === 0) return;
    inbound[task] = 0;
    const instance = decodeInstance[task] as number;
    this.#inbound[instance]!--;
    this.#inboundTokens[instance]! -= this.inputTokens(task);
  }

  #instance(instance: number): Instance {
    return this.#parts.cluster[instance] as Instance;
  }
}
