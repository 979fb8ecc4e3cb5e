/**
 * The serving replay: a discrete-event cluster of instances with continuous batching. A request is
 * placed when it arrives; its prompt is computed on one instance and it decodes there or on
 * another, to which its KV is sent.
 *
 * Order at equal times: arrivals (in trace order), cancellations, step ends (by instance), chunks
 * that leave a pipeline, ends of flows (by start), KV that is complete (by request), samples. Each
 * event is followed at once by a plan of the idle instance it touched. An arrival during a step
 * waits for its end. Requests released by an end (session, closed) that arrive at the same time
 * are placed before the instance plans again. With `coalesce`, requests that arrive together are
 * all placed before any instance plans.
 */
import type { ReuseCosts } from '../../caching/store/load-or-recompute.ts';
import type { Admission } from '../../policy/admission.ts';
import type { Placement, Placer, RequestObserver } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';
import type { Activity } from './activity.ts';
import { ArrivalFeed } from './arrival-feed.ts';
import { ClusterState } from './cluster-state.ts';
import { HandOffs } from './hand-offs.ts';
import { HostStores, StoredPrefixes, type StoreSetup } from './host-stores.ts';
import { Instance, type InstanceEvents, type InstancePolicies } from './instance.ts';
import type { KvMemory } from './kv-memory.ts';
import { PlacementBuffer } from './placement-buffer.ts';
import { PromptLoads, type StoreLinks } from './prompt-loads.ts';
import { type SampleSetup, Samples } from './samples.ts';
import { SharedPrefixes } from './shared-prefixes.ts';
import type { ServingSink } from './sink.ts';
import { type Engine, type StepHooks, StepRunner } from './step-runner.ts';
import { endReason, TaskColumns, taskStatus } from './task-columns.ts';
import { TimeHeap } from './time-heap.ts';
import { type NetworkSetup, Transfers } from './transfers.ts';
import type { Workload } from './workload.ts';

export interface InstanceSetup extends InstancePolicies {
  readonly clock: Engine['clock'];
  readonly layers: number;
  readonly memory: KvMemory;
  /** Stages of the work that it does; both by default. */
  readonly prefills?: boolean;
  readonly decodes?: boolean;
  /** Client slots; 0: none. */
  readonly slots?: number;
  /** Stages of a pipeline that prefills, and the transfer between them. */
  readonly stages?: number;
  readonly hopMsPerToken?: number;
  /** Of the whole model; needed where KV moves. */
  readonly kvBytesPerToken?: number;
  /** Rates between its host store and its KV memory; needed with a store. */
  readonly links?: StoreLinks;
}

export interface ServingSetup {
  readonly workload: Workload;
  readonly instances: readonly InstanceSetup[];
  readonly placer: Placer;
  /** Left out: every request is taken in. */
  readonly admission?: Admission;
  /** Host stores; left out: none. */
  readonly stores?: StoreSetup;
  /** Needed where some instances do not do both stages, or have host stores. */
  readonly network?: NetworkSetup;
  /** Which stage yields a request's first token; prefill by default. */
  readonly firstToken?: 'prefill' | 'decode';
  readonly coalesce?: boolean;
  readonly samples?: SampleSetup;
  readonly mode: 'fast' | 'step';
  readonly sink: ServingSink;
  /** Told now and then how many requests have ended. */
  readonly onProgress?: (ended: number) => void;
}

export interface ServingOutcome {
  readonly tasks: TaskColumns;
  /** Decode rounds plus steps with prompt tokens, over all instances. */
  readonly steps: number;
  readonly preemptions: number;
  /** Open arrivals only: turns that began before the turn they continue had ended. */
  readonly causalityViolations: number;
}

/** Replays a workload to its end. */
export function replayServing(setup: ServingSetup): ServingOutcome {
  return new ServingEngine(setup).run();
}

