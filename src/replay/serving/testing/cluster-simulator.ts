/**
 * An independent simulator of clusters whose instances compute prompts, decode, or do both, for
 * tests: objects, one token at a time, every sum taken anew. It shares no code with the engine,
 * the schedulers, the stores or the flows that it is compared with, and follows the rules of
 * ../README.md and, for instances that do both, of object-engine.ts. Pauses, slots, tiers of a
 * store and KV memory that shares prefixes are not in it.
 *
 * What the rules leave open is decided so:
 * - Fifo: in the order of their starts flows take what the earlier ones leave of both links.
 * - A request that ends stops its flows at once, one on its way is cancelled at once; the flows of
 *   a one-token request start like all others and stop when its prompt is done.
 * - A request that fits into a decode instance is one whose prompt does, its first
 *   token included if it comes with one. There a head must leave a
 *   block free beside the growth of the decodes where others are, whether it has KV or not; a
 *   round that does not fit even so is not run, as with one decode alone.
 * - `refused-before-decode` rejects the request; it stays counted where its prompt was computed.
 * - The source pins all leading blocks of a fetch and touches the missing ones when it starts.
 *   A prompt's first step waits for its fetch, whatever it needs of it.
 * - With `firstToken: decode` a prompt computed where it decodes keeps room for one token more.
 * - Each chunk puts its own new blocks into the store, the last one of a prompt the whole chain.
 * - A prompt computed again is loaded and stored like a new one, its output tokens included.
 * - In a pipeline, with L/X layers a stage, the first stage takes the load and store: layer-wise
 *   (c + l + s + (L/X − 1) max(c, l, s)) / L, serial (l + c + s) / X; further ones c / X. After a
 *   fetch: (c + l + s) / L, serial the same as without. An admitted request that is cancelled
 *   leaves when a step of its instance leaves the first stage, its chunks on later stages for
 *   nothing; one whose last chunk has left the first stage leaves when its prompt is done.
 */
import { type Chunk, ClusterInstanceState, isEmpty } from './cluster-instance.ts';
import { ClusterLinks, type LinkFlow } from './cluster-links.ts';
import { type ClusterRequest, contextOf, newRequest, outcomeOf } from './cluster-request.ts';
import { ClusterStore } from './cluster-store.ts';
import type { Cluster, ClusterFlow, ClusterResult, ClusterStep, Refusal } from './cluster-types.ts';
import { stepMsOf } from './random-systems.ts';

interface Timed {
  readonly atMs: number;
  readonly row: number;
}

export function simulateCluster(cluster: Cluster): ClusterResult {
  return new ClusterSimulator(cluster).run();
}

