/**
 * A second, naive simulator of one instance with client slots, to hold the serving engine and its
 * slot schedulers against: one decode round at a time, arrays copied freely, no code shared with
 * either. The model is that of "Hybrid Offline-online Scheduling Method for Large Language Model
 * Inference Optimization" (arXiv 2502.15763). Where the paper's summary leaves a choice open, the
 * one taken here is the one that reproduces a set of known totals on its workload exactly.
 *
 * Time
 * - All requests are there at time 0, numbered in the order of the trace. J slots hold one request
 *   each. The device runs either a prefill stage or a decode round, never both.
 * - A decode round with n occupied slots lasts a + b·n and gives each of them one token. A prefill
 *   stage lasts p0 + p1·(its prompt tokens) and gives no token: a request of o output tokens
 *   occupies its slot for exactly o rounds and leaves at the end of the last one.
 * - Decisions fall at the ends of rounds and stages only. Idle slots choose in ascending index,
 *   one request each, each knowing the choices before it. Then either one stage starts with all
 *   that were chosen, or one more round passes, after which all choose anew.
 *
 * What a slot chooses
 * - `queue`: the waiting request with the smallest key (first come, first served: all equal;
 *   longest first: minus the length); ties: lower number.
 * - `lists`: the head of its own list. If that is empty: `none`, nothing; `shortest` (`longest`),
 *   the last (first) entry of the list whose waiting entries have the largest sum of predicted
 *   lengths; ties: lower slot. What the victim runs already does not count.
 *
 * When a stage starts: if someone was chosen and no slot is occupied or the rule says so. With A
 * occupied slots; m idle slots that may take a waiting request (all idle ones as long as anything
 * waits, even if fewer wait; with `none`, those whose own list is not empty); W and I the sums of
 * m·(a + b·A) and of m over the rounds since the last stage; the multiplier 1/J cancels:
 * - `prefill-first`: at once.
 * - `full-cost`: W + m·(a + b·A) ≥ A·(p0 + p1·tokens). The stage's tokens are taken to be m times
 *   the mean prompt of the trace, or with `priced: 'chosen'` those of the chosen requests.
 * - `fixed-part`: W + m·(a + b·A) ≥ A·p0.
 * - `exact`: (I + m)·a ≥ J·p0.
 */

/** Costs in milliseconds: per round, per request and round, per stage, per prompt token. */
export interface SlotCosts {
  readonly a: number;
  readonly b: number;
  readonly p0: number;
  readonly p1: number;
}

