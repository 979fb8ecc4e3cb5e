/**
 * One instance of the cluster simulator: its queue, its requests, its memory summed anew at every
 * look, and what its scheduler plans next. Rules: ../README.md and object-engine.ts.
 */

import type { LinkFlow } from './cluster-links.ts';
import { type ClusterRequest, contextOf } from './cluster-request.ts';
import type { ClusterStore } from './cluster-store.ts';
import type { ClusterInstance } from './cluster-types.ts';

export interface Chunk {
  readonly request: ClusterRequest;
  readonly newTokens: number;
  readonly past: number;
  /** Reused prefix that is loaded in this step; 0 but in the prompt's first. */
  readonly loaded: number;
}

export interface RunningStep {
  readonly startMs: number;
  endMs: number;
  readonly chunks: readonly Chunk[];
  readonly decodes: readonly ClusterRequest[];
  /** Fetches that must end, and what then follows at least. */
  readonly awaits: Set<LinkFlow>;
  readonly tailMs: number;
  /** Time in each further stage of a pipeline. */
  readonly stageMs: number;
}

export interface PlannedStep {
  readonly chunks: Chunk[];
  readonly decodes: ClusterRequest[];
}

/** What an instance asks the cluster to do when a request is admitted or must go. */
export interface InstanceEvents {
  /** Prompt tokens that admission finds, pinned by it. */
  reuse(request: ClusterRequest, nowMs: number): number;
  exhausted(request: ClusterRequest, nowMs: number): void;
  preempted(request: ClusterRequest): void;
}

export class ClusterInstanceState {
  readonly index: number;
  readonly setup: ClusterInstance;
  readonly store: ClusterStore | null;
  /** 1 where prompts yield no token and decode here: room for their first round is kept. */
  readonly firstRound: number;
  readonly waiting: ClusterRequest[] = [];
  /** Admitted, prompt unfinished, in admission order; and in decode, in join order. */
  readonly prompts: ClusterRequest[] = [];
  readonly decodes: ClusterRequest[] = [];
  step: RunningStep | null = null;
  /** Chunks behind the first stage, in order, and when each stage was last left. */
  readonly inFlight: { readonly atMs: number; readonly chunks: readonly Chunk[] }[] = [];
  readonly leftStageMs: number[];
  readonly #events: InstanceEvents;

  constructor(
    index: number,
    setup: ClusterInstance,
    store: ClusterStore | null,
    firstToken: 'prefill' | 'decode',
    events: InstanceEvents,
  ) {
    this.firstRound = firstToken === 'decode' && setup.role !== 'prefill' ? 1 : 0;
    this.index = index;
    this.setup = setup;
    this.store = store;
    this.leftStageMs = Array.from({ length: setup.stages }, () => 0);
    this.#events = events;
  }

  blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.setup.blockSize);
  }

  capacityBlocks(): number {
    return Math.floor(this.setup.capacityTokens / this.setup.blockSize);
  }

  usedBlocks(): number {
    let blocks = 0;
    for (const { target } of this.prompts) blocks += this.blocksFor(target + this.firstRound);
    for (const request of this.decodes) blocks += this.blocksFor(contextOf(request));
    return blocks;
  }

  growthBlocks(): number {
    let blocks = 0;
    for (const request of this.decodes) {
      blocks += this.blocksFor(contextOf(request) + 1) - this.blocksFor(contextOf(request));
    }
    return blocks;
  }

  sequences(): number {
    return this.prompts.length + this.decodes.length;
  }

  /** The next step; empty where there is nothing to do. */
  plan(nowMs: number): PlannedStep {
    let plan = this.#planOnce(nowMs);
    while (isEmpty(plan) && this.inFlight.length === 0 && this.waiting.length > 0) {
      plan = this.#planOnce(nowMs);
    }
    return plan;
  }

  #planOnce(nowMs: number): PlannedStep {
    const { scheduler } = this.setup;
    const chunks: Chunk[] = [];
    if (scheduler.kind === 'prefill-pool') {
      let left = scheduler.chunkTokens;
      const isOpen = () => left > 0 && (scheduler.batch || chunks.length === 0);
      for (const request of this.prompts) if (isOpen()) left -= take(request, left, chunks);
      while (isOpen()) {
        const head = this.#admitHead(nowMs);
        if (head === null) break;
        left -= take(head, left, chunks);
      }
      return { chunks, decodes: [] };
    }
    if (scheduler.kind === 'chunked-prefill') {
      this.#preempt(nowMs);
      let left = scheduler.budget - this.decodes.length;
      for (const request of this.prompts) if (left > 0) left -= take(request, left, chunks);
      while (left > 0 && this.sequences() < scheduler.maxSequences) {
        const head = this.#admitHead(nowMs);
        if (head === null) break;
        left -= this.decodes.includes(head) ? 1 : take(head, left, chunks);
      }
      this.#preempt(nowMs);
      return { chunks, decodes: [...this.decodes] };
    }
    const gaveUp = this.#preempt(nowMs);
    let left = scheduler.recomputeTokens;
    for (const request of this.prompts) if (left > 0) left -= take(request, left, chunks);
    while (!gaveUp && this.sequences() < scheduler.maxSequences) {
      if (this.waiting[0]?.arrived === false && left === 0) break;
      const head = this.#admitHead(nowMs);
      if (head === null) break;
      if (this.prompts.includes(head)) left -= take(head, left, chunks);
    }
    this.#preempt(nowMs);
    return { chunks, decodes: [...this.decodes] };
  }

  /** Whether a decode gave up its memory. */
  #preempt(nowMs: number): boolean {
    let gaveUp = false;
    while (this.decodes.length > 0) {
      if (this.usedBlocks() + this.growthBlocks() <= this.capacityBlocks()) break;
      const last = this.decodes.at(-1)!;
      gaveUp = true;
      if (this.sequences() === 1) {
        this.#events.exhausted(last, nowMs);
        continue;
      }
      this.decodes.pop();
      this.waiting.unshift(last);
      last.state = 'waiting';
      last.preemptions++;
      this.#events.preempted(last);
    }
    return gaveUp;
  }

  /** Admits the head of the queue if it fits; ends heads that nothing could make room for. */
  #admitHead(nowMs: number): ClusterRequest | null {
    const head = this.waiting[0];
    if (head === undefined) return null;
    const need = this.blocksFor(contextOf(head) + (head.arrived ? 0 : this.firstRound));
    const keeps = head.arrived || this.setup.scheduler.kind === 'decode-pool';
    const spare = keeps && this.sequences() > 0 ? 1 : 0;
    const taken = this.usedBlocks() + this.growthBlocks() + need + spare;
    if (taken > this.capacityBlocks()) {
      if (this.sequences() > 0) return null;
      this.#events.exhausted(head, nowMs);
      return this.#admitHead(nowMs);
    }
    this.waiting.shift();
    head.state = 'admitted';
    if (head.arrived) {
      head.arrived = false;
      this.decodes.push(head);
      return head;
    }
    this.prompts.push(head);
    const reused = this.#events.reuse(head, nowMs);
    if (Number.isNaN(head.admittedMs)) {
      head.admittedMs = nowMs;
      head.cachedTokens = reused;
    }
    head.target = contextOf(head);
    head.done = reused;
    head.planned = reused;
    head.reused = reused;
    head.isFresh = true;
    return head;
  }
}

export function isEmpty({ chunks, decodes }: PlannedStep): boolean {
  return chunks.length === 0 && decodes.length === 0;
}

/** Gives a prompt a chunk of at most `limit` tokens; returns its length. */
function take(request: ClusterRequest, limit: number, chunks: Chunk[]): number {
  const newTokens = Math.min(request.target - request.planned, limit);
  if (newTokens === 0) return 0;
  const loaded = request.isFresh ? request.reused : 0;
  chunks.push({ request, newTokens, past: request.planned, loaded });
  request.planned += newTokens;
  request.isFresh = false;
  return newTokens;
}
