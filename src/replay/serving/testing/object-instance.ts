import type { LiveRequest } from './live-request.ts';
import { ObjectMemory, type ResidentBlock } from './object-memory.ts';
import type {
  ObjectMoment,
  ObjectOutcome,
  ObjectRequest,
  ObjectScheduler,
  ObjectSimulation,
  ObjectStatus,
  ObjectStep,
} from './object-types.ts';

interface Chunk {
  readonly request: LiveRequest;
  readonly newTokens: number;
  readonly cached: number;
}

interface RunningStep {
  readonly endMs: number;
  readonly chunks: readonly Chunk[];
  readonly decodes: readonly LiveRequest[];
}

interface Plan {
  readonly chunks: Chunk[];
  readonly decodes: LiveRequest[];
  /** Blocks those decodes will take. */
  readonly growthBlocks: number;
}

type OnEnd = (
  request: LiveRequest,
  status: ObjectStatus,
  reason: ObjectOutcome['reason'],
  nowMs: number,
) => void;

/** One instance: waiting queue, admitted requests, memory, scheduler, running step. */
export class ObjectInstance {
  readonly index: number;
  readonly waiting: LiveRequest[] = [];
  /** Admitted requests whose prompt is not finished, in admission order. */
  readonly prompts: LiveRequest[] = [];
  /** Admitted requests whose prompt is finished, in join order. */
  readonly decodes: LiveRequest[] = [];
  readonly memory: ObjectMemory;
  readonly log: ObjectStep[] = [];
  step: RunningStep | null = null;
  preemptions = 0;
  readonly #simulation: ObjectSimulation;
  readonly #scheduler: ObjectScheduler;
  readonly #onEnd: OnEnd;

  constructor(index: number, simulation: ObjectSimulation, onEnd: OnEnd) {
    this.index = index;
    this.memory = new ObjectMemory(simulation.kv.capacityTokens, simulation.kv.blockSize);
    this.#simulation = simulation;
    this.#scheduler = simulation.scheduler;
    this.#onEnd = onEnd;
  }

  /** Prompt tokens of the requests placed here and not ended. */
  load(): number {
    let tokens = 0;
    for (const queue of [this.waiting, this.prompts, this.decodes]) {
      for (const request of queue) tokens += request.input.inputTokens;
    }
    return tokens;
  }

  /** Whether a request could ever be admitted to an empty instance. */
  accepts(input: ObjectRequest): boolean {
    const ownParts = this.#promptParts(input);
    const outputs = this.#scheduler.kind === 'orca' ? input.outputTokens : 0;
    const tailTokens = ownParts.length > 0 ? outputs : input.inputTokens + outputs;
    return this.#blocksOf({ ownParts, tailTokens }) <= this.memory.capacityBlocks;
  }

