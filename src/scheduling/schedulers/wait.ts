/**
 * WAIT: a type of request is taken up only when enough of it wait.
 * Source: 2504.11320 (Ao, Luo, Simchi-Levi, Wang: Optimizing LLM Inference: Fluid-Guided Online
 * Scheduling with Memory Constraints); rule and fluid equations as recalled.
 *
 * Requests have a type (here: classes of predicted output, each twice as long as the one before).
 * In each step, a type of which at least n_j requests wait has n_j of them admitted; other types
 * wait. `threshold` 0 takes n_j from the fluid model: with arrival rates λ_j, mean prompts l_j and
 * outputs o_j seen so far, the memory m in equilibrium solves m = (d0 + d1·m)·K, with K the sum of
 * λ_j·(o_j + 1)·(l_j + o_j/2), and n_j = λ_j·m / K, rounded up; where m exceeds the KV memory, or
 * there is no equilibrium, the memory takes its place.
 *
 * `decodes` says what a type below its threshold does with requests already in decode: `go-on`
 * (default), or `wait`, the reading in which a batch holds a type only with its full number at
 * every stage: they are paused and keep their memory. Deviations: `maxWaitMs` ends any wait, so
 * that the last of a trace are served (a paused type then goes on until none of it is left);
 * overflow is computed again. Units: requests, tokens, ms.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { InputError } from '../../units/input-error.ts';
import { batching, decodeBeside } from './batching.ts';
import { idleSlots, slotCount } from './idle-slots.ts';
import { maxSequences } from './max-sequences.ts';
import { predictedLength } from './predicted-length.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { admitWhole, fitsBesideGrowth } from './prefill-step.ts';
import { TaskValues } from './task-values.ts';
import { waitParameters } from './wait-parameters.ts';

const parameters = {
  ...waitParameters,
  decodes: {
    type: 'choice',
    default: 'go-on',
    choices: ['go-on', 'wait'],
    doc: 'what a type below its threshold does with its requests in decode',
  },
  shortestClass: {
    type: 'integer',
    default: 64,
    min: 1,
    unit: 'tokens',
    doc: 'predicted outputs up to this are the first type; each further type is twice as long',
  },
  classes: { type: 'integer', default: 4, min: 1, max: 16, doc: 'number of types' },
  fixedMs: {
    type: 'number',
    default: 10,
    min: 0.001,
    unit: 'ms',
    doc: 'd0: step time without KV (default assumed: a 7B model on one A100)',
  },
  perTokenMs: {
    type: 'number',
    default: 0.0003,
    min: 0,
    unit: 'ms',
    doc: 'd1: step time per KV token in memory (default assumed: a 7B model on one A100)',
  },
  batching,
  maxSequences,
} as const;

interface Options {
  readonly threshold: number;
  readonly maxWaitMs: number;
  readonly decodes: string;
  readonly shortestClass: number;
  readonly classes: number;
  readonly fixedMs: number;
  readonly perTokenMs: number;
  readonly batching: string;
  readonly maxSequences: number;
}

/** What has been seen of one type: requests, and sums of their prompts and predicted outputs. */
export interface TypeSeen {
  count: number;
  prompt: number;
  output: number;
}

/** Thresholds n_j of the fluid model; a type not seen has 1. */
export function fluidThresholds(
  types: readonly TypeSeen[],
  spanMs: number,
  capacityTokens: number,
  { fixedMs, perTokenMs }: { fixedMs: number; perTokenMs: number },
): number[] {
  let load = 0;
  for (const { count, prompt, output } of types) {
    if (count === 0) continue;
    const [l, o] = [prompt / count, output / count];
    load += count * (o + 1) * (l + o / 2);
  }
  const stable = spanMs > perTokenMs * load;
  const equilibrium = stable ? (fixedMs * load) / (spanMs - perTokenMs * load) : Infinity;
  const memory = Math.min(equilibrium, capacityTokens);
  return types.map(({ count }) => Math.max(1, Math.ceil((count * memory) / load) || 1));
}

class Wait implements Scheduler {
  readonly #options: Options;
  readonly #typeOf = new TaskValues(-1);
  readonly #types: TypeSeen[];
  #thresholds: number[];
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  // Of each type, refilled in every plan.
  readonly #waiting: Int32Array;
  readonly #oldestMs: Float64Array;
  readonly #working: Int32Array;
  readonly #ready: Uint8Array;
  /** Since when a type is paused, NaN if it is not; and whether it has been let go since. */
  readonly #pausedMs: Float64Array;
  readonly #released: Uint8Array;

  constructor(options: Options) {
    if (options.decodes === 'wait' && options.batching === 'exclusive') {
      const rule = 'mixed where decodes wait: they go on in the step that admits their type';
      throw new InputError('invalid value "exclusive"', { where: 'scheduler.batching', rule });
    }
    const { classes } = options;
    this.#options = options;
    this.#types = Array.from({ length: classes }, () => ({ count: 0, prompt: 0, output: 0 }));
    this.#thresholds = this.#types.map(() => options.threshold);
    this.#waiting = new Int32Array(classes);
    this.#oldestMs = new Float64Array(classes);
    this.#working = new Int32Array(classes);
    this.#ready = new Uint8Array(classes);
    this.#pausedMs = new Float64Array(classes).fill(Number.NaN);
    this.#released = new Uint8Array(classes);
  }

