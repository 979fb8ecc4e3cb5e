/**
 * Memory-aware and SLA-constrained dynamic batch size, on top of prefill-first.
 * Source: 2503.05248 (Memory-aware and SLA-constrained Dynamic Batching for LLM Inference);
 * first rule from KevinLee1110/dynamic-batching, README; the search of the second as recalled.
 *
 * (1) Memory: while requests wait and others run, at most
 * floor(blocks of the instance · factor / (blocks in use / running)) requests run, never fewer
 * than do, kept between `low` and `high`.
 * (2) SLA (`slaMs` above 0): a second limit in the middle of an interval of batch sizes, which
 * moves with the decode latency observed: above slaMs + toleranceMs the batch size that ran becomes
 * its upper end and the lower end falls by `step`; below slaMs − toleranceMs that size becomes the
 * lower end and the upper one rises by `step`; in between, the interval closes around that size.
 * The smaller limit holds. An observation is the mean round of a stretch of rounds of the same
 * batch while requests wait; it ends when the batch changes, or after `interval` rounds.
 *
 * Deviations: a prompt computed elsewhere counts like any other; overflow is computed again.
 * On client slots their number is a further limit; a watermark is kept as in vLLM. Units: blocks, requests, ms, rounds.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';
import { InputError } from '../../units/input-error.ts';
import { decodeRound } from './batching.ts';
import { idleSlots } from './idle-slots.ts';
import { maxBatchedTokens } from './max-batched-tokens.ts';
import { maxSequences } from './max-sequences.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { admitComputed, type PrefillLimits, prefillStep } from './prefill-step.ts';
import { RoundsPassed } from './rounds-passed.ts';
import { watermark } from './watermark.ts';

const parameters = {
  factor: {
    type: 'number',
    default: 0.95,
    min: 0.01,
    max: 1,
    doc: 'share of the KV memory that the batch may be expected to fill',
  },
  low: { type: 'integer', default: 1, min: 1, unit: 'requests', doc: 'smallest batch limit' },
  high: { type: 'integer', default: 256, min: 1, unit: 'requests', doc: 'largest batch limit' },
  slaMs: { type: 'number', default: 0, min: 0, unit: 'ms', doc: 'decode latency kept; 0: none' },
  toleranceMs: {
    type: 'number',
    default: 1,
    min: 0,
    unit: 'ms',
    doc: 'distance from slaMs at which the batch size moves',
  },
  step: {
    type: 'integer',
    default: 8,
    min: 1,
    unit: 'requests',
    doc: 'by how much the interval of batch sizes opens, and its smallest width',
  },
  interval: {
    type: 'integer',
    default: 32,
    min: 1,
    unit: 'rounds',
    doc: 'rounds of one observation at most',
  },
  maxBatchedTokens,
  maxSequences,
  watermark,
} as const;

interface Options extends PrefillLimits {
  readonly factor: number;
  readonly low: number;
  readonly high: number;
  readonly slaMs: number;
  readonly toleranceMs: number;
  readonly step: number;
  readonly interval: number;
  readonly maxSequences: number;
}

/** Rule 1. `used` blocks are held by `running` requests. */
export function memoryLimit(
  totalBlocks: number,
  used: number,
  running: number,
  { factor, low, high }: Pick<Options, 'factor' | 'low' | 'high'>,
): number {
  if (running === 0 || used <= 0) return high;
  const limit = Math.floor((totalBlocks * factor) / (used / running));
  return Math.min(high, Math.max(low, limit, running));
}

/** Rule 2: a search for the batch size at which a decode round lasts as long as it may. */
export class LatencySearch {
  readonly #options: Pick<Options, 'low' | 'high' | 'slaMs' | 'toleranceMs' | 'step'>;
  #lower: number;
  #upper: number;

  constructor(options: Pick<Options, 'low' | 'high' | 'slaMs' | 'toleranceMs' | 'step'>) {
    this.#options = options;
    this.#lower = options.low;
    this.#upper = options.high;
  }

