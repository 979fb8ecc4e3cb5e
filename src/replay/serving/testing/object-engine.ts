/**
 * An independent serving simulator for tests: object-based, one token at a time, every sum taken
 * anew. It shares no replay, scheduler, cache or placement code with the engine it is compared
 * with, and follows the rules below exactly. Times in milliseconds, sizes in tokens and blocks.
 *
 * Preconditions: input and output tokens, budgets, maxSequences, concurrency and instances are at
 * least 1; with a prefix cache, `blocks` has ceil(inputTokens / blockTokens) ids and an id always
 * stands at the same depth behind the same parent with the same tokens.
 *
 * Events. At equal times: arrivals (by row), then cancellations (by row), then step ends (by
 * instance). Each event is finished before the next; arrivals are handled one by one. An arrival
 * is rejected, or placed into the waiting queue of one instance, which plans at once if no step
 * runs there. An instance plans at each step end.
 *
 * Placement. `round-robin`: the k-th arrival goes to instance k mod N, also where it is then
 * rejected. `least-loaded`: smallest sum of prompt tokens of requests placed there and not
 * ended; lowest index on ties.
 *
 * Arrivals. `open`: at arrivalMs. `session`: a request with a parent arrives thinkMs after its
 * parent ended, whatever the parent's status; its own arrivalMs is not used. `closed`: the first
 * `concurrency` rows arrive at 0 and each ending request releases the next row at that time;
 * arrivalMs, parents and think times are not used.
 *
 * Memory. Capacity is floor(capacityTokens / blockSize) blocks. Without a prefix cache a request
 * that holds x tokens uses ceil(x / blockSize). With one, each trace block of its prompt uses
 * ceil(its tokens / blockSize) wherever it is held, and its output ceil(tokens / blockSize) of its
 * own. Admission reserves for the prompt blocks that are not resident (without cache: the prompt)
 * and, after a preemption, the tokens generated so far. A finished prompt holds one token more
 * (the one it yields), even beyond the capacity; each decode adds one at the step's end. A prompt
 * of more blocks than the capacity is rejected at arrival (`kv-capacity`), also where a part of it
 * is cached. `used` = own blocks of admitted requests + pinned cache blocks; G = the new blocks
 * that one more token for each decode takes.
 *
 * `chunked-prefill`. (1) While there are decodes and used + G > capacity: the decode that joined
 * last is preempted: it frees everything, goes to the front of the queue and recomputes prompt and
 * generated tokens; if it is the only admitted request it ends as `unfinished`, `kv-exhausted`.
 * (2) All decodes take a token. (3) Unfinished prompts, in admission order, take chunks of what
 * the budget leaves. (4) While budget is left, fewer than maxSequences are admitted and the queue
 * is not empty: the head is admitted if it fits beside used and G, and takes a chunk; else stop.
 *
 * `prefill-first` (vLLM v0). (1) While fewer than maxSequences are admitted, the head fits and the
 * step's tokens stay within maxBatchedTokens (the step's first prompt may exceed it): admit it
 * whole. If any was admitted they are the step, and decodes wait; G is not looked at. (2) Else
 * preempt as above, then one token for every decode left.
 *
 * `orca`. As chunked-prefill with no budget, no preemption and G = 0: admission reserves prompt +
 * output, constant until the end except for tokens that move to the cache; a request for which
 * that is more than the capacity is rejected at arrival (`kv-capacity`).
 *
 * Step end. Chunks in admission order, then decodes in join order. A prompt's last chunk yields
 * the request's next token, and the request joins the decodes. A request with all outputs ends
 * and frees everything at once. Then requests that are to leave do so: unfinished prompts in
 * admission order, then decodes in join order, those that have just joined included. Then the
 * arrivals of this very time that the ends released (and those that these release), by row; then
 * the instance plans.
 *
 * Cancellation at arrival + cancelAfterMs: a waiting request leaves at once; an admitted one at
 * the end of the running step, unless it finishes there. Tokens generated until then count.
 *
 * Prefix cache, per instance, in the same memory. At admission the longest resident chain of
 * leading ids is pinned; hit = min(its tokens, prompt − 1), the same after a preemption. When a
 * chunk completes a block, the block becomes resident at that step's end, pinned by the request,
 * and its tokens leave the private ones; unless the id is resident by then: that block and all
 * later ones of this admission stay private. A resident block uses ceil(its tokens / blockSize).
 * Blocks are released when the request ends or is preempted, deepest first. Blocks that nobody
 * pins count as free. They are evicted only while planning, least recently released leaf first:
 * before the decodes take their tokens, until used + G fits beside the rest, and at an admission,
 * until used (newly pinned blocks included) + G + need does.
 *
 * What the rules leave open is decided so:
 * - A head that does not fit while nothing is admitted on its instance would wait for ever (with a
 *   cache, a preempted request may need its resident prompt and a block for its output): it ends
 *   there as `unfinished`, `kv-exhausted`, and the next one is tried.
 * - A plan that ends requests and finds no work is repeated until there is work or no queue.
 * - Requests that end while an instance plans release their arrivals after that plan.
 * - A plan is part of the step end or arrival before it, so a cancellation at that very time finds
 *   the request admitted if that plan admitted it, and then takes effect at the new step's end.
 * - The matched blocks of a head that does not fit stay as they were (no pin, no new release).
 */
import { type LiveRequest, waitingRequest } from './live-request.ts';
import { ObjectInstance } from './object-instance.ts';
import type {
  ObjectOutcome,
  ObjectResult,
  ObjectSimulation,
  ObjectStatus,
} from './object-types.ts';

