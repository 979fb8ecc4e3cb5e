import a100 from './a100.json' with { type: 'json' };
import h100 from './h100.json' with { type: 'json' };
import h200 from './h200.json' with { type: 'json' };
import type { CheckRecord } from './record.ts';
import chunked512 from './serving-code-chunked512.json' with { type: 'json' };
import chunked2048 from './serving-code-chunked2048.json' with { type: 'json' };
import prefillFirst from './serving-code-prefill-first.json' with { type: 'json' };

const checks: Readonly<Record<RecordedGpu, CheckRecord>> = { a100, h100, h200 };

/**
 * What `reprise calibrate check` found on measurements of others, which are not ours to ship. A test
 * holds the figures against a fresh check where those measurements are at hand.
 */
export const recordedGpus = ['a100', 'h100', 'h200'] as const;

export type RecordedGpu = (typeof recordedGpus)[number];

/** The record of the GPUs whose names begin so. */
export function recordedCheck(gpu: RecordedGpu): CheckRecord {
  return checks[gpu];
}

/** Logs of a serving engine on one H200 that a replay was held against. */
export const recordedLogs = ['code-chunked2048', 'code-chunked512', 'code-prefill-first'] as const;

export type RecordedLog = (typeof recordedLogs)[number];

/** Percent; positive where the replay is longer. */
interface QuantileErrors {
  readonly p50: number | null;
  readonly p90: number | null;
}

/** What `reprise calibrate serving --json` printed, as far as it is shown. */
export interface RecordedServing {
  readonly system: { readonly rules: string; readonly model: string; readonly profile: string };
  readonly scheduling: {
    readonly steps_measured: number;
    readonly matching_share: number;
    readonly finish_within_1pct_share: number;
  };
  readonly step_time: { readonly median_ape: number; readonly bias: number };
  readonly ttft_error: QuantileErrors;
  readonly tpot_error: QuantileErrors;
  readonly per_request: {
    readonly requests: number;
    readonly ttft: number | null;
    readonly tpot: number | null;
    readonly finish: number | null;
  };
}

const logs: Readonly<Record<RecordedLog, RecordedServing>> = {
  'code-chunked2048': chunked2048,
  'code-chunked512': chunked512,
  'code-prefill-first': prefillFirst,
};

export function recordedServing(log: RecordedLog): RecordedServing {
  return logs[log];
}
