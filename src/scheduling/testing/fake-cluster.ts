import type { ClusterView, Placement, Placer } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';

/** An instance as placers and admission see it; all counts 0 where left out. */
export interface FakeMember {
  /** Stages that it serves; both where left out. */
  readonly role?: 'both' | 'prefill' | 'decode';
  readonly openPromptTokens?: number;
  readonly openRequests?: number;
  /** Leading blocks of every prompt that it holds. */
  residentBlocks?: number;
  readonly kvCapacityTokens?: number;
  decoding?: number;
  contextTokens?: number;
  inbound?: number;
  inboundTokens?: number;
}

export interface FakeClusterState {
  readonly members: FakeMember[];
  /** Of every request. */
  readonly inputTokens?: number;
  readonly priority?: number;
  /** NaN where left out: no predictor. */
  readonly predictedOutput?: (task: Task) => number;
  readonly blockTokens?: number;
  readonly bytesPerToken?: number;
  readonly prefillMs?: (tokens: number, cachedTokens: number) => number;
  readonly roundMs?: (sequences: number, contextTokens: number) => number;
  readonly transferMs?: (from: number, to: number, bytes: number) => number;
}

/** A cluster without time: its state stands still until a test changes it. */
export class FakeCluster implements ClusterView {
  nowMs = 0;
  readonly members: FakeMember[];
  readonly prefillInstances: readonly number[];
  readonly decodeInstances: readonly number[];
  readonly blockTokens: number;
  readonly #state: FakeClusterState;

  constructor(state: FakeClusterState) {
    this.#state = state;
    this.members = state.members;
    this.blockTokens = state.blockTokens ?? 512;
    const serving = (stage: 'prefill' | 'decode') =>
      [...state.members.keys()].filter((i) => {
        const { role = 'both' } = this.#member(i);
        return role === 'both' || role === stage;
      });
    this.prefillInstances = serving('prefill');
    this.decodeInstances = serving('decode');
  }

  get instances(): number {
    return this.members.length;
  }

  arrivalMs(): number {
    return this.nowMs;
  }

  inputTokens(_task: Task): number {
    return this.#state.inputTokens ?? 1;
  }

  priority(_task: Task): number {
    return this.#state.priority ?? 0;
  }

  predictedOutput(task: Task): number {
    return this.#state.predictedOutput?.(task) ?? Number.NaN;
  }

  openPromptTokens(instance: number): number {
    return this.#member(instance).openPromptTokens ?? 0;
  }

  openRequests(instance: number): number {
    return this.#member(instance).openRequests ?? 0;
  }

  promptBlocks(task: Task): number {
    return Math.ceil(this.inputTokens(task) / this.blockTokens);
  }

  residentBlocks(_task: Task, instance: number): number {
    return this.#member(instance).residentBlocks ?? 0;
  }

  kvBytes(_instance: number, tokens: number): number {
    return tokens * (this.#state.bytesPerToken ?? 1);
  }

  kvCapacityTokens(instance: number): number {
    return this.#member(instance).kvCapacityTokens ?? Number.POSITIVE_INFINITY;
  }

  decoding(instance: number): number {
    return this.#member(instance).decoding ?? 0;
  }

  contextTokens(instance: number): number {
    return this.#member(instance).contextTokens ?? 0;
  }

  inbound(instance: number): number {
    return this.#member(instance).inbound ?? 0;
  }

  inboundTokens(instance: number): number {
    return this.#member(instance).inboundTokens ?? 0;
  }

  estimatePrefillMs(_instance: number, tokens: number, cachedTokens: number): number {
    return this.#state.prefillMs?.(tokens, cachedTokens) ?? tokens - cachedTokens;
  }

  estimateRoundMs(_instance: number, sequences: number, contextTokens: number): number {
    return this.#state.roundMs?.(sequences, contextTokens) ?? sequences;
  }

  estimateTransferMs(from: number, to: number, bytes: number): number {
    return this.#state.transferMs?.(from, to, bytes) ?? bytes;
  }

  #member(instance: number): FakeMember {
    return this.members[instance] as FakeMember;
  }
}

/** A placement as the engine resets it before each call. */
export function newPlacement(): Placement {
  return {
    prefill: -1,
    decode: -1,
    source: -1,
    sourceBlocks: 0,
    ttftMs: Number.NaN,
    roundMs: Number.NaN,
    prefillMs: Number.NaN,
  };
}

/** Places one request; with `keep` it is taken in, as far as the placer's books are concerned. */
export function placed(
  placer: Placer,
  view: ClusterView,
  { task = 0, keep = false } = {},
): Placement {
  const out = newPlacement();
  placer.place(task, view, out);
  if (keep) placer.placed?.(task, out, view.nowMs);
  return out;
}
