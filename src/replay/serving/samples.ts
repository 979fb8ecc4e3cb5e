import { InputError } from '../../units/input-error.ts';
import type { ClusterParts, ClusterState } from './cluster-state.ts';
import type { ServingSink } from './sink.ts';

/** When the state of a cluster is written down, and of which blocks the copies are counted. */
export interface SampleSetup {
  readonly everyMs: number;
  /** Blocks by rank of their references in the whole trace: rank and id. */
  readonly blocks: readonly { readonly rank: number; readonly id: number }[];
}

/** Rows of samples that a run may have. */
const mostRows = 5_000_000;

/** Writes down the state of every instance at regular times, after all else at that time. */
export class Samples {
  readonly #setup: SampleSetup | undefined;
  readonly #parts: ClusterParts;
  readonly #state: ClusterState;
  readonly #sink: ServingSink;
  #taken = 0;

  constructor(
    setup: SampleSetup | undefined,
    parts: ClusterParts,
    state: ClusterState,
    sink: ServingSink,
  ) {
    this.#setup = setup;
    this.#parts = parts;
    this.#state = state;
    this.#sink = sink;
  }

  get nextMs(): number {
    if (this.#setup === undefined) return Number.POSITIVE_INFINITY;
    return this.#taken * this.#setup.everyMs;
  }

  take(): void {
    const atMs = this.nextMs;
    this.#taken++;
    if (this.#taken * this.#parts.cluster.length > mostRows) {
      const rule = `a longer interval: at most ${mostRows} rows of samples`;
      const every = this.#setup?.everyMs;
      throw new InputError(`samples every ${every} ms`, { where: 'samples.everyMs', rule });
    }
    const { cluster, stores } = this.#parts;
    const state = this.#state;
    for (const one of cluster) {
      const { index, waiting, prefilling, decoding } = one;
      const contextTokens = state.contextTokens(index);
      this.#sink.sample?.({
        atMs,
        instance: index,
        waiting,
        prefilling,
        decoding,
        contextTokens,
        inbound: state.inbound(index),
        queuedPrefillMs: this.#queuedPrefillMs(index),
        roundMs: decoding > 0 ? state.estimateRoundMs(index, decoding, contextTokens) : 0,
        storedBlocks: stores?.has(index) ? stores.store(index).residents(0) : 0,
      });
    }
    if (stores === null) return;
    for (const { rank, id } of this.#setup?.blocks ?? []) {
      this.#sink.replicas?.(atMs, rank, id, stores.index.replicas(id));
    }
  }

  /** Predicted time of the prompts that wait or are computed, one after the other. */
  #queuedPrefillMs(index: number): number {
    const one = this.#parts.cluster[index];
    if (one === undefined) return 0;
    let ms = 0;
    const add = (task: number, tokens: number) => {
      if (tokens === 0) return;
      const input = Math.max(one.inputTokens(task), tokens);
      ms += this.#state.estimatePrefillMs(index, input, input - tokens);
    };
    for (let i = 0; i < one.waiting; i++) {
      const task = one.waitingTask(i);
      add(task, one.tokensToCompute(task));
    }
    for (let i = 0; i < one.prefilling; i++) {
      const task = one.prefillingTask(i);
      add(task, one.tokensLeft(task));
    }
    return ms;
  }
}