export interface SlotRequest {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type SlotPolicy =
  | { readonly kind: 'queue'; readonly keys: readonly number[] }
  | {
      readonly kind: 'lists';
      /** Requests of each slot, in the order in which it takes them. */
      readonly lists: readonly (readonly number[])[];
      readonly predicted: readonly number[];
      readonly steal: 'none' | 'shortest' | 'longest';
    };

export type SlotRule = 'prefill-first' | 'full-cost' | 'fixed-part' | 'exact';

export interface SlotSystem {
  readonly requests: readonly SlotRequest[];
  readonly slots: number;
  readonly costs: SlotCosts;
  readonly policy: SlotPolicy;
  readonly rule: SlotRule;
  /** Prompt tokens that `full-cost` prices; default `mean`. */
  readonly priced?: 'mean' | 'chosen';
}

export interface SlotResult {
  readonly totalMs: number;
  readonly rounds: number;
  readonly stages: number;
  /** Slot-rounds without a request. */
  readonly idleSlotRounds: number;
  /** Mean occupied slots per round over all slots. */
  readonly utilisation: number;
  readonly startMs: readonly number[];
  readonly finishMs: readonly number[];
  /** Slot that served each request. */
  readonly slot: readonly number[];
}

interface Choice {
  readonly slot: number;
  readonly task: number;
}

export function simulateSlots(system: SlotSystem): SlotResult {
  const { requests, slots, costs, policy, rule, priced = 'mean' } = system;
  const { a, b, p0, p1 } = costs;
  const promptTokens = (tasks: readonly number[]) =>
    tasks.reduce((sum, task) => sum + requests[task]!.inputTokens, 0);
  const meanPrompt = promptTokens([...requests.keys()]) / requests.length;
  const holds = new Array<number>(slots).fill(-1);
  const left = requests.map((one) => one.outputTokens);
  const startMs = requests.map(() => Number.NaN);
  const finishMs = requests.map(() => Number.NaN);
  const slotOf = requests.map(() => -1);
  let waiting = [...requests.keys()];
  let nowMs = 0;
  let rounds = 0;
  let stages = 0;
  let idleSlotRounds = 0;
  let waitedMs = 0;
  let waitedRounds = 0;

  for (;;) {
    const idle = [...holds.keys()].filter((slot) => holds[slot] === -1);
    const active = slots - idle.length;
    if (active === 0 && waiting.length === 0) break;
    const chosen = choose(policy, idle, waiting);
    const tokens = promptTokens(chosen.map(({ task }) => task));
    const m = chosen.length === 0 || isStatic(policy) ? chosen.length : idle.length;
    const roundMs = a + b * active;
    const pricedTokens = priced === 'mean' ? m * meanPrompt : tokens;
    const starts: Record<SlotRule, boolean> = {
      'prefill-first': true,
      'full-cost': waitedMs + m * roundMs >= active * (p0 + p1 * pricedTokens),
      'fixed-part': waitedMs + m * roundMs >= active * p0,
      exact: (waitedRounds + m) * a >= slots * p0,
    };
    if (chosen.length > 0 && (active === 0 || starts[rule])) {
      for (const { slot, task } of chosen) {
        holds[slot] = task;
        slotOf[task] = slot;
        startMs[task] = nowMs;
      }
      const started = new Set(chosen.map(({ task }) => task));
      waiting = waiting.filter((task) => !started.has(task));
      nowMs += p0 + p1 * tokens;
      stages++;
      waitedMs = 0;
      waitedRounds = 0;
      continue;
    }
    if (active === 0) throw new Error('some requests wait for ever: no list holds them');
    nowMs += roundMs;
    rounds++;
    idleSlotRounds += idle.length;
    waitedMs += m * roundMs;
    waitedRounds += m;
    for (const [slot, task] of holds.entries()) {
      if (task === -1 || --left[task]! > 0) continue;
      holds[slot] = -1;
      finishMs[task] = nowMs;
    }
  }
  return {
    totalMs: nowMs,
    rounds,
    stages,
    idleSlotRounds,
    utilisation: 1 - idleSlotRounds / (slots * rounds),
    startMs,
    finishMs,
    slot: slotOf,
  };
}

function isStatic(policy: SlotPolicy): boolean {
  return policy.kind === 'lists' && policy.steal === 'none';
}

/** What each idle slot would take, without taking it. */
function choose(policy: SlotPolicy, idle: readonly number[], waiting: readonly number[]): Choice[] {
  if (idle.length === 0 || waiting.length === 0) return [];
  if (policy.kind === 'queue') {
    const { keys } = policy;
    const queue = [...waiting].sort((x, y) => keys[x]! - keys[y]! || x - y);
    return queue.slice(0, idle.length).map((task, i) => ({ slot: idle[i]!, task }));
  }
  const { lists, predicted, steal } = policy;
  const waits = new Set(waiting);
  const rest = lists.map((list) => list.filter((task) => waits.has(task)));
  const backlog = (list: readonly number[]) => list.reduce((sum, i) => sum + predicted[i]!, 0);
  const chosen: Choice[] = [];
  for (const slot of idle) {
    let task = rest[slot]!.shift();
    if (task === undefined && steal !== 'none') {
      const backlogs = rest.map(backlog);
      const victim = rest[backlogs.indexOf(Math.max(...backlogs))]!;
      task = steal === 'shortest' ? victim.pop() : victim.shift();
    }
    if (task !== undefined) chosen.push({ slot, task });
  }
  return chosen;
}

/** Longest first, each to the slot with the smallest sum so far; ties by lower index. */
export function longestFirstLists(predicted: readonly number[], slots: number): number[][] {
  const lists = Array.from({ length: slots }, (): number[] => []);
  const loads = new Array<number>(slots).fill(0);
  const byLength = predicted.map((_, task) => task).sort((x, y) => predicted[y]! - predicted[x]!);
  for (const task of byLength) {
    const slot = loads.indexOf(Math.min(...loads));
    lists[slot]!.push(task);
    loads[slot]! += predicted[task]!;
  }
  return lists;
}

/** Request i to slot i mod J, in the order of the trace. */
export function roundRobinLists(count: number, slots: number): number[][] {
  const lists = Array.from({ length: slots }, (): number[] => []);
  for (let task = 0; task < count; task++) lists[task % slots]!.push(task);
  return lists;
}
