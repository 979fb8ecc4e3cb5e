/**
 * EB(k): exclusive batching with a threshold.
 * Source: 2606.00516, abstract; the threshold form from secondary accounts. EB(1) is vLLM before
 * chunked prefill, whose watermark of free memory it keeps too.
 *
 * Prompts and decodes never share a step. A prefill phase begins when k slots are free (or
 * nothing decodes) and somebody waits; it fills the free slots, in as many steps as the token
 * limit asks for, and ends when slots, memory or the queue do. Between phases all decodes go on.
 *
 * k = 0 takes k* from the fixed cost of a prefill step: each batch of k costs p0, and leaves on
 * average k/2 slots idle for the rounds until k have finished. The economic-order-quantity form
 * k* = slots · sqrt(2 · p0 / (mean output · a)) balances the two (in the fluid limit, with a the
 * fixed part of a decode round); rounded, from 1 to all slots.
 *
 * Deviations: on an instance without client slots, `maxSequences` are its slots. Where memory
 * serves fewer, the slots that count are its seats: those at work, and as many more as fit, taking
 * what those at work hold on average (none if the head of the queue does not fit). Requests whose
 * prompt is computed elsewhere need no prefill and never wait for k. Their k* comes from the
 * hazard rate of the output length; the form here takes it as constant.
 * Units: slots, ms, tokens.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';
import { decodeRound } from './batching.ts';
import { idleSlots, slotCount } from './idle-slots.ts';
import { maxBatchedTokens } from './max-batched-tokens.ts';
import { maxSequences } from './max-sequences.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { admitComputed, fitsWithin, type PrefillLimits, prefillStep } from './prefill-step.ts';
import { watermark } from './watermark.ts';

/** The threshold and what k = 0 computes it from; defaults are of one 8-GPU node, LLaMA-65B. */
export const thresholdParameters = {
  k: { type: 'integer', default: 0, min: 0, unit: 'slots', doc: 'free slots; 0: k*' },
  prefillFixedMs: {
    type: 'number',
    default: 5,
    min: 0,
    unit: 'ms',
    doc: 'for k*: p0, the part of a prefill step that does not depend on its tokens',
  },
  roundFixedMs: {
    type: 'number',
    default: 29.3,
    min: 0.001,
    unit: 'ms',
    doc: 'for k*: a, the part of a decode round that does not depend on its requests',
  },
  meanOutput: { type: 'number', default: 345, min: 1, unit: 'tokens', doc: 'for k*: mean output' },
} as const;
const parameters = { ...thresholdParameters, maxBatchedTokens, maxSequences, watermark } as const;

export interface Threshold {
  readonly k: number;
  readonly prefillFixedMs: number;
  readonly roundFixedMs: number;
  readonly meanOutput: number;
}

/** Requests per prefill that balance its fixed cost with idle slots, not rounded. */
export function economicBatch(slots: number, threshold: Omit<Threshold, 'k'>): number {
  const { prefillFixedMs, roundFixedMs, meanOutput } = threshold;
  return slots * Math.sqrt((2 * prefillFixedMs) / (meanOutput * roundFixedMs));
}

/**
 * Requests that memory can take beside those at work, each as large as those are on average.
 * Decoding makes it less, never more, before something finishes.
 */
export function memorySeats(view: InstanceView, watermark: number): number {
  const running = view.decoding + view.prefilling;
  if (running === 0 || view.waiting === 0) return Number.POSITIVE_INFINITY;
  if (!Number.isFinite(view.capacityBlocks)) return Number.POSITIVE_INFINITY;
  if (!fitsWithin(view, view.waitingTask(0), watermark)) return 0;
  const mean = (view.capacityBlocks - view.freeBlocks) / running;
  const kept = view.decodeGrowth + Math.floor(watermark * view.capacityBlocks);
  return Math.max(1, Math.floor((view.freeBlocks - kept) / mean));
}

/** When an exclusive prefill runs, and the step of it: shared with EB+. */
export class ExclusivePhases {
  readonly #threshold: Threshold;
  readonly #limits: PrefillLimits;
  #filling = false;

  constructor(threshold: Threshold, limits: PrefillLimits) {
    this.#threshold = threshold;
    this.#limits = limits;
  }

  /** Plans a prefill step if it is time for one. Returns its prompt tokens. */
  prefill(view: InstanceView, out: Plan, idle: number, slots: number): number {
    if (view.waiting === 0) this.#filling = false;
    else if (view.decoding === 0 || this.#isDue(view, idle, slots)) this.#filling = true;
    if (!this.#filling) return 0;
    const tokens = prefillStep(view, out, this.#limits, idle);
    this.#filling = tokens > 0;
    return tokens;
  }

  /** The phase is over, whatever it has left to fill. */
  end(): void {
    this.#filling = false;
  }

  #isDue(view: InstanceView, idle: number, slots: number): boolean {
    const seats = Math.min(idle, memorySeats(view, this.#limits.watermark));
    return seats >= this.#free(Math.min(slots, view.decoding + view.prefilling + seats));
  }

  #free(slots: number): number {
    const { k } = this.#threshold;
    const wanted = k > 0 ? k : Math.round(economicBatch(slots, this.#threshold));
    return Math.min(slots, Math.max(1, wanted));
  }
}

class ExclusiveBatching implements Scheduler {
  readonly #phases: ExclusivePhases;
  readonly #limits: PrefillLimits;
  readonly #maxSequences: number;

  constructor(threshold: Threshold, limits: PrefillLimits, maxSequences: number) {
    this.#phases = new ExclusivePhases(threshold, limits);
    this.#limits = limits;
    this.#maxSequences = maxSequences;
  }

  plan(view: InstanceView, out: Plan): void {
    if (preemptForGrowth(view, out)) {
      // What it frees may let others in, one round later.
      out.hold({ rounds: 1 });
      if (view.decoding > 0) out.decodes();
      return;
    }
    const free = idleSlots(view, this.#maxSequences);
    const idle = free - admitComputed(view, out, this.#limits, free);
    const slots = slotCount(view, this.#maxSequences);
    if (this.#phases.prefill(view, out, idle, slots) === 0) decodeRound(view, out);
  }
}

export const exclusiveBatching = definePolicy<Scheduler, typeof parameters>({
  kind: 'eb',
  doc: 'prefill-only steps, begun when k slots are free (EB(k)); k = 0: the economic batch',
  source: '2606.00516 (abstract; threshold form secondary)',
  parameters,
  create: (values) => new ExclusiveBatching(values, values, values.maxSequences),
});