class ServingEngine implements InstanceEvents, StepHooks {
  readonly #setup: ServingSetup;
  readonly #work: Workload;
  readonly #tasks: TaskColumns;
  readonly #cluster: Instance[];
  readonly #steps: StepRunner;
  readonly #stores: HostStores | null;
  readonly #transfers: Transfers | null;
  readonly #loads: PromptLoads | null;
  readonly #state: ClusterState;
  readonly #arrivals: ArrivalFeed;
  readonly #cancels = new TimeHeap();
  readonly #handOffs: HandOffs;
  readonly #samples: Samples;
  readonly #observers: readonly RequestObserver[];
  /** Whether nothing moves between instances, no pipeline runs and no sample is taken. */
  readonly #isPlain: boolean;
  readonly #placement = new PlacementBuffer();
  #ended = 0;
  #violations = 0;

  constructor(setup: ServingSetup) {
    const { workload, instances, sink, stores, network } = setup;
    this.#setup = setup;
    this.#work = workload;
    this.#tasks = new TaskColumns(workload.count);
    this.#stores = stores ? new HostStores(stores, workload, this.#tasks) : null;
    this.#transfers = network ? new Transfers(network, this.#tasks, sink) : null;
    this.#cluster = instances.map((one, i) => this.#newInstance(one, i));
    const engines = instances.map(({ clock, layers, stages = 1, hopMsPerToken = 0 }) => ({
      clock,
      layers,
      stages,
      hopMsPerToken,
    }));
    this.#steps = new StepRunner(engines, this.#cluster, this.#tasks, sink, this, setup.mode);
    const parts = {
      work: workload,
      tasks: this.#tasks,
      cluster: this.#cluster,
      steps: this.#steps,
      stores: this.#stores,
      transfers: this.#transfers,
    };
    const facts = instances.map(({ prefills = true, decodes = true, kvBytesPerToken = 0 }) => ({
      prefills,
      decodes,
      kvBytesPerToken,
    }));
    this.#state = new ClusterState(parts, facts);
    this.#loads =
      network && this.#transfers
        ? new PromptLoads(parts, this.#transfers, network.streaming, instances)
        : null;
    this.#handOffs = new HandOffs(this.#tasks);
    this.#samples = new Samples(setup.samples, parts, this.#state, sink);
    this.#arrivals = new ArrivalFeed(workload);
    this.#observers = observersOf(setup);
    const pipelines = instances.some(({ stages = 1 }) => stages > 1);
    this.#isPlain = network === undefined && !pipelines && setup.samples === undefined;
  }

  #newInstance(one: InstanceSetup, index: number): Instance {
    const { memory, decodes = true } = one;
    const options = { ...one, decodes, firstToken: this.#setup.firstToken ?? 'prefill' };
    const prefixes = this.#stores?.has(index)
      ? new StoredPrefixes(this.#stores, index, this.#work, this.#tasks, this.#reuseCosts(one))
      : new SharedPrefixes(memory, this.#work, this.#tasks);
    return new Instance(index, memory, prefixes, options, this.#work, this.#tasks, this);
  }

  /** What loading a prefix is weighed with, where it is weighed. */
  #reuseCosts(one: InstanceSetup): ReuseCosts | null {
    const { network } = this.#setup;
    const { estimator, links, layers, kvBytesPerToken = 0 } = one;
    if (network?.reuse !== 'quickest' || links === undefined || estimator === undefined)
      return null;
    const host = 1000 * links.hostBytesPerMs;
    const disk = 1 / (1 / host + 1 / (1000 * links.diskBytesPerMs));
    return {
      bytesPerS: [0, 1].map((tier) => (tier === links.diskTier ? disk : host)),
      overlap: network.streaming,
      layers,
      kvBytesPerToken,
      blockTokens: this.#work.blockTokens,
      prefillMs: (tokens, cached) => estimator.prefillMs(tokens + cached, cached),
    };
  }

  run(): ServingOutcome {
    this.#playAll();
    this.#closeAll();
    let preemptions = 0;
    for (const n of this.#tasks.preemptions) preemptions += n;
    return {
      tasks: this.#tasks,
      steps: this.#steps.steps,
      preemptions,
      causalityViolations: this.#violations,
    };
  }

  #playAll(): void {
    for (;;) {
      const arrival = this.#arrivals.nextMs;
      const cancel = this.#cancels.firstMs;
      const end = this.#steps.nextMs;
      const further = this.#isPlain ? Number.POSITIVE_INFINITY : this.#furtherMs();
      if (arrival <= cancel && arrival <= end && arrival <= further) {
        if (arrival === Number.POSITIVE_INFINITY) break;
        this.#now(arrival);
        this.#arriveAll(arrival);
      } else if (cancel <= end && cancel <= further) {
        this.#now(cancel);
        this.#cancel(cancel);
      } else if (end <= further) {
        this.#now(end);
        this.#steps.endStep();
      } else {
        this.#now(further);
        this.#steps.stepsOver(further);
        this.#further(further);
      }
    }
  }

  /** When the next event comes that is no arrival, no cancellation and no step's end. */
  #furtherMs(): number {
    const drain = this.#steps.nextDrainMs;
    const flow = this.#transfers?.nextMs ?? Number.POSITIVE_INFINITY;
    const moves = Math.min(drain, flow, this.#handOffs.nextMs);
    const sample = this.#samples.nextMs;
    if (moves <= sample) return moves;
    // A sample for which nothing is left to happen is not taken.
    const main = Math.min(this.#arrivals.nextMs, this.#cancels.firstMs, this.#steps.nextMs, moves);
    return main === Number.POSITIVE_INFINITY ? main : sample;
  }

  #further(timeMs: number): void {
    if (this.#steps.nextDrainMs === timeMs) this.#steps.drain();
    else if (this.#transfers?.nextMs === timeMs) this.#endFlow(timeMs);
    else if (this.#handOffs.nextMs === timeMs) this.#arriveAtDecode(timeMs);
    else this.#samples.take();
  }

  #now(timeMs: number): void {
    this.#state.nowMs = timeMs;
    if (this.#stores !== null) this.#stores.touch(timeMs);
  }

  // Arrivals

  #arriveAll(timeMs: number): void {
    if (this.#setup.coalesce !== true) {
      const instance = this.#arrive(timeMs);
      if (instance !== null) this.#steps.disturb(instance, timeMs);
      return;
    }
    const touched = new Set<Instance>();
    while (this.#arrivals.nextMs === timeMs) {
      const instance = this.#arrive(timeMs);
      if (instance !== null) touched.add(instance);
    }
    for (const instance of [...touched].sort((a, b) => a.index - b.index)) {
      this.#steps.disturb(instance, timeMs);
    }
  }

  /** Places the next arrival; the instance where it waits, null if it was not taken in. */
  #arrive(timeMs: number): Instance | null {
    const tasks = this.#tasks;
    const task = this.#arrivals.take();
    tasks.arrivalMs[task] = timeMs;
    if (this.#work.arrivals.mode === 'open') this.#checkCausality(task);
    const placement = this.#place(task);
    const instance = this.#cluster[placement.prefill] as Instance;
    if (!instance.fits(task) || !this.#fitsToDecode(task, placement))
      return this.#refuse(task, endReason.kvCapacity, timeMs);
    if (this.#setup.admission?.atArrival(task, placement, this.#state) === false) {
      return this.#refuse(task, endReason.refusedOnArrival, timeMs);
    }
    tasks.prefillInstance[task] = placement.prefill;
    this.#state.bind(task, placement.prefill);
    if (placement.decode >= 0) this.#bindDecode(task, placement.decode);
    this.#loads?.placed(task, placement, timeMs);
    instance.enqueue(task);
    const patience = this.#work.cancelAfterMs?.[task] ?? Number.NaN;
    if (patience >= 0) this.#cancels.push(timeMs + patience, task);
    for (const one of this.#observers) one.placed?.(task, placement, timeMs);
    return instance;
  }

  /** Whether it could decode where it is placed, or somewhere where that is left open. */
  #fitsToDecode(task: Task, { prefill, decode }: Placement): boolean {
    if (decode === prefill) return true;
    if (decode >= 0) return this.#cluster[decode]?.fitsComputed(task) ?? true;
    return this.#state.decodeInstances.some((i) => this.#cluster[i]?.fitsComputed(task));
  }

  #place(task: Task): Placement {
    const placement = this.#placement;
    placement.clear();
    this.#setup.placer.place(task, this.#state, placement);
    const { prefill } = placement;
    const instance = this.#cluster[prefill];
    if (instance === undefined || this.#setup.instances[prefill]?.prefills === false) {
      throw new Error(`placement chose instance ${prefill}, which computes no prompts`);
    }
    if (this.#setup.instances[prefill]?.decodes !== false) {
      if (placement.decode >= 0 && placement.decode !== prefill) {
        throw new Error(
          `placement lets instance ${placement.decode} decode what instance ${prefill}, ` +
            'which decodes itself, computes',
        );
      }
      placement.decode = prefill;
    }
    this.#checkSource(placement);
    return placement;
  }

  #checkSource({ source, sourceBlocks }: Placement): void {
    if (source === -1) return;
    if (this.#stores === null || !Number.isInteger(source) || !this.#stores.has(source)) {
      throw new Error(`placement chose source ${source}, which has no host store`);
    }
    if (Number.isInteger(sourceBlocks) && sourceBlocks >= 0) return;
    throw new Error(`placement expects ${sourceBlocks} blocks of a source`);
  }

  #bindDecode(task: Task, decode: number): void {
    if (this.#setup.instances[decode]?.decodes === false || decode >= this.#cluster.length) {
      throw new Error(`placement chose instance ${decode}, which does not decode`);
    }
    this.#tasks.decodeInstance[task] = decode;
    if (decode !== this.#tasks.prefillInstance[task]) this.#state.bind(task, decode);
    this.#state.comesIn(task, decode);
  }

  #refuse(task: Task, reason: number, timeMs: number): null {
    const tasks = this.#tasks;
    tasks.status[task] = taskStatus.rejected;
    tasks.reason[task] = reason;
    tasks.endMs[task] = timeMs;
    this.#countEnd(task);
    return null;
  }

  #checkCausality(task: Task): void {
    const parent = this.#work.parent?.[task] ?? -1;
    if (parent < 0) return;
    const status = this.#tasks.status[parent] as number;
    if (status < taskStatus.finished) this.#violations++;
  }

  #cancel(timeMs: number): void {
    const task = this.#cancels.pop();
    const tasks = this.#tasks;
    const status = tasks.status[task] as number;
    if (status >= taskStatus.finished) return;
    const instance = this.#cluster[tasks.instance[task] as number] as Instance;
    if (status === taskStatus.waiting) instance.cancelWaiting(task, timeMs);
    else if (status === taskStatus.transferring) this.#endBetween(task, timeMs);
    else {
      tasks.cancelAsked[task] = 1;
      this.#steps.activity(instance).cancelAsked = true;
    }
    this.#steps.disturb(instance, timeMs);
    this.settle(timeMs);
  }

  /** A client gave up while its KV was on the way. */
  #endBetween(task: Task, timeMs: number): void {
    this.#tasks.status[task] = taskStatus.cancelled;
    this.#tasks.reason[task] = endReason.clientCancelled;
    this.#tasks.endMs[task] = timeMs;
    this.ended(task);
  }