  get limit(): number {
    return Math.floor((this.#lower + this.#upper) / 2);
  }

  observe(roundMs: number, batch: number): void {
    const { low, high, slaMs, toleranceMs, step } = this.#options;
    if (roundMs > slaMs + toleranceMs) {
      this.#upper = Math.max(batch, this.#lower + step);
      this.#lower = Math.max(low, this.#lower - step);
    } else if (roundMs < slaMs - toleranceMs) {
      this.#lower = Math.min(batch, this.#upper - step);
      this.#upper = Math.min(high, this.#upper + step);
    } else {
      this.#upper = batch + step / 2;
      this.#lower = batch - step / 2;
    }
    this.#lower = Math.max(low, Math.min(this.#lower, high));
    this.#upper = Math.max(low, Math.min(this.#upper, high));
  }
}

class DynamicBatch implements Scheduler {
  readonly #options: Options;
  readonly #search: LatencySearch;
  readonly #rounds = new RoundsPassed();
  /** Start of the observation, NaN if none is open; its rounds and its batch. */
  #sinceMs = Number.NaN;
  #observed = 0;
  #batch = 0;

  constructor(options: Options) {
    if (options.low > options.high) {
      const rule = `at most high, ${options.high}`;
      throw new InputError(`invalid value ${options.low}`, { where: 'scheduler.low', rule });
    }
    this.#options = options;
    this.#search = new LatencySearch(options);
  }

  plan(view: InstanceView, out: Plan): void {
    if (!Number.isFinite(view.capacityBlocks)) {
      throw new InputError('dynamic-batch limits the batch by KV memory', {
        where: 'groups.N.memory',
        rule: 'an instance with a finite KV memory',
      });
    }
    this.#observe(view);
    const rounds = this.#decide(view, out);
    if (!rounds || view.waiting === 0 || view.decoding === 0 || this.#options.slaMs === 0) {
      this.#sinceMs = Number.NaN;
    } else {
      if (Number.isNaN(this.#sinceMs)) this.#open(view);
      out.hold({ rounds: this.#options.interval - this.#observed });
    }
    this.#rounds.mark(view);
  }

  #open(view: InstanceView): void {
    this.#sinceMs = view.nowMs;
    this.#observed = 0;
    this.#batch = view.decoding;
  }

  /** Takes note of the rounds that have passed; ends an observation that is due. */
  #observe(view: InstanceView): void {
    const rounds = this.#rounds.since(view);
    if (Number.isNaN(this.#sinceMs)) return;
    this.#observed += rounds;
    const due = this.#observed >= this.#options.interval || view.decoding !== this.#batch;
    if (!due && view.waiting > 0) return;
    if (this.#observed > 0) {
      this.#search.observe((view.nowMs - this.#sinceMs) / this.#observed, this.#batch);
    }
    this.#sinceMs = Number.NaN;
  }

  /** Returns whether nothing but a run of rounds is planned. */
  #decide(view: InstanceView, out: Plan): boolean {
    const { maxSequences } = this.#options;
    if (preemptForGrowth(view, out)) {
      out.hold({ rounds: 1 });
      if (view.decoding > 0) out.decodes();
      return false;
    }
    const running = view.decoding + view.prefilling;
    const limit = Math.min(idleSlots(view, maxSequences), this.#limit(view) - running);
    const joined = admitComputed(view, out, this.#options, limit);
    const tokens = prefillStep(view, out, this.#options, limit - joined);
    if (tokens > 0) return false;
    if (joined > 0) out.hold({ rounds: 1 });
    return !decodeRound(view, out) && joined === 0;
  }

  #limit(view: InstanceView): number {
    const used = view.capacityBlocks - view.freeBlocks;
    const running = view.decoding + view.prefilling;
    const byMemory = memoryLimit(view.capacityBlocks, used, running, this.#options);
    if (this.#options.slaMs === 0) return byMemory;
    return Math.max(1, Math.min(byMemory, this.#search.limit));
  }
}

export const dynamicBatch = definePolicy<Scheduler, typeof parameters>({
  kind: 'dynamic-batch',
  doc: 'prefill-first with a batch limit from memory in use and from observed decode latency',
  source: '2503.05248; KevinLee1110/dynamic-batching README (search recalled)',
  parameters,
  create: (values) => new DynamicBatch(values),
});