  /** Starts the next step if there is anything to do. */
  plan(nowMs: number): void {
    let plan = this.#planOnce(nowMs);
    while (isEmpty(plan) && this.waiting.length > 0) plan = this.#planOnce(nowMs);
    if (isEmpty(plan)) {
      this.#watch('idle', nowMs, 0);
      return;
    }
    const durationMs = this.#simulation.stepMs({
      prefills: plan.chunks.map(({ newTokens, cached }) => ({ newTokens, cached })),
      contexts: plan.decodes.map((d) => d.input.inputTokens + d.tokenTimesMs.length),
    });
    this.step = { endMs: nowMs + durationMs, chunks: plan.chunks, decodes: plan.decodes };
    this.log.push({
      startMs: nowMs,
      durationMs,
      decodes: plan.decodes.length,
      prefills: plan.chunks.map(({ newTokens, cached }) => [newTokens, cached]),
    });
    this.#watch('start', nowMs, plan.growthBlocks);
  }

  /** Counts the step's tokens and ends requests; the caller then plans. */
  endStep(nowMs: number): void {
    const { chunks, decodes } = this.step!;
    for (const { request, newTokens } of chunks) {
      request.done += newTokens;
      this.#cacheFinishedBlocks(request);
      if (request.done < request.target) continue;
      remove(this.prompts, request);
      this.decodes.push(request);
      this.#token(request, nowMs);
    }
    for (const request of decodes) this.#token(request, nowMs);
    for (const request of [...this.prompts, ...this.decodes]) {
      if (request.leaving) this.#end(request, 'cancelled', null, nowMs);
    }
    this.#watch('end', nowMs, 0);
  }

  /** The client gives up: at once while waiting, else at the end of the running step. */
  cancel(request: LiveRequest, nowMs: number): void {
    if (this.waiting.includes(request)) this.#end(request, 'cancelled', null, nowMs);
    else request.leaving = true;
  }

  #planOnce(nowMs: number): Plan {
    const scheduler = this.#scheduler;
    if (scheduler.kind === 'prefill-first') {
      const { maxBatchedTokens, maxSequences } = scheduler;
      return this.#planPrefillFirst(maxBatchedTokens, maxSequences, nowMs);
    }
    const budget = scheduler.kind === 'orca' ? Number.POSITIVE_INFINITY : scheduler.budget;
    return this.#planMixed(budget, scheduler.maxSequences, nowMs);
  }

  #planMixed(budget: number, maxSequences: number, nowMs: number): Plan {
    this.#preemptUntilDecodesFit(nowMs);
    const decodes = [...this.decodes];
    const growthBlocks = this.#growthBlocks();
    this.memory.makeRoomFor(this.#usedBlocks() + growthBlocks);
    const chunks: Chunk[] = [];
    let left = budget - decodes.length;
    for (const request of this.prompts) {
      if (left > 0) left -= take(request, left, chunks);
    }
    while (left > 0 && this.#sequences() < maxSequences) {
      const request = this.#admitHead({ growthBlocks, maxTokens: Number.POSITIVE_INFINITY, nowMs });
      if (request === null) break;
      left -= take(request, left, chunks);
    }
    return { chunks, decodes, growthBlocks };
  }

  #planPrefillFirst(maxBatchedTokens: number, maxSequences: number, nowMs: number): Plan {
    const chunks: Chunk[] = [];
    let tokens = 0;
    while (this.#sequences() < maxSequences) {
      const maxTokens = chunks.length === 0 ? Number.POSITIVE_INFINITY : maxBatchedTokens - tokens;
      const request = this.#admitHead({ growthBlocks: 0, maxTokens, nowMs });
      if (request === null) break;
      tokens += take(request, Number.POSITIVE_INFINITY, chunks);
    }
    if (chunks.length > 0) return { chunks, decodes: [], growthBlocks: 0 };
    this.#preemptUntilDecodesFit(nowMs);
    const growthBlocks = this.#growthBlocks();
    this.memory.makeRoomFor(this.#usedBlocks() + growthBlocks);
    return { chunks, decodes: [...this.decodes], growthBlocks };
  }

  #preemptUntilDecodesFit(nowMs: number): void {
    if (this.#scheduler.kind === 'orca') return;
    while (this.decodes.length > 0) {
      if (this.#usedBlocks() + this.#growthBlocks() <= this.memory.capacityBlocks) return;
      const last = this.decodes.at(-1)!;
      if (this.#sequences() === 1) {
        this.#end(last, 'unfinished', 'kv-exhausted', nowMs);
      } else {
        this.decodes.pop();
        this.#free(last);
        this.waiting.unshift(last);
        last.preemptions++;
        this.preemptions++;
      }
    }
  }

  /** Admits the head of the queue if it fits; ends heads that nothing could make room for. */
  #admitHead(limits: {
    growthBlocks: number;
    /** Tokens it may have to compute. */
    maxTokens: number;
    nowMs: number;
  }): LiveRequest | null {
    const head = this.waiting[0];
    if (head === undefined) return null;
    const { inputTokens } = head.input;
    const chain = this.#match(head);
    const cached = Math.min(this.#chainTokens(chain, inputTokens), inputTokens - 1);
    const target = inputTokens + head.tokenTimesMs.length;
    const ownParts = this.#promptParts(head.input).slice(chain.length);
    const tailTokens = this.#tailTokens(head);
    const needBlocks = this.#blocksOf({ ownParts, tailTokens });
    const usedBlocks = this.#usedBlocks() + this.memory.newlyPinnedBlocks(chain);
    const taken = usedBlocks + limits.growthBlocks + needBlocks;
    if (taken > this.memory.capacityBlocks) {
      if (this.#sequences() > 0) return null;
      this.#end(head, 'unfinished', 'kv-exhausted', limits.nowMs);
      return this.#admitHead(limits);
    }
    if (target - cached > limits.maxTokens) return null;
    this.memory.pin(chain);
    this.memory.makeRoomFor(taken);
    this.waiting.shift();
    this.prompts.push(head);
    head.chain = chain;
    head.chainOpen = true;
    head.target = target;
    head.done = cached;
    head.ownParts = ownParts;
    head.tailTokens = tailTokens;
    head.admittedMs ??= limits.nowMs;
    head.cachedPerAdmission.push(cached);
    return head;
  }

  #match({ input }: LiveRequest): ResidentBlock[] {
    if (this.#simulation.prefixCache === null || input.blocks === undefined) return [];
    return this.memory.match(input.blocks);
  }

  #chainTokens(chain: readonly ResidentBlock[], inputTokens: number): number {
    const { prefixCache } = this.#simulation;
    return prefixCache === null ? 0 : Math.min(chain.length * prefixCache.blockTokens, inputTokens);
  }

  /** Moves the prompt blocks that have just been completed from private memory to the cache. */
  #cacheFinishedBlocks(request: LiveRequest): void {
    const { prefixCache } = this.#simulation;
    const { blocks, inputTokens } = request.input;
    if (prefixCache === null || blocks === undefined) return;
    while (request.chainOpen && request.chain.length < blocks.length) {
      const j = request.chain.length;
      const startToken = j * prefixCache.blockTokens;
      const endToken = Math.min(startToken + prefixCache.blockTokens, inputTokens);
      if (endToken > request.done) return;
      if (this.memory.isResident(blocks[j]!)) {
        request.chainOpen = false;
        return;
      }
      const parent = request.chain.at(-1) ?? null;
      request.chain.push(this.memory.insert(blocks[j]!, endToken - startToken, parent));
      request.ownParts.shift();
    }
  }

  #token(request: LiveRequest, nowMs: number): void {
    request.tokenTimesMs.push(nowMs);
    if (this.#scheduler.kind !== 'orca') request.tailTokens++;
    if (request.tokenTimesMs.length === request.input.outputTokens) {
      this.#end(request, 'finished', null, nowMs);
    }
  }

  #end(
    request: LiveRequest,
    status: ObjectStatus,
    reason: ObjectOutcome['reason'],
    nowMs: number,
  ): void {
    for (const queue of [this.waiting, this.prompts, this.decodes]) remove(queue, request);
    this.#free(request);
    this.#onEnd(request, status, reason, nowMs);
  }

  #free(request: LiveRequest): void {
    this.memory.release(request.chain);
    request.chain = [];
    request.ownParts = [];
    request.tailTokens = 0;
  }

  #sequences(): number {
    return this.prompts.length + this.decodes.length;
  }

  #usedBlocks(): number {
    let blocks = this.memory.pinnedBlocks();
    for (const request of [...this.prompts, ...this.decodes]) blocks += this.#blocksOf(request);
    return blocks;
  }

  #growthBlocks(): number {
    if (this.#scheduler.kind === 'orca') return 0;
    let blocks = 0;
    for (const { tailTokens } of this.decodes) {
      blocks += this.memory.blocksFor(tailTokens + 1) - this.memory.blocksFor(tailTokens);
    }
    return blocks;
  }

  #blocksOf({ ownParts, tailTokens }: Pick<LiveRequest, 'ownParts' | 'tailTokens'>): number {
    let blocks = this.memory.blocksFor(tailTokens);
    for (const tokens of ownParts) blocks += this.memory.blocksFor(tokens);
    return blocks;
  }

  /** Tokens of each trace block of a prompt; none where nothing is shared. */
  #promptParts({ blocks, inputTokens }: ObjectRequest): number[] {
    const { prefixCache } = this.#simulation;
    if (prefixCache === null || blocks === undefined) return [];
    return blocks.map((_, j) =>
      Math.min(prefixCache.blockTokens, inputTokens - j * prefixCache.blockTokens),
    );
  }

  /** Tokens that admission reserves behind the blocks of the prompt. */
  #tailTokens({ input, tokenTimesMs }: LiveRequest): number {
    const outputs = this.#scheduler.kind === 'orca' ? input.outputTokens : tokenTimesMs.length;
    return this.#promptParts(input).length > 0 ? outputs : input.inputTokens + outputs;
  }

  /** Keys and values of a request that stand outside the cache. */
  #ownLiveTokens(request: LiveRequest, inKv: number): number {
    const pinned = request.chain.reduce((tokens, block) => tokens + block.tokens, 0);
    return Math.max(0, inKv - pinned);
  }

  #watch(kind: ObjectMoment['kind'], nowMs: number, growthBlocks: number): void {
    const { watch } = this.#simulation;
    if (watch === undefined) return;
    let liveTokens = this.memory.pinnedTokens();
    for (const request of this.prompts) liveTokens += this.#ownLiveTokens(request, request.done);
    for (const request of this.decodes) {
      // The newest token of a decode has no keys and values before its next step.
      const inKv = request.input.inputTokens + request.tokenTimesMs.length - 1;
      liveTokens += this.#ownLiveTokens(request, inKv);
    }
    watch({
      kind,
      nowMs,
      instance: this.index,
      capacityBlocks: this.memory.capacityBlocks,
      usedBlocks: this.#usedBlocks(),
      evictableBlocks: this.memory.evictableBlocks(),
      growthBlocks,
      liveTokens,
      prompts: this.prompts.map((request) => request.row),
      decodes: this.decodes.map((request) => request.row),
      waiting: this.waiting.map((request) => request.row),
    });
  }
}

/** Gives a prompt a chunk of at most `limit` tokens; returns its length. */
function take(request: LiveRequest, limit: number, chunks: Chunk[]): number {
  const newTokens = Math.min(request.target - request.done, limit);
  chunks.push({ request, newTokens, cached: request.done });
  return newTokens;
}

function isEmpty({ chunks, decodes }: Plan): boolean {
  return chunks.length === 0 && decodes.length === 0;
}

function remove(queue: LiveRequest[], request: LiveRequest): void {
  const at = queue.indexOf(request);
  if (at >= 0) queue.splice(at, 1);
}