  plan(view: InstanceView, out: Plan): void {
    this.#survey(view);
    if (preemptForGrowth(view, out)) {
      out.hold({ rounds: 1 });
      if (view.decoding > 0) out.decodes();
      return;
    }
    const untilMs = this.#judge(view);
    if (this.#options.decodes === 'wait') this.#moveDecodes(view, out);
    const before = view.waiting;
    const promptTokens = this.#admit(view, out);
    const again = decodeBeside(view, out, promptTokens, this.#options.batching);
    if (again) return;
    if (view.waiting < before) out.hold({ rounds: 1 });
    else if (untilMs < Number.POSITIVE_INFINITY) out.hold({ untilMs });
  }

  /** Takes note of new requests, and counts those that wait and those at work. */
  #survey(view: InstanceView): void {
    this.#waiting.fill(0);
    this.#oldestMs.fill(Number.POSITIVE_INFINITY);
    this.#working.fill(0);
    let news = false;
    for (let i = 0; i < view.waiting; i++) {
      const task = view.waitingTask(i);
      if (this.#typeOf.get(task) < 0) {
        this.#see(view, task);
        news = true;
      }
      const type = this.#typeOf.get(task);
      this.#waiting[type]!++;
      this.#oldestMs[type] = Math.min(this.#oldestMs[type]!, view.arrivalMs(task));
    }
    for (let i = 0; i < view.decoding; i++)
      this.#working[this.#typeOf.get(view.decodingTask(i))]!++;
    for (let i = 0; i < view.paused; i++) this.#working[this.#typeOf.get(view.pausedTask(i))]!++;
    if (news && this.#options.threshold === 0) {
      const span = this.#lastMs - this.#firstMs;
      const capacity = view.capacityBlocks * view.blockTokens;
      this.#thresholds = fluidThresholds(this.#types, span, capacity, this.#options);
    }
  }

  #see(view: InstanceView, task: Task): void {
    const { shortestClass, classes } = this.#options;
    const output = predictedLength(view, task);
    const doublings = Math.max(0, Math.ceil(Math.log2(output / shortestClass)));
    const type = Math.min(classes - 1, doublings);
    this.#typeOf.set(task, type);
    const seen = this.#types[type]!;
    seen.count++;
    seen.prompt += view.inputTokens(task);
    seen.output += output;
    this.#firstMs = Math.min(this.#firstMs, view.arrivalMs(task));
    this.#lastMs = Math.max(this.#lastMs, view.arrivalMs(task));
  }

  /** Which types are taken up. Returns when the first of the others has waited long enough. */
  #judge(view: InstanceView): number {
    const { maxWaitMs, maxSequences, decodes } = this.#options;
    const slots = slotCount(view, maxSequences);
    let untilMs = Number.POSITIVE_INFINITY;
    for (let type = 0; type < this.#ready.length; type++) {
      if (this.#working[type] === 0) {
        this.#released[type] = 0;
        this.#pausedMs[type] = Number.NaN;
      }
      const waitEndMs = this.#oldestMs[type]! + maxWaitMs;
      const pauses = this.#working[type]! > 0 && decodes === 'wait';
      const sinceMs = this.#pausedMs[type]!;
      const pauseEndMs = (Number.isNaN(sinceMs) ? view.nowMs : sinceMs) + maxWaitMs;
      if (pauses && view.nowMs >= pauseEndMs) this.#released[type] = 1;
      const enough = this.#waiting[type]! >= Math.min(slots, this.#thresholds[type]!);
      const ready = enough || this.#released[type] === 1 || view.nowMs >= waitEndMs;
      this.#ready[type] = ready ? 1 : 0;
      if (ready) continue;
      untilMs = Math.min(untilMs, waitEndMs);
      if (pauses) untilMs = Math.min(untilMs, pauseEndMs);
    }
    return untilMs;
  }

  #moveDecodes(view: InstanceView, out: Plan): void {
    for (let i = view.paused - 1; i >= 0; i--) {
      const task = view.pausedTask(i);
      const type = this.#typeOf.get(task);
      if (this.#ready[type] === 0) continue;
      this.#pausedMs[type] = Number.NaN;
      out.resume(task);
    }
    for (let i = view.decoding - 1; i >= 0; i--) {
      const task = view.decodingTask(i);
      const type = this.#typeOf.get(task);
      if (this.#ready[type] === 1) continue;
      if (Number.isNaN(this.#pausedMs[type])) this.#pausedMs[type] = view.nowMs;
      out.pause(task, 'keep');
    }
  }

  /** Admits of every type that is taken up at most its threshold, in queue order. */
  #admit(view: InstanceView, out: Plan): number {
    let idle = idleSlots(view, this.#options.maxSequences);
    let promptTokens = 0;
    this.#waiting.fill(0);
    for (let i = 0; i < view.waiting && idle > 0; ) {
      const task = view.waitingTask(i);
      const type = this.#typeOf.get(task);
      const full = this.#waiting[type]! >= this.#thresholds[type]!;
      if (this.#ready[type] === 0 || full) i++;
      else if (fitsBesideGrowth(view, task)) {
        promptTokens += admitWhole(view, out, task);
        this.#waiting[type]!++;
        idle--;
      } else if (view.decoding + view.prefilling + view.paused === 0) i++;
      else break;
    }
    return promptTokens;
  }
}

export const wait = definePolicy<Scheduler, typeof parameters>({
  kind: 'wait',
  doc: 'a type of request is admitted only in groups of its threshold (WAIT)',
  source: '2504.11320 (details recalled)',
  parameters,
  needs: () => ['lengths'],
  create: (values) => new Wait(values),
});
