import type { Cell, Labels, ScenarioBase, ScenarioPatch } from 'reprise';
import { backlog, type Profile, profile } from './profile.ts';

/** How slots get their requests, and when prefill stages start. */
export interface Policy {
  /** Lists assigned offline by this method; left out: one queue. */
  readonly lists?: 'round-robin' | 'lpt' | 'lpt-local-search';
  readonly steal?: 'none' | 'shortest' | 'longest';
  /** Order of the queue. */
  readonly order?: string;
  readonly rule?: 'prefill-first' | 'fixed-part' | 'full-cost' | 'exact';
  /** Error of the predicted lengths; 0: the true ones; left out: none. */
  readonly sigma?: number;
  readonly reoptimiseMs?: number;
  /** KV that a request must find free: of its prompt, or of its whole sequence (an oracle). */
  readonly reserve?: string;
}

export const fcfs: Policy = { order: 'fcfs' };
/** Lists by LPT on predicted lengths, stealing the shortest, the fixed part of a stage priced. */
export const hybrid = (sigma: number): Policy => ({ lists: 'lpt', rule: 'fixed-part', sigma });
/** The online part alone: a queue, longest predicted first. */
export const online = (sigma: number): Policy => ({ order: 'longest-predicted', sigma });
/** The offline part alone: lists, nothing stolen. */
export const offline = (sigma: number): Policy => ({ lists: 'lpt', steal: 'none', sigma });
/** True lengths, lists levelled until no slot has more than its share: as good as the bound. */
export const levelled: Policy = { lists: 'lpt-local-search', steal: 'none', sigma: 0 };

/** Mean prompt: what the full-cost rule counts for each idle slot. */
const meanPromptTokens = backlog.promptTokens / backlog.requests;

/** Scheduler, order and predictor of a group, with the prices that its rule reckons with. */
export function policyOf(policy: Policy, prices: Profile) {
  const { lists, steal = 'shortest', order = 'fcfs', rule = 'prefill-first', sigma } = policy;
  const priced = { rule, ...prices, meanPromptTokens, reserve: policy.reserve ?? 'prompt' };
  const assigned = {
    method: lists,
    weigh: lists === 'round-robin' ? 'equal' : 'predicted-output',
    steal,
    reoptimiseMs: policy.reoptimiseMs ?? 0,
  };
  return {
    scheduler:
      lists === undefined
        ? { kind: 'slots-queue', ...priced }
        : { kind: 'hybrid', ...priced, ...assigned },
    order: { kind: order },
    lengths: lengthsOf(sigma),
  };
}

function lengthsOf(sigma: number | undefined) {
  if (sigma === undefined) return { kind: 'none' };
  return sigma === 0 ? { kind: 'oracle' } : { kind: 'log-normal', sigma };
}

export const node = { model: 'llama-65b', gpu: 'a100-80gb', tp: 8 } as const;

export interface SystemOptions {
  /** Fixed part of a prefill stage in the calibrated profile, ms. */
  readonly p0?: number;
  /** Price of a prompt token in it, ms. */
  readonly p1?: number;
  readonly slots?: number;
  /** KV memory, tokens. */
  readonly kvTokens?: number;
}

/** Client slots on the calibrated profile. */
export function system(
  policy: Policy,
  { p0 = 0, p1, slots = backlog.slots, kvTokens = 1_000_000 }: SystemOptions = {},
  patch: ScenarioPatch = {},
): ScenarioBase {
  const law = profile(p0, p1);
  return {
    trace: 'gsm8k',
    arrivals: { coalesce: true },
    firstToken: 'decode',
    clock: { kind: 'affine', ...law },
    groups: [
      { ...node, slots, kv: { capacityTokens: kvTokens, blockSize: 1 }, ...policyOf(policy, law) },
    ],
    ...patch,
  };
}

/** The same on the analytic clock of 8 A100-80GB, whose memory is the limit as well. */
export function onA100(policy: Policy, prices: Profile): ScenarioBase {
  const { clock: _, ...rest } = system(policy);
  return {
    ...rest,
    groups: [{ ...node, slots: backlog.slots, ...policyOf(policy, prices) }],
  };
}

/** Seeds of predictions, 1 … n. */
export function seedsTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/**
 * Cells for each prediction seed. One without prediction errors is the same run under every seed,
 * so that each seed of the others has its pair.
 */
export function* seeded(labels: Labels, scenario: ScenarioBase, count = 20): Generator<Cell> {
  const isNoisy = JSON.stringify(scenario).includes('log-normal');
  for (const seed of seedsTo(count)) {
    const one = isNoisy ? { ...scenario, seeds: { policy: seed } } : scenario;
    yield { labels: { ...labels, seed }, scenario: one };
  }
}

/** Runs beside the labels of their cells; the columns that claims and charts read. */
export const results = `
  SELECT cells.*, simulated_s, util_round, util_decode_time, util_occupied_time, decode_rounds,
    prefill_steps, idle_slot_rounds, input_tokens, output_tokens, e2e_mean_ms, e2e_p99_ms,
    ttft_mean_ms, ttft_p99_ms, preemptions
  FROM runs JOIN cells USING (run)`;

/** What the affine law of each run gives for its counts, ms. */
export const byLaw = `
  SELECT run, simulated_s, (law->>'roundMs')::DOUBLE * decode_rounds
    + (law->>'perSequenceMs')::DOUBLE * output_tokens
    + (law->>'prefillTokenMs')::DOUBLE * input_tokens
    + (law->>'prefillBatchMs')::DOUBLE * prefill_steps AS ms
  FROM (SELECT *, scenario::JSON->'clock' AS law FROM runs WHERE clock = 'affine')`;
