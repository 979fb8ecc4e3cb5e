import { layerWiseMs, serialMs } from '../../cost/layer-wise.ts';
import type { Placement } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';
import type { Activity } from './activity.ts';
import type { ClusterParts } from './cluster-state.ts';
import type { HostStores } from './host-stores.ts';
import type { Instance } from './instance.ts';
import { type NetworkSetup, type Transfers, transferKind } from './transfers.ts';

/** Rates between an instance's KV memory and the tiers of its host store, one direction each. */
export interface StoreLinks {
  readonly hostBytesPerMs: number;
  readonly diskBytesPerMs: number;
  /** Tier of its store that is on disk; −1: none. */
  readonly diskTier: number;
}

/** What the loads of an instance need to know of it. */
export interface LoadSetup {
  readonly layers: number;
  readonly stages?: number;
  readonly decodes?: boolean;
  readonly kvBytesPerToken?: number;
  readonly links?: StoreLinks;
}

/**
 * What moves around the computing of prompts (Mooncake, sections on incremental prefill and
 * layer-wise prefill): prefix blocks that another instance's store sends from the moment a request
 * is placed; the reused prefix from host memory at its first step; new KV back to host memory; and
 * the KV of every chunk to the decode instance.
 *
 * Layer-wise: all that overlaps the computing of other layers. A step ends when the loads, the
 * computing and the stores of the last layer are done, not before one layer's time after the last
 * fetch that it needs. Serial: fetch, load, compute, store, send, one after the other.
 */
export class PromptLoads {
  readonly #parts: ClusterParts;
  readonly #transfers: Transfers;
  readonly #setups: readonly LoadSetup[];
  /** Whether the KV of a chunk is sent while later ones are computed. */
  readonly streams: boolean;

  constructor(
    parts: ClusterParts,
    transfers: Transfers,
    streaming: NetworkSetup['streaming'],
    setups: readonly LoadSetup[],
  ) {
    this.#parts = parts;
    this.#transfers = transfers;
    this.#setups = setups;
    this.streams = streaming === 'layer-wise';
  }