interface Arrival {
  readonly atMs: number;
  readonly row: number;
}

interface Cancellation extends Arrival {
  readonly request: LiveRequest;
}

export function simulate(simulation: ObjectSimulation): ObjectResult {
  const { requests, arrivals: mode, placement } = simulation;
  const arrivals: Arrival[] = [];
  const cancellations: Cancellation[] = [];
  const outcomes = new Array<ObjectOutcome | null>(requests.length).fill(null);
  const instances = Array.from(
    { length: simulation.instances },
    (_, index) => new ObjectInstance(index, simulation, onEnd),
  );
  let arrived = 0;
  let nextClosedRow = 0;

  function onEnd(
    live: LiveRequest,
    status: ObjectStatus,
    reason: ObjectOutcome['reason'],
    nowMs: number,
  ): void {
    outcomes[live.row] = {
      status,
      reason,
      arrivalMs: live.arrivalMs,
      instance: live.instance,
      admittedMs: live.admittedMs,
      firstTokenMs: live.tokenTimesMs[0] ?? null,
      finishMs: nowMs,
      cachedTokens: live.cachedPerAdmission[0] ?? 0,
      cachedPerAdmission: live.cachedPerAdmission,
      preemptions: live.preemptions,
      generated: live.tokenTimesMs.length,
      tokenTimesMs: live.tokenTimesMs,
    };
    releaseAfter(live.row, nowMs);
  }

  function reject(row: number, nowMs: number): void {
    outcomes[row] = {
      status: 'rejected',
      reason: 'kv-capacity',
      arrivalMs: nowMs,
      instance: null,
      admittedMs: null,
      firstTokenMs: null,
      finishMs: nowMs,
      cachedTokens: 0,
      cachedPerAdmission: [],
      preemptions: 0,
      generated: 0,
      tokenTimesMs: [],
    };
    releaseAfter(row, nowMs);
  }

  function releaseAfter(endedRow: number, nowMs: number): void {
    if (mode.mode === 'closed' && nextClosedRow < requests.length) {
      insert(arrivals, { atMs: nowMs, row: nextClosedRow++ });
    }
    if (mode.mode !== 'session') return;
    requests.forEach((request, row) => {
      if (request.parentIndex !== endedRow) return;
      insert(arrivals, { atMs: nowMs + (request.thinkMs ?? 0), row });
    });
  }

  function place(): ObjectInstance {
    if (placement === 'round-robin') return instances[arrived % instances.length]!;
    let best = instances[0]!;
    for (const instance of instances) if (instance.load() < best.load()) best = instance;
    return best;
  }

  function arrive({ row, atMs }: Arrival): void {
    const input = requests[row]!;
    const instance = place();
    arrived++;
    if (!instance.accepts(input)) {
      reject(row, atMs);
      return;
    }
    const request = waitingRequest(row, input, atMs, instance.index);
    if (input.cancelAfterMs !== undefined) {
      insert(cancellations, { atMs: atMs + input.cancelAfterMs, row, request });
    }
    instance.waiting.push(request);
    if (instance.step === null) instance.plan(atMs);
  }

  function endStep(instance: ObjectInstance, nowMs: number): void {
    instance.endStep(nowMs);
    while (arrivals[0]?.atMs === nowMs) arrive(arrivals.shift()!);
    instance.step = null;
    instance.plan(nowMs);
  }

  requests.forEach((request, row) => {
    if (mode.mode === 'closed') {
      if (row < mode.concurrency) insert(arrivals, { atMs: 0, row: nextClosedRow++ });
    } else if (mode.mode === 'open' || request.parentIndex === undefined) {
      insert(arrivals, { atMs: request.arrivalMs, row });
    }
  });

  for (;;) {
    const arrivalMs = arrivals[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const cancelMs = cancellations[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const ending = firstToEnd(instances);
    const endMs = ending?.step?.endMs ?? Number.POSITIVE_INFINITY;
    const nowMs = Math.min(arrivalMs, cancelMs, endMs);
    if (nowMs === Number.POSITIVE_INFINITY) break;
    if (arrivalMs === nowMs) {
      arrive(arrivals.shift()!);
    } else if (cancelMs === nowMs) {
      const { row, request } = cancellations.shift()!;
      if (outcomes[row] === null) instances[request.instance]!.cancel(request, nowMs);
    } else if (ending !== null) {
      endStep(ending, nowMs);
    }
  }

  return {
    requests: outcomes.map((outcome, row) => {
      if (outcome === null) throw new Error(`request in row ${row} never ended`);
      return outcome;
    }),
    totals: {
      steps: instances.reduce((sum, { log }) => sum + log.length, 0),
      preemptions: instances.reduce((sum, { preemptions }) => sum + preemptions, 0),
      stepLog: instances.map(({ log }) => log),
    },
  };
}

/** The instance whose step ends first, the lowest index on ties; null if none runs. */
function firstToEnd(instances: readonly ObjectInstance[]): ObjectInstance | null {
  let first: ObjectInstance | null = null;
  for (const instance of instances) {
    if (instance.step === null) continue;
    if (first === null || instance.step.endMs < first.step!.endMs) first = instance;
  }
  return first;
}

/** Keeps the list sorted by time, then row. */
function insert<T extends Arrival>(list: T[], item: T): void {
  let at = list.length;
  while (at > 0 && isBefore(item, list[at - 1]!)) at--;
  list.splice(at, 0, item);
}

function isBefore(a: Arrival, b: Arrival): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.row < b.row);
}
