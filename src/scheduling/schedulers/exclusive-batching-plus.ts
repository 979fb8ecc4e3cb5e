/**
 * EB+: exclusive or mixed batches, chosen as the traffic asks.
 * Source: 2606.00516, abstract: mixed batching loses to exclusive batching where decode tokens are
 * more than a share of all tokens that grows with memory bandwidth (80 % on H200, 20 % on RTX PRO
 * 6000), and EB+ switches between them online. How it measures and switches was not seen: the
 * rule below is an assumption that fits those statements.
 *
 * Counted over the recent past: prompt tokens computed and tokens decoded (both are halved when
 * they exceed the window). While the share of decoded tokens is above `crossover`, EB(k);
 * otherwise decodes go first and prompts share their steps in chunks, within the token limit.
 * Prompts begun in chunks are finished first after a switch. Where memory is the limit, the slots
 * that k counts are its seats, as in EB(k).
 *
 * Units: slots, ms, tokens; shares from 0 to 1.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';
import { decodeRound } from './batching.ts';
import { ExclusivePhases, type Threshold, thresholdParameters } from './exclusive-batching.ts';
import { idleSlots, slotCount } from './idle-slots.ts';
import { maxBatchedTokens } from './max-batched-tokens.ts';
import { maxSequences } from './max-sequences.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { admitComputed, fitsWithin, type PrefillLimits } from './prefill-step.ts';
import { RoundsPassed } from './rounds-passed.ts';
import { watermark } from './watermark.ts';

const parameters = {
  crossover: {
    type: 'number',
    default: 0.8,
    min: 0,
    max: 1,
    doc: 'share of decoded tokens above which batches are exclusive (0.8: H200, by the paper)',
  },
  windowTokens: {
    type: 'integer',
    default: 65536,
    min: 1,
    unit: 'tokens',
    doc: 'tokens over which the share is measured',
  },
  ...thresholdParameters,
  maxBatchedTokens,
  maxSequences,
  watermark,
} as const;

interface Options extends Threshold, PrefillLimits {
  readonly crossover: number;
  readonly windowTokens: number;
  readonly maxSequences: number;
}

class ExclusiveBatchingPlus implements Scheduler {
  readonly #options: Options;
  readonly #phases: ExclusivePhases;
  readonly #rounds = new RoundsPassed();
  #promptTokens = 0;
  #decodedTokens = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#phases = new ExclusivePhases(options, options);
  }

  plan(view: InstanceView, out: Plan): void {
    this.#decodedTokens += this.#rounds.since(view) * this.#rounds.batch;
    this.#decide(view, out);
    this.#rounds.mark(view);
  }

  #decide(view: InstanceView, out: Plan): void {
    const { maxBatchedTokens, maxSequences } = this.#options;
    const preempted = preemptForGrowth(view, out);
    if (preempted) out.hold({ rounds: 1 });
    let idle = preempted ? 0 : idleSlots(view, maxSequences);
    idle -= admitComputed(view, out, this.#options, idle);
    let tokens = 0;
    if (view.decoding >= maxBatchedTokens || this.#exclusive) {
      tokens = this.#finishPrompts(view, out, Number.POSITIVE_INFINITY);
      if (tokens === 0 && !preempted) {
        tokens = this.#phases.prefill(view, out, idle, slotCount(view, maxSequences));
      }
      if (tokens === 0) decodeRound(view, out);
    } else {
      this.#phases.end();
      tokens = this.#mix(view, out, idle);
      decodeRound(view, out);
    }
    if (tokens > 0) this.#count(tokens);
  }

  get #exclusive(): boolean {
    const all = this.#promptTokens + this.#decodedTokens;
    return this.#decodedTokens > this.#options.crossover * all;
  }

  /** Chunks of prompts beside the decodes, as many as the limit leaves room for. */
  #mix(view: InstanceView, out: Plan, idle: number): number {
    const room = this.#options.maxBatchedTokens - view.decoding;
    let tokens = this.#finishPrompts(view, out, room);
    for (let i = 0; i < idle && tokens < room && view.waiting > 0; i++) {
      const task = view.waitingTask(0);
      if (!fitsWithin(view, task, this.#options.watermark)) break;
      out.admit(task);
      const chunk = Math.min(view.tokensLeft(task), room - tokens);
      if (chunk > 0) out.work(task, chunk);
      tokens += chunk;
    }
    return tokens;
  }

  #finishPrompts(view: InstanceView, out: Plan, room: number): number {
    let tokens = 0;
    for (let i = 0; i < view.prefilling && tokens < room; i++) {
      const task = view.prefillingTask(i);
      const chunk = Math.min(view.tokensLeft(task), room - tokens);
      out.work(task, chunk);
      tokens += chunk;
    }
    return tokens;
  }

  #count(promptTokens: number): void {
    this.#promptTokens += promptTokens;
    while (this.#promptTokens + this.#decodedTokens > this.#options.windowTokens) {
      this.#promptTokens /= 2;
      this.#decodedTokens /= 2;
    }
  }
}

export const exclusiveBatchingPlus = definePolicy<Scheduler, typeof parameters>({
  kind: 'eb-plus',
  doc: 'EB(k) while decodes dominate the tokens, mixed batches otherwise (EB+)',
  source: '2606.00516 (abstract; the switch is an assumption)',
  parameters,
  create: (values) => new ExclusiveBatchingPlus(values),
});