  // From prefill to decode

  #endFlow(timeMs: number): void {
    const loads = this.#loads as PromptLoads;
    const { task, fetchedFor } = loads.endFlow(timeMs);
    if (fetchedFor >= 0) this.#steps.fetched(this.#cluster[fetchedFor] as Instance, timeMs);
    this.#handOffs.check(task, timeMs);
  }

  /** The KV of a request is complete where it decodes. */
  #arriveAtDecode(timeMs: number): void {
    const task = this.#handOffs.take();
    const tasks = this.#tasks;
    if (tasks.status[task] !== taskStatus.transferring) return;
    const index = tasks.decodeInstance[task] as number;
    if (this.#setup.admission?.atDecode(task, index, this.#state) === false) {
      tasks.status[task] = taskStatus.rejected;
      tasks.reason[task] = endReason.refusedBeforeDecode;
      tasks.endMs[task] = timeMs;
      this.ended(task);
      this.settle(timeMs);
      return;
    }
    const instance = this.#cluster[index] as Instance;
    instance.enqueueComputed(task);
    this.#steps.disturb(instance, timeMs);
  }

  #chooseDecode(task: Task): void {
    const { placer } = this.#setup;
    const decode = placer.placeDecode?.(task, this.#state);
    if (decode === undefined) throw new Error('placement left the decode instance open');
    this.#bindDecode(task, decode);
  }

  // What steps and instances report

  settle(timeMs: number): void {
    while (this.#arrivals.releasedMs <= timeMs) {
      const instance = this.#arrive(this.#arrivals.releasedMs);
      if (instance !== null) this.#steps.disturb(instance, timeMs);
    }
  }

  beginsPrompts(instance: Instance, activity: Activity, timeMs: number, computeMs: number): number {
    if (this.#loads === null && this.#observers.length === 0) return computeMs;
    const { fresh, prefillMs, decodeInstance } = this.#tasks;
    for (const task of instance.workTasks) {
      if (fresh[task] === 0 || !Number.isNaN(prefillMs[task])) continue;
      for (const one of this.#observers) one.prefillStarted?.(task, instance.index, timeMs);
      const open = (decodeInstance[task] as number) < 0;
      if (open && this.#loads?.streams === true) this.#chooseDecode(task);
    }
    if (this.#loads !== null) return this.#loads.begin(instance, activity, timeMs, computeMs);
    for (const task of instance.workTasks) fresh[task] = 0;
    return computeMs;
  }

  batchChanges(instance: Instance): void {
    this.#steps.closeRun(instance);
  }

  joined(task: Task, instance: Instance): void {
    this.#tasks.joinRow[task] = this.#steps.activity(instance).rows;
    this.#state.cameIn(task);
    for (const one of this.#observers) one.decodeStarted?.(task, instance.index, this.#state.nowMs);
  }

  left(task: Task, instance: Instance): void {
    const { joinRow, joinMs } = this.#tasks;
    const endRow = this.#steps.activity(instance).rows;
    const sinceMs = joinMs[task] as number;
    this.#setup.sink.stay(task, instance.index, joinRow[task] as number, endRow, sinceMs);
  }

  promptDone(task: Task, instance: Instance): void {
    for (const one of this.#observers) one.prefillEnded?.(task, instance.index, this.#state.nowMs);
  }

  handedOff(task: Task, instance: Instance): void {
    const tasks = this.#tasks;
    const nowMs = this.#state.nowMs;
    if (tasks.cancelAsked[task] === 1) {
      this.#endBetween(task, nowMs);
      return;
    }
    tasks.leftPrefill[task] = 1;
    this.#state.unbind(task, instance.index);
    if ((tasks.decodeInstance[task] as number) < 0) this.#chooseDecode(task);
    (this.#loads as PromptLoads).promptDone(task, nowMs);
    this.#handOffs.check(task, nowMs);
  }

  ended(task: Task): void {
    const { prefillInstance, decodeInstance, leftPrefill } = this.#tasks;
    const prefill = prefillInstance[task] as number;
    const decode = decodeInstance[task] as number;
    this.#state.cameIn(task);
    this.#loads?.ended(task, this.#state.nowMs);
    if (leftPrefill[task] === 0) this.#state.unbind(task, prefill);
    if (decode >= 0 && decode !== prefill) this.#state.unbind(task, decode);
    for (const one of this.#observers) one.ended?.(task, this.#state.nowMs);
    this.#countEnd(task);
  }

  #countEnd(task: Task): void {
    this.#ended++;
    if ((this.#ended & 1023) === 0) this.#setup.onProgress?.(this.#ended);
    this.#arrivals.ended(task, this.#state.nowMs);
  }

  #closeAll(): void {
    for (const instance of this.#cluster) this.batchChanges(instance);
    const { status, reason } = this.#tasks;
    for (let task = 0; task < this.#work.count; task++) {
      if ((status[task] as number) >= taskStatus.finished) continue;
      status[task] = taskStatus.unfinished;
      reason[task] = endReason.neverScheduled;
    }
  }
}

/** The placer and the admission policy, where they follow requests. */
function observersOf({ placer, admission }: ServingSetup): RequestObserver[] {
  const hooks = ['placed', 'prefillStarted', 'prefillEnded', 'decodeStarted', 'ended'] as const;
  const both: (RequestObserver | undefined)[] = [placer, admission];
  return both.filter(
    (one) => one !== undefined && hooks.some((hook) => one[hook]),
  ) as RequestObserver[];
}
