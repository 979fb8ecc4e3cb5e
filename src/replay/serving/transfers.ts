import type { Task } from '../../policy/scheduler.ts';
import { FlowNetwork, type LinkDiscipline } from './flow-network.ts';
import type { ServingSink } from './sink.ts';
import type { TaskColumns } from './task-columns.ts';

/** What a flow carries; index into the `kind` labels of the transfers table. */
export const transferKinds = ['prefix', 'kv'] as const;
export const transferKind = { prefix: 0, kv: 1 } as const;

export interface NetworkSetup {
  readonly discipline: LinkDiscipline;
  readonly chunkBytes: number;
  /**
   * layer-wise: KV is loaded, stored and sent while layers compute; serial: before and after.
   */
  readonly streaming: 'layer-wise' | 'serial';
  /**
   * all (the default): whatever the store holds of a prompt is loaded; quickest: as many leading blocks as let
   * the prompt be done first by the instance's estimator (deep blocks on slow media may not pay).
   */
  readonly reuse?: 'all' | 'quickest';
  /** One direction of each instance's network interfaces, by instance. */
  readonly nicBytesPerMs: Float64Array;
}

/** One flow: what it carries, for which request, between which instances. */
export interface Flow {
  readonly kind: 0 | 1;
  readonly task: Task;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/**
 * KV on the way between instances: prefix blocks from one host store to another, and computed KV
 * from a prefill to a decode instance. Each instance has one outgoing and one incoming link.
 */
export class Transfers {
  readonly #network: FlowNetwork;
  readonly #rates: Float64Array;
  readonly #tasks: TaskColumns;
  readonly #sink: ServingSink;
  /** By flow number of the network. */
  readonly #flows: (Flow & { startMs: number })[] = [];
  /** Flows of a task under way, for tasks that have any. */
  readonly #ofTask = new Map<Task, Set<number>>();

  constructor(setup: NetworkSetup, tasks: TaskColumns, sink: ServingSink) {
    const rates = setup.nicBytesPerMs;
    const links = new Float64Array(2 * rates.length);
    for (let i = 0; i < rates.length; i++) links[2 * i] = links[2 * i + 1] = rates[i] as number;
    this.#network = new FlowNetwork(links, setup.discipline, setup.chunkBytes);
    this.#rates = rates;
    this.#tasks = tasks;
    this.#sink = sink;
  }

  get nextMs(): number {
    return this.#network.nextMs;
  }

  /** Alone on its way, ms. */
  aloneMs(from: number, to: number, bytes: number): number {
    return bytes / Math.min(this.#rates[from] as number, this.#rates[to] as number);
  }

  /** Behind what the sender still has to send and the receiver to receive, ms. */
  estimateMs(from: number, to: number, bytes: number, nowMs: number): number {
    if (bytes === 0) return 0;
    const out = this.#network.backlogBytes(2 * from, nowMs) / (this.#rates[from] as number);
    const into = this.#network.backlogBytes(2 * to + 1, nowMs) / (this.#rates[to] as number);
    return Math.max(out, into) + this.aloneMs(from, to, bytes);
  }

  start(flow: Flow, priority: number, nowMs: number): void {
    const { kind, task, from, to, bytes } = flow;
    const number = this.#network.start([2 * from, 2 * to + 1], bytes, priority, nowMs);
    this.#flows[number] = { ...flow, startMs: nowMs };
    if (kind === transferKind.kv) this.#tasks.streams[task]!++;
    const open = this.#ofTask.get(task);
    if (open === undefined) this.#ofTask.set(task, new Set([number]));
    else open.add(number);
  }

  /** Ends the flow that is due first; returns what it was. */
  finish(nowMs: number): Flow {
    const number = this.#network.finish();
    const flow = this.#flows[number] as Flow;
    this.#close(number, nowMs, true);
    return flow;
  }

  /** Stops what is under way for a request; told from where prefix blocks came. */
  drop(task: Task, nowMs: number, prefixFrom: (instance: number) => void): void {
    for (const number of [...(this.#ofTask.get(task) ?? [])].sort((a, b) => a - b)) {
      const { kind, from } = this.#flows[number] as Flow;
      this.#network.cancel(number, nowMs);
      this.#close(number, nowMs, false);
      if (kind === transferKind.prefix) prefixFrom(from);
    }
  }

  #close(number: number, endMs: number, complete: boolean): void {
    const flow = this.#flows[number] as Flow & { startMs: number };
    const { kind, task } = flow;
    if (kind === transferKind.kv) this.#tasks.streams[task]!--;
    const open = this.#ofTask.get(task) as Set<number>;
    open.delete(number);
    if (open.size === 0) this.#ofTask.delete(task);
    this.#sink.transfer?.({ ...flow, endMs, complete });
  }
}
