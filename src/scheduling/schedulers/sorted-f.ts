/**
 * Sorted-F: batches of short outputs and many members first.
 * Source: 2508.06133 (Wang, Ye, Zhou: LLM serving with variable prefill and decode lengths); the
 * score as recalled, the two phases from secondary accounts.
 *
 * (1) The waiting requests are divided into batches: again and again the set X that minimises
 * F(X) = (sum of predicted outputs) / |X|², among sets whose prompts and outputs fit the KV memory
 * together; inside a batch the shorter output goes first. (2) In that order requests are admitted
 * as long as the memory test of MC-SF passes, so that the next batch starts before the last ends.
 *
 * Deviations: the best set is searched among the prefixes of a few orders, by output plus a
 * multiple of the memory taken (the exact one is a knapsack problem). The rule is for a backlog;
 * whenever a request arrives, all that wait are divided anew. Predictions are those of that time.
 * Overflow, and memory in blocks, as in MC-SF. Units: requests, tokens.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { batching } from './batching.ts';
import { LookaheadAdmission } from './lookahead-admission.ts';
import { maxSequences } from './max-sequences.ts';
import { predictedLength } from './predicted-length.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { TaskValues } from './task-values.ts';

const parameters = { maxSequences, batching } as const;

/** A request as the division sees it: its place among the given, its output and peak memory. */
export interface SizedRequest {
  readonly index: number;
  readonly output: number;
  readonly peak: number;
}

/** What a token of peak memory weighs against a token of output in the orders that are tried. */
const memoryWeights = [0, 0.1, 0.3, 1, 3, 10];

/** The requests in the order of their batches; `capacity` in the unit of `peak`. */
export function sortedByBatches(requests: readonly SizedRequest[], capacity: number): number[] {
  const orders = memoryWeights.map((weight) =>
    [...requests].sort(
      (a, b) => a.output + weight * a.peak - b.output - weight * b.peak || a.index - b.index,
    ),
  );
  const taken = new Set<number>();
  const sorted: number[] = [];
  while (sorted.length < requests.length) {
    let best: SizedRequest[] = [];
    let bestScore = Number.POSITIVE_INFINITY;
    for (const order of orders) {
      const { batch, score } = bestPrefix(order, taken, capacity);
      if (score < bestScore) {
        best = batch;
        bestScore = score;
      }
    }
    for (const { index } of best.sort((a, b) => a.output - b.output || a.index - b.index)) {
      taken.add(index);
      sorted.push(index);
    }
  }
  return sorted;
}

/** The prefix with the smallest score of those not taken; the first alone where it is too large. */
function bestPrefix(order: readonly SizedRequest[], taken: Set<number>, capacity: number) {
  const members: SizedRequest[] = [];
  let [output, peak, size, score] = [0, 0, 0, Number.POSITIVE_INFINITY];
  for (const one of order) {
    if (taken.has(one.index)) continue;
    peak += one.peak;
    if (peak > capacity && members.length > 0) break;
    members.push(one);
    output += one.output;
    const now = output / members.length ** 2;
    if (now < score) [size, score] = [members.length, now];
  }
  return { batch: members.slice(0, size), score };
}

class SortedF implements Scheduler {
  readonly #admission: LookaheadAdmission;
  readonly #rank = new TaskValues(Number.NaN);

  constructor(maxSequences: number, batching: string) {
    const rule = {
      rank: (_view: InstanceView, task: Task) => this.#rank.get(task),
      length: predictedLength,
      makeRoom: preemptForGrowth,
    };
    this.#admission = new LookaheadAdmission(rule, maxSequences, batching);
  }

  plan(view: InstanceView, out: Plan): void {
    for (let i = 0; i < view.waiting; i++) {
      if (!Number.isNaN(this.#rank.get(view.waitingTask(i)))) continue;
      this.#divide(view);
      break;
    }
    this.#admission.plan(view, out);
  }

  #divide(view: InstanceView): void {
    const requests = Array.from({ length: view.waiting }, (_, index) => {
      const task = view.waitingTask(index);
      const output = predictedLength(view, task);
      const tokens = view.inputTokens(task) + Math.max(output, view.generated(task) + 1);
      return { index, output, peak: Math.ceil(tokens / view.blockTokens) };
    });
    const sorted = sortedByBatches(requests, view.capacityBlocks);
    for (const [rank, index] of sorted.entries()) this.#rank.set(view.waitingTask(index), rank);
  }
}

export const sortedF = definePolicy<Scheduler, typeof parameters>({
  kind: 'sorted-f',
  doc: 'batches by summed predicted output over squared size, admitted while memory lasts',
  source: '2508.06133 (score recalled)',
  parameters,
  needs: () => ['lengths'],
  create: ({ maxSequences, batching }) => new SortedF(maxSequences, batching),
});