class ClusterSimulator {
  readonly #cluster: Cluster;
  readonly #instances: ClusterInstanceState[];
  readonly #links: ClusterLinks;
  readonly #live: (ClusterRequest | null)[];
  readonly #arrivals: Timed[] = [];
  readonly #cancels: Timed[] = [];
  readonly #completions: Timed[] = [];
  readonly #steps: ClusterStep[][];
  readonly #flows: ClusterFlow[] = [];
  readonly #seen = new Map<string, number>();
  #nextClosedRow = 0;
  #placed = 0;
  #placedDecodes = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#links = new ClusterLinks(
      cluster.instances.map(({ nicBytesPerMs }) => nicBytesPerMs),
      cluster.discipline,
    );
    this.#live = cluster.requests.map(() => null);
    this.#steps = cluster.instances.map(() => []);
    this.#instances = cluster.instances.map((setup, index) => {
      const store = setup.storeBlocks === null ? null : new ClusterStore(setup.storeBlocks);
      return new ClusterInstanceState(index, setup, store, cluster.firstToken, {
        reuse: (request) => this.#reuse(request),
        exhausted: (request, nowMs) => this.#end(request, 'unfinished', 'kv-exhausted', nowMs),
        preempted: () => this.#see('preemption'),
      });
    });
  }

  run(): ClusterResult {
    const { requests, arrivals: mode } = this.#cluster;
    for (const [row, request] of requests.entries()) {
      if (mode.mode === 'closed') {
        if (row < mode.concurrency) insert(this.#arrivals, { atMs: 0, row: this.#nextClosedRow++ });
      } else if (mode.mode === 'open' || request.parentIndex === undefined) {
        insert(this.#arrivals, { atMs: request.arrivalMs, row });
      }
    }
    while (this.#next());
    for (const { store } of this.#instances) if (store?.evictions) this.#see('eviction');
    return {
      requests: this.#live.map((request) => outcomeOf(request!)),
      steps: this.#steps,
      flows: this.#flows,
      exact: this.#links.exact,
      seen: this.#seen,
    };
  }

  /** Handles the next event; false where none is left. */
  #next(): boolean {
    const stepEnd = first(this.#instances, ({ step }) =>
      step?.awaits.size === 0 ? step.endMs : undefined,
    );
    const exit = first(this.#instances, ({ inFlight }) => inFlight[0]?.atMs);
    const flow = this.#links.next();
    const times = [
      this.#arrivals[0]?.atMs,
      this.#cancels[0]?.atMs,
      stepEnd?.step?.endMs,
      exit?.inFlight[0]?.atMs,
      flow?.endMs,
      this.#completions[0]?.atMs,
    ].map((atMs) => atMs ?? Number.POSITIVE_INFINITY);
    const nowMs = Math.min(...times);
    if (nowMs === Number.POSITIVE_INFINITY) return false;
    switch (times.indexOf(nowMs)) {
      case 0:
        this.#arrive(this.#arrivals.shift()!);
        break;
      case 1:
        this.#cancel(this.#live[this.#cancels.shift()!.row]!, nowMs);
        break;
      case 2:
        this.#endStep(stepEnd!, nowMs);
        break;
      case 3:
        this.#leavePipeline(exit!, nowMs);
        break;
      case 4:
        this.#endFlow(flow!, nowMs);
        break;
      default:
        this.#completeKv(this.#live[this.#completions.shift()!.row]!, nowMs);
    }
    return true;
  }

  // Arrivals and ends.

  #arrive({ row, atMs }: Timed): void {
    const input = this.#cluster.requests[row]!;
    const { refuseArrival, placement } = this.#cluster;
    const prefills = this.#instances.filter(({ setup }) => setup.role !== 'decode');
    const target = prefills[this.#placed++ % prefills.length]!;
    const late = target.setup.role === 'prefill' && placement.late;
    let decodeAt = target.index;
    if (target.setup.role === 'prefill') decodeAt = late ? -1 : this.#chooseDecode();
    const request = newRequest(row, input, atMs, target.index, decodeAt);
    this.#live[row] = request;
    const fits = (at: number, tokens: number) =>
      this.#instances[at]!.blocksFor(tokens) <= this.#instances[at]!.capacityBlocks();
    const isHandedOff = target.setup.role === 'prefill';
    const decoders = this.#instances.filter(({ setup }) => setup.role !== 'prefill');
    const mayDecode = decodeAt === -1 ? decoders.map(({ index }) => index) : [decodeAt];
    const source = this.#chooseSource(request);
    const first = this.#cluster.firstToken === 'prefill' ? 1 : 0;
    if (
      !fits(target.index, input.inputTokens + target.firstRound) ||
      (isHandedOff && !mayDecode.some((at) => fits(at, input.inputTokens + first)))
    ) {
      this.#reject(request, 'kv-capacity', atMs);
      return;
    }
    if (refuses(refuseArrival, row)) {
      this.#reject(request, 'refused-on-arrival', atMs);
      return;
    }
    if (input.cancelAfterMs !== undefined) {
      insert(this.#cancels, { atMs: atMs + input.cancelAfterMs, row });
    }
    this.#pinResident(request);
    request.ownBlocks = request.pinnedBlocks;
    if (source !== null) this.#startFetch(request, source, atMs);
    target.waiting.push(request);
    this.#planIfIdle(target, atMs);
  }

  #reject(request: ClusterRequest, reason: string, nowMs: number): void {
    request.at = -1;
    this.#end(request, 'rejected', reason, nowMs);
  }

  #end(
    request: ClusterRequest,
    status: ClusterRequest['status'],
    reason: string,
    nowMs: number,
  ): void {
    this.#see(reason === '' ? status : `${reason} ${request.state}`);
    const instance = this.#instances[request.at];
    if (instance !== undefined) {
      for (const list of [instance.waiting, instance.prompts, instance.decodes]) {
        if (list.includes(request)) list.splice(list.indexOf(request), 1);
      }
      this.#unpin(request);
    }
    request.state = 'ended';
    request.status = status;
    request.reason = reason;
    request.endMs = nowMs;
    for (const flow of [request.fetch, ...request.streams]) {
      if (flow !== null) this.#stopFlow(flow, nowMs);
    }
    this.#completions.splice(
      0,
      this.#completions.length,
      ...this.#completions.filter(({ row }) => row !== request.row),
    );
    this.#release(request.row, nowMs);
  }

  #release(endedRow: number, nowMs: number): void {
    const { requests, arrivals: mode } = this.#cluster;
    if (mode.mode === 'closed' && this.#nextClosedRow < requests.length) {
      insert(this.#arrivals, { atMs: nowMs, row: this.#nextClosedRow++ });
    }
    if (mode.mode !== 'session') return;
    for (const [row, { parentIndex, thinkMs }] of requests.entries()) {
      if (parentIndex !== endedRow) continue;
      insert(this.#arrivals, { atMs: nowMs + (thinkMs ?? 0), row });
    }
  }

  #cancel(request: ClusterRequest, nowMs: number): void {
    if (request.state === 'ended') return;
    if (request.state === 'admitted') {
      request.leaving = true;
      return;
    }
    const instance = this.#instances[request.at]!;
    this.#end(request, 'cancelled', 'client-cancelled', nowMs);
    this.#planIfIdle(instance, nowMs);
  }

  // Placement.

  #chooseDecode(): number {
    const decoders = this.#instances.filter(({ setup }) => setup.role !== 'prefill');
    if (this.#cluster.placement.decode === 'round-robin') {
      return decoders[this.#placedDecodes++ % decoders.length]!.index;
    }
    const open = (at: number) =>
      this.#live.filter(
        (one) =>
          one !== null &&
          one.state !== 'ended' &&
          (one.decodeAt === at || (one.prefillAt === at && Number.isNaN(one.prefillMs))),
      ).length;
    let best = decoders[0]!.index;
    for (const { index } of decoders) if (open(index) < open(best)) best = index;
    return best;
  }

  #chooseSource({ prefillAt, input }: ClusterRequest): ClusterInstanceState | null {
    const { sourceBlocks } = this.#cluster.placement;
    const target = this.#instances[prefillAt]!;
    if (sourceBlocks === null || target.store === null) return null;
    const blocks = input.blocks!;
    const leading = ({ store }: ClusterInstanceState) => store?.leading(blocks) ?? 0;
    let best = target;
    for (const one of this.#instances) if (leading(one) > leading(best)) best = one;
    if (best === target || leading(best) < leading(target) + sourceBlocks) return null;
    return best;
  }

  // Host stores.

  /** Tokens of the leading blocks of a prompt. */
  #tokensOf(request: ClusterRequest, blocks: number): number {
    return Math.min(blocks * this.#cluster.blockTokens, request.input.inputTokens);
  }

  /** Pins what the store of its instance holds beyond what it has pinned already. */
  #pinResident(request: ClusterRequest): void {
    const { store } = this.#instances[request.at]!;
    if (store === null) return;
    const blocks = request.input.blocks!;
    const leading = store.leading(blocks);
    for (const id of blocks.slice(request.pinnedBlocks, leading)) store.pin(id);
    request.pinnedBlocks = Math.max(request.pinnedBlocks, leading);
  }

  #unpin(request: ClusterRequest): void {
    const { store } = this.#instances[request.at]!;
    for (const id of (request.input.blocks ?? []).slice(0, request.pinnedBlocks)) store!.unpin(id);
    request.pinnedBlocks = 0;
  }

  #startFetch(request: ClusterRequest, source: ClusterInstanceState, nowMs: number): void {
    const blocks = request.input.blocks!;
    const until = source.store!.leading(blocks);
    for (const id of blocks.slice(0, until)) source.store!.pin(id);
    source.store!.touch(blocks.slice(request.ownBlocks, until));
    request.fetchedBlocks = until;
    const tokens = this.#tokensOf(request, until) - this.#tokensOf(request, request.ownBlocks);
    request.fetch = this.#links.start(
      {
        kind: 'prefix',
        request: request.row,
        from: source.index,
        to: request.prefillAt,
        bytes: tokens * this.#cluster.kvBytesPerToken,
      },
      nowMs,
    );
    this.#see('fetch');
  }

  #reuse(request: ClusterRequest): number {
    const { store } = this.#instances[request.at]!;
    if (store === null) return 0;
    this.#pinResident(request);
    const resident = request.pinnedBlocks;
    const blocks = Math.max(resident, request.fetch === null ? 0 : request.fetchedBlocks);
    const reused = Math.min(this.#tokensOf(request, blocks), request.input.inputTokens - 1);
    if (Number.isNaN(request.admittedMs)) {
      const brought = request.fetchedBlocks;
      const until = Math.min(reused, this.#tokensOf(request, brought));
      request.fetchedTokens = Math.max(0, until - this.#tokensOf(request, request.ownBlocks));
      if (reused > 0) this.#see('reuse');
    }
    return reused;
  }

  // Steps.

  #planIfIdle(instance: ClusterInstanceState, nowMs: number): void {
    if (instance.step !== null) return;
    const plan = instance.plan(nowMs);
    if (isEmpty(plan)) return;
    const { chunks, decodes } = plan;
    const { setup, store } = instance;
    const rows = sum(chunks, ({ newTokens }) => newTokens);
    const { stages } = setup;
    const computeMs = stepMsOf(setup.clock)({
      prefills: chunks.map(({ newTokens, past }) => ({ newTokens, cached: past })),
      contexts: decodes.map(contextOf),
    });
    let durationMs = computeMs / stages;
    let tailMs = 0;
    const awaits = new Set<LinkFlow>();
    if (store !== null && chunks.length > 0) {
      const bytesPerToken = this.#cluster.kvBytesPerToken;
      const loaded = sum(chunks, (chunk) => chunk.loaded);
      const loadMs = (loaded * bytesPerToken) / setup.hostBytesPerMs;
      const storeMs = (rows * bytesPerToken) / setup.hostBytesPerMs;
      const total = computeMs + loadMs + storeMs;
      const isSerial = this.#cluster.streaming === 'serial';
      const slowest = Math.max(computeMs, loadMs, storeMs);
      tailMs = isSerial ? total / stages : total / setup.layers;
      durationMs = isSerial
        ? total / stages
        : (total + (setup.layers / stages - 1) * slowest) / setup.layers;
      for (const { request, past } of chunks) {
        if (request.fetch === null || past !== request.reused) continue;
        awaits.add(request.fetch);
        this.#see('awaited fetch');
      }
    }
    const endMs = nowMs + durationMs;
    const stageMs = computeMs / stages;
    instance.step = { startMs: nowMs, endMs, chunks, decodes, awaits, tailMs, stageMs };
    this.#steps[instance.index]!.push({
      startMs: nowMs,
      durationMs,
      decodes: decodes.length,
      prompts: chunks.length,
      rows,
      past: sum(chunks, ({ past }) => past),
    });
    for (const chunk of chunks) this.#beginPrompt(instance, chunk, nowMs);
  }

  /** What a step that begins on a prompt sets off. */
  #beginPrompt({ setup }: ClusterInstanceState, chunk: Chunk, nowMs: number): void {
    const { request, newTokens, past } = chunk;
    if (setup.role !== 'prefill' || this.#cluster.streaming === 'serial') return;
    if (request.decodeAt === -1) request.decodeAt = this.#chooseDecode();
    const isFirst = past === request.reused;
    this.#stream(request, newTokens + (isFirst ? request.reused : 0), nowMs);
  }

  #stream(request: ClusterRequest, tokens: number, nowMs: number): void {
    request.lastSentTokens = tokens;
    const bytes = tokens * this.#cluster.kvBytesPerToken;
    const { row, prefillAt: from, decodeAt: to } = request;
    request.streams.add(this.#links.start({ kind: 'kv', request: row, from, to, bytes }, nowMs));
  }

  #endStep(instance: ClusterInstanceState, nowMs: number): void {
    const { chunks, decodes, startMs } = instance.step!;
    this.#steps[instance.index]!.at(-1)!.durationMs = nowMs - startMs;
    if (instance.setup.stages === 1) this.#count(instance, chunks, decodes, nowMs);
    else {
      this.#enterPipeline(instance, nowMs);
      for (const request of [...instance.prompts]) {
        const ahead = instance.inFlight.flatMap(({ chunks: on }) => on);
        const own = ahead.filter((chunk) => chunk.request === request);
        const issued = request.done + sum(own, ({ newTokens }) => newTokens);
        if (!request.leaving || issued === request.target) continue;
        this.#end(request, 'cancelled', 'client-cancelled', nowMs);
      }
    }
    this.#arriveReleased(nowMs);
    instance.step = null;
    this.#planIfIdle(instance, nowMs);
  }

  /** Sets when the chunks that leave the first stage leave the last one. */
  #enterPipeline(
    { setup, step, leftStageMs, inFlight }: ClusterInstanceState,
    nowMs: number,
  ): void {
    const { chunks, stageMs } = step!;
    const hopMs = setup.hopMsPerToken * sum(chunks, ({ newTokens }) => newTokens);
    let atMs = nowMs;
    for (let stage = 1; stage < setup.stages; stage++) {
      atMs = Math.max(leftStageMs[stage]!, atMs + hopMs) + stageMs;
      leftStageMs[stage] = atMs;
    }
    inFlight.push({ atMs, chunks });
  }

  #leavePipeline(instance: ClusterInstanceState, nowMs: number): void {
    const { chunks } = instance.inFlight.shift()!;
    this.#count(instance, chunks, [], nowMs);
    this.#arriveReleased(nowMs);
    this.#planIfIdle(instance, nowMs);
  }

  #arriveReleased(nowMs: number): void {
    while (this.#arrivals[0]?.atMs === nowMs) this.#arrive(this.#arrivals.shift()!);
  }

  /** Books what a step has computed. */
  #count(
    instance: ClusterInstanceState,
    chunks: readonly Chunk[],
    decodes: readonly ClusterRequest[],
    nowMs: number,
  ): void {
    const handedOff: ClusterRequest[] = [];
    for (const { request, newTokens } of chunks) {
      if (!instance.prompts.includes(request)) continue;
      request.done += newTokens;
      this.#keepBlocks(instance, request);
      if (request.done < request.target) continue;
      this.#finishPrompt(instance, request, nowMs);
      if (request.state === 'transferring') handedOff.push(request);
    }
    for (const request of decodes) this.#token(request, nowMs);
    const going = instance.setup.stages > 1 ? handedOff : [...instance.prompts, ...handedOff];
    for (const request of [...going, ...instance.decodes]) {
      if (request.leaving) this.#end(request, 'cancelled', 'client-cancelled', nowMs);
    }
    for (const request of handedOff) {
      if (request.state === 'transferring') this.#handOff(instance, request, nowMs);
    }
  }

  /** Puts the prompt blocks that are complete into the store and pins them. */
  #keepBlocks({ store }: ClusterInstanceState, request: ClusterRequest): void {
    if (store === null) return;
    const { blocks, inputTokens } = request.input;
    const whole =
      request.done >= inputTokens
        ? blocks!.length
        : Math.floor(request.done / this.#cluster.blockTokens);
    const from = request.done === request.target ? 0 : Math.min(whole, request.pinnedBlocks);
    const kept = from + store.put(blocks!.slice(from, whole));
    for (const id of blocks!.slice(request.pinnedBlocks, kept)) store.pin(id);
    request.pinnedBlocks = Math.max(request.pinnedBlocks, kept);
  }

  #finishPrompt(instance: ClusterInstanceState, request: ClusterRequest, nowMs: number): void {
    instance.prompts.splice(instance.prompts.indexOf(request), 1);
    if (Number.isNaN(request.prefillMs)) request.prefillMs = nowMs;
    this.#unpin(request);
    if (instance.setup.role === 'prefill') request.state = 'transferring';
    else instance.decodes.push(request);
    if (this.#cluster.firstToken === 'prefill') this.#token(request, nowMs);
  }

  #token(request: ClusterRequest, nowMs: number): void {
    request.tokenTimesMs.push(nowMs);
    if (request.tokenTimesMs.length < request.input.outputTokens) return;
    this.#end(request, 'finished', '', nowMs);
  }

  // From prefill to decode.

  #handOff({ setup }: ClusterInstanceState, request: ClusterRequest, nowMs: number): void {
    if (this.#cluster.streaming === 'serial') {
      if (request.decodeAt === -1) request.decodeAt = this.#chooseDecode();
      this.#stream(request, request.input.inputTokens, nowMs);
      request.readyMs = nowMs;
      return;
    }
    const nic = (at: number) => this.#cluster.instances[at]!.nicBytesPerMs;
    const alone = Math.min(nic(request.prefillAt), nic(request.decodeAt));
    const bytes = request.lastSentTokens * this.#cluster.kvBytesPerToken;
    request.readyMs = nowMs + bytes / setup.layers / alone;
    this.#awaitKv(request, nowMs);
  }

  /** Once no flow is under way, sets when the KV is complete. */
  #awaitKv(request: ClusterRequest, nowMs: number): void {
    if (request.streams.size > 0 || request.state !== 'transferring') return;
    const atMs = Math.max(nowMs, request.readyMs);
    insert(this.#completions, { atMs, row: request.row });
  }

  #completeKv(request: ClusterRequest, nowMs: number): void {
    if (refuses(this.#cluster.refuseDecode, request.row)) {
      this.#end(request, 'rejected', 'refused-before-decode', nowMs);
      return;
    }
    const instance = this.#instances[request.decodeAt]!;
    request.at = instance.index;
    request.state = 'waiting';
    request.arrived = true;
    instance.waiting.push(request);
    this.#see('hand-off');
    this.#planIfIdle(instance, nowMs);
  }

  // Flows.

  #endFlow(flow: LinkFlow, nowMs: number): void {
    this.#links.remove(flow, nowMs);
    this.#logFlow(flow, nowMs, true);
    const request = this.#live[flow.request]!;
    if (flow.kind === 'kv') {
      request.streams.delete(flow);
      this.#awaitKv(request, nowMs);
      return;
    }
    const blocks = request.input.blocks!.slice(0, request.fetchedBlocks);
    for (const id of blocks) this.#instances[flow.from]!.store!.unpin(id);
    request.fetch = null;
    const instance = this.#instances[flow.to]!;
    request.fetchedBlocks = instance.store!.put(blocks);
    const isPrompt = Number.isNaN(request.prefillMs);
    if (isPrompt) {
      for (const id of blocks.slice(request.pinnedBlocks, request.fetchedBlocks)) {
        instance.store!.pin(id);
      }
      request.pinnedBlocks = Math.max(request.pinnedBlocks, request.fetchedBlocks);
    }
    const { step } = instance;
    if (step?.awaits.has(flow)) step.endMs = Math.max(step.endMs, nowMs + step.tailMs);
    step?.awaits.delete(flow);
    this.#planIfIdle(instance, nowMs);
  }

  #stopFlow(flow: LinkFlow, nowMs: number): void {
    this.#links.remove(flow, nowMs);
    this.#logFlow(flow, nowMs, false);
    const request = this.#live[flow.request]!;
    request.streams.delete(flow);
    if (flow.kind === 'kv') return;
    const sent = request.input.blocks!.slice(0, request.fetchedBlocks);
    for (const id of sent) this.#instances[flow.from]!.store!.unpin(id);
    request.fetch = null;
  }

  #logFlow(flow: LinkFlow, endMs: number, complete: boolean): void {
    const { kind, request, from, to, bytes, startMs } = flow;
    this.#flows.push({ kind, request, from, to, bytes, startMs, endMs, complete });
    if (!complete) this.#see(`stopped ${kind}`);
  }

  #see(what: string): void {
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1);
  }
}

function refuses(refusal: Refusal | null, row: number): boolean {
  return refusal !== null && row % refusal.every === refusal.remainder;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** The instance with the earliest time, the lowest index on ties. */
function first(
  instances: readonly ClusterInstanceState[],
  timeOf: (instance: ClusterInstanceState) => number | undefined,
): ClusterInstanceState | null {
  let best: ClusterInstanceState | null = null;
  for (const one of instances) {
    const atMs = timeOf(one);
    if (atMs === undefined) continue;
    if (best === null || atMs < timeOf(best)!) best = one;
  }
  return best;
}

/** Keeps the list sorted by time, then row. */
function insert(list: Timed[], item: Timed): void {
  let at = list.length;
  while (at > 0 && isBefore(item, list[at - 1]!)) at--;
  list.splice(at, 0, item);
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.row < b.row);
}
