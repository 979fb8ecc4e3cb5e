/**
 * Nested WAIT: WAIT for requests whose output lengths are not known.
 * Source: 2504.11320 (see wait.ts); structure as recalled, thresholds and buffer parameters.
 *
 * A request's life is cut into segments by the tokens it has produced: the first ends at
 * `firstSegment`, each further one at twice that of the one before, the last never. Requests enter
 * a segment in groups: the first when at least `threshold` wait in the queue; segment s when at
 * least threshold·survival^s have come to its boundary (rounded up). Those that come earlier are
 * paused there, with their memory, while shorter ones go on and leave. New requests leave a share
 * `buffer` of the memory free for those that turn out long.
 *
 * Deviations: `maxWaitMs` ends any wait; each step admits at most `threshold`; with nothing at
 * work the buffer does not count; overflow is computed again. Units: requests, tokens, ms, shares.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { batching, decodeBeside } from './batching.ts';
import { idleSlots, slotCount } from './idle-slots.ts';
import { maxSequences } from './max-sequences.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { admitWhole, fitsBesideGrowth } from './prefill-step.ts';
import { TaskValues } from './task-values.ts';
import { waitParameters } from './wait-parameters.ts';

const parameters = {
  threshold: {
    ...waitParameters.threshold,
    default: 8,
    min: 1,
    doc: 'requests that must wait for new ones to be admitted',
  },
  maxWaitMs: waitParameters.maxWaitMs,
  firstSegment: {
    type: 'integer',
    default: 64,
    min: 1,
    unit: 'tokens',
    doc: 'output tokens of the first segment; each further boundary is twice as far',
  },
  segments: { type: 'integer', default: 4, min: 1, max: 16, doc: 'number of segments' },
  survival: {
    type: 'number',
    default: 0.5,
    min: 0,
    max: 1,
    doc: 'threshold of a segment as a share of that of the segment before',
  },
  buffer: {
    type: 'number',
    default: 0.1,
    min: 0,
    max: 1,
    doc: 'share of the KV memory that new requests leave free',
  },
  batching,
  maxSequences,
} as const;

interface Options {
  readonly threshold: number;
  readonly maxWaitMs: number;
  readonly firstSegment: number;
  readonly segments: number;
  readonly survival: number;
  readonly buffer: number;
  readonly batching: string;
  readonly maxSequences: number;
}

class NestedWait implements Scheduler {
  readonly #options: Options;
  /** The segment that a request has entered, and when it was paused before the next. */
  readonly #entered = new TaskValues(0);
  readonly #pausedMs = new TaskValues(Number.NaN);
  readonly #pool: Int32Array;
  readonly #sinceMs: Float64Array;

  constructor(options: Options) {
    this.#options = options;
    this.#pool = new Int32Array(options.segments);
    this.#sinceMs = new Float64Array(options.segments);
  }

  plan(view: InstanceView, out: Plan): void {
    const { maxWaitMs, maxSequences, threshold } = this.#options;
    if (preemptForGrowth(view, out)) {
      out.hold({ rounds: 1 });
      if (view.decoding > 0) out.decodes();
      return;
    }
    let untilMs = this.#cross(view, out);
    let promptTokens = 0;
    const before = view.waiting;
    if (before > 0) {
      let oldestMs = Number.POSITIVE_INFINITY;
      for (let i = 0; i < before; i++) {
        oldestMs = Math.min(oldestMs, view.arrivalMs(view.waitingTask(i)));
      }
      const enough = before >= Math.min(threshold, slotCount(view, maxSequences));
      if (enough || view.nowMs >= oldestMs + maxWaitMs) promptTokens = this.#admit(view, out);
      else untilMs = Math.min(untilMs, oldestMs + maxWaitMs);
    }
    if (decodeBeside(view, out, promptTokens, this.#options.batching)) return;
    const rounds = view.waiting < before ? 1 : this.#roundsToBoundary(view);
    out.hold({
      ...(rounds < Number.POSITIVE_INFINITY && { rounds }),
      ...(untilMs < Number.POSITIVE_INFINITY && { untilMs }),
    });
  }

  /** Lets groups enter their next segment, pauses the rest at its boundary. Returns until when. */
  #cross(view: InstanceView, out: Plan): number {
    const { maxWaitMs, threshold, survival } = this.#options;
    this.#pool.fill(0);
    this.#sinceMs.fill(view.nowMs);
    for (let i = 0; i < view.decoding; i++) this.#gather(view, view.decodingTask(i));
    for (let i = 0; i < view.paused; i++) this.#gather(view, view.pausedTask(i));
    let untilMs = Number.POSITIVE_INFINITY;
    const enters = (segment: number) =>
      this.#pool[segment]! >= Math.ceil(threshold * survival ** segment) ||
      view.nowMs >= this.#sinceMs[segment]! + maxWaitMs;
    for (let i = view.paused - 1; i >= 0; i--) {
      const task = view.pausedTask(i);
      const segment = this.#reached(view, task);
      if (!enters(segment)) continue;
      this.#entered.set(task, segment);
      this.#pausedMs.set(task, Number.NaN);
      out.resume(task);
    }
    for (let i = view.decoding - 1; i >= 0; i--) {
      const task = view.decodingTask(i);
      const segment = this.#reached(view, task);
      if (segment <= this.#entered.get(task)) continue;
      if (enters(segment)) this.#entered.set(task, segment);
      else {
        this.#pausedMs.set(task, view.nowMs);
        out.pause(task, 'keep');
      }
    }
    for (let segment = 1; segment < this.#pool.length; segment++) {
      if (this.#pool[segment]! === 0 || enters(segment)) continue;
      untilMs = Math.min(untilMs, this.#sinceMs[segment]! + maxWaitMs);
    }
    return untilMs;
  }

  #gather(view: InstanceView, task: Task): void {
    const segment = this.#reached(view, task);
    if (segment <= this.#entered.get(task)) return;
    this.#pool[segment]!++;
    const sinceMs = this.#pausedMs.get(task);
    if (sinceMs < this.#sinceMs[segment]!) this.#sinceMs[segment] = sinceMs;
  }

  /** The segment in which the request's next token falls. */
  #reached(view: InstanceView, task: Task): number {
    const { firstSegment, segments } = this.#options;
    const generated = view.generated(task);
    let segment = 0;
    while (segment < segments - 1 && generated >= firstSegment * 2 ** segment) segment++;
    return segment;
  }

  #roundsToBoundary(view: InstanceView): number {
    const { firstSegment, segments } = this.#options;
    let rounds = Number.POSITIVE_INFINITY;
    for (let i = 0; i < view.decoding; i++) {
      const task = view.decodingTask(i);
      const segment = this.#reached(view, task);
      if (segment === segments - 1) continue;
      rounds = Math.min(rounds, firstSegment * 2 ** segment - view.generated(task));
    }
    return rounds;
  }

  #admit(view: InstanceView, out: Plan): number {
    const { buffer, maxSequences, threshold } = this.#options;
    const spare = Math.ceil(buffer * view.capacityBlocks) || 0;
    const limit = Math.min(threshold, idleSlots(view, maxSequences));
    let promptTokens = 0;
    for (let admitted = 0; admitted < limit && view.waiting > 0; admitted++) {
      const task = view.waitingTask(0);
      const alone = view.decoding + view.prefilling + view.paused === 0;
      if (!fitsBesideGrowth(view, task)) break;
      const room = view.freeBlocks - view.decodeGrowth - view.blocksToAdmit(task);
      if (!alone && room < spare) break;
      promptTokens += admitWhole(view, out, task);
    }
    return promptTokens;
  }
}

export const nestedWait = definePolicy<Scheduler, typeof parameters>({
  kind: 'nested-wait',
  doc: 'groups enter each segment of output length together, lengths unknown (Nested WAIT)',
  source: '2504.11320 (details recalled)',
  parameters,
  create: (values) => new NestedWait(values),
});