  /** A request is placed: what its instance has of the prompt is pinned, the rest is sent for. */
  placed(task: Task, placement: Placement, nowMs: number): void {
    const { stores, tasks } = this.#parts;
    const { prefill, source } = placement;
    if (!stores?.has(prefill)) return;
    const here = stores.leading(task, prefill);
    stores.pinFurther(task, prefill, here);
    if (source < 0 || source === prefill) return;
    const there = Math.min(placement.sourceBlocks, stores.leading(task, source));
    if (there <= here) return;
    tasks.fetching[task] = there;
    stores.pinAt(task, source, there);
    const tokens = this.#tokensOf(task, there) - this.#tokensOf(task, here);
    tasks.fetchFrom[task] = this.#tokensOf(task, here);
    tasks.fetchTo[task] = this.#tokensOf(task, there);
    stores.read(task, source, here, there);
    const bytes = this.#bytes(prefill, tokens);
    this.#transfers.start(
      { kind: transferKind.prefix, task, from: source, to: prefill, bytes },
      this.#priority(task),
      nowMs,
    );
  }

  /** A step begins: how long it lasts, all loads and stores counted, but for awaited fetches. */
  begin(instance: Instance, activity: Activity, nowMs: number, computeMs: number): number {
    const { tasks, stores } = this.#parts;
    const { index, workTasks, workTokens } = instance;
    const setup = this.#setups[index] as LoadSetup;
    const stored = stores?.has(index) === true;
    let loadMs = 0;
    let storeTokens = 0;
    for (let i = 0; i < workTasks.length; i++) {
      const task = workTasks[i] as Task;
      const rows = workTokens[i] as number;
      const first = tasks.fresh[task] === 1;
      const reused = first ? (tasks.done[task] as number) : 0;
      tasks.fresh[task] = 0;
      if (stored) {
        storeTokens += rows;
        if (first) this.#bookFetched(task, reused);
        if (first) loadMs += this.#loadMs(task, index, reused, stores as HostStores);
        if (tasks.fetching[task] !== 0) {
          tasks.awaited[task] = 1;
          activity.awaited++;
        }
      }
      const decode = tasks.decodeInstance[task] as number;
      if (this.streams && setup.decodes === false) {
        this.#send(task, index, decode, rows + reused, nowMs);
      }
    }
    if (!stored) return computeMs;
    const stages = setup.stages ?? 1;
    const storeMs =
      this.#bytes(index, storeTokens) / (setup.links as StoreLinks).hostBytesPerMs / stages;
    return this.#durations(activity, computeMs, loadMs / stages, storeMs, setup.layers / stages);
  }

  /** Of the tokens reused at first, those that came from another instance. */
  #bookFetched(task: Task, reused: number): void {
    const { fetchFrom, fetchTo, fetchedTokens } = this.#parts.tasks;
    const brought = Math.min(reused, fetchTo[task] as number) - (fetchFrom[task] as number);
    fetchTo[task] = 0;
    if (brought > 0) fetchedTokens[task] = brought;
  }

  #durations(
    activity: Activity,
    computeMs: number,
    loadMs: number,
    storeMs: number,
    layers: number,
  ): number {
    if (this.streams) {
      activity.tailMs = (loadMs + computeMs + storeMs) / layers;
      return layerWiseMs(computeMs, loadMs, storeMs, layers);
    }
    activity.tailMs = serialMs(computeMs, loadMs, storeMs);
    return activity.tailMs;
  }

  /** From host memory or disk; what a fetch brings is in host memory. */
  #loadMs(task: Task, instance: number, tokens: number, stores: HostStores): number {
    if (tokens === 0) return 0;
    const { links } = this.#setups[instance] as { links: StoreLinks };
    const blocks = Math.ceil(tokens / this.#parts.work.blockTokens);
    const onDisk =
      links.diskTier < 0 ? 0 : stores.tokensInTier(task, instance, blocks, links.diskTier);
    return (
      this.#bytes(instance, tokens) / links.hostBytesPerMs +
      this.#bytes(instance, Math.min(tokens, onDisk)) / links.diskBytesPerMs
    );
  }

  /** A prompt is computed on an instance that does not decode. */
  promptDone(task: Task, nowMs: number): void {
    const { tasks, work } = this.#parts;
    const from = tasks.prefillInstance[task] as number;
    const to = tasks.decodeInstance[task] as number;
    tasks.readyMs[task] = nowMs;
    if (!this.streams) {
      this.#send(task, from, to, work.inputTokens[task] as number, nowMs);
      return;
    }
    const { layers } = this.#setups[from] as LoadSetup;
    const last = this.#bytes(from, tasks.lastSentTokens[task] as number) / layers;
    tasks.readyMs[task] = nowMs + this.#transfers.aloneMs(from, to, last);
  }

  #send(task: Task, from: number, to: number, tokens: number, nowMs: number): void {
    this.#parts.tasks.lastSentTokens[task] = tokens;
    const bytes = this.#bytes(from, tokens);
    this.#transfers.start(
      { kind: transferKind.kv, task, from, to, bytes },
      this.#priority(task),
      nowMs,
    );
  }

  /** Ends the flow that is due: whose it was, and the instance whose step waited for it, or −1. */
  endFlow(nowMs: number): { task: Task; fetchedFor: number } {
    const { kind, task, from, to } = this.#transfers.finish(nowMs);
    if (kind === transferKind.kv) return { task, fetchedFor: -1 };
    const { tasks } = this.#parts;
    const stores = this.#parts.stores as HostStores;
    const blocks = tasks.fetching[task] as number;
    stores.unpinAt(task, from, blocks);
    tasks.fetching[task] = 0;
    stores.put(task, to, blocks);
    // Before the prompt begins, what found no room in the store is lost.
    const kept = this.#tokensOf(task, Math.min(blocks, tasks.pinned[task] as number));
    if ((tasks.fetchTo[task] as number) > kept) tasks.fetchTo[task] = kept;
    const awaited = tasks.awaited[task] === 1;
    tasks.awaited[task] = 0;
    return { task, fetchedFor: awaited ? to : -1 };
  }

  /** A request has ended, however: nothing more is sent for it, and nothing pinned. */
  ended(task: Task, nowMs: number): void {
    const { tasks, stores } = this.#parts;
    this.#transfers.drop(task, nowMs, (from) => {
      stores?.unpinAt(task, from, tasks.fetching[task] as number);
      tasks.fetching[task] = 0;
    });
  }

  #tokensOf(task: Task, blocks: number): number {
    return Math.min(
      blocks * this.#parts.work.blockTokens,
      this.#parts.work.inputTokens[task] as number,
    );
  }

  #bytes(instance: number, tokens: number): number {
    return tokens * ((this.#setups[instance] as LoadSetup).kvBytesPerToken ?? 0);
  }

  #priority(task: Task): number {
    return this.#parts.work.priority?.[task] ?? 0;
  }
}
