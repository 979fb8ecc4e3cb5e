/**
 * The systems of the two Mooncake papers as scenarios: nodes of 8 x A800-80GB, a dummy 70B model.
 * v3 is arXiv 2407.00079v3 (LLaMA2-70B), fast25 the FAST 2025 paper (LLaMA3-70B): two set-ups that
 * are never mixed. Two named clocks: `measured`, fitted to the latencies that FAST'25 printed in
 * figure 14, and `analytic`, the calibrated A100 model with the A800's slower NVLink.
 *
 * `measured` computes as in figure 14, but does not load as there: with `prefixLoad` off, what the
 * column of prompts with 95 % cached takes beyond computing (90 to 366 ms) is left to the load
 * model of the engine, which hides all but a layer of it. Such a step of 8k, 16k, 32k, 64k, 128k
 * tokens takes 51, 112, 262, 679, 1974 ms, and 141, 227, 411, 886, 2340 as published. That favours
 * whatever hits, and so Mooncake most. On, it would charge each chunk of a prompt for those before
 * it as for a cached prefix, whether anything was hit or not.
 */
import type { ScenarioInput } from 'reprise';

export type Version = 'v3' | 'fast25';
export type ClockName = 'measured' | 'analytic';

type Group = ScenarioInput['groups'][number];

const models = { v3: 'llama-2-70b', fast25: 'llama-3.1-70b' } as const;

export const clocks: Record<ClockName, Partial<ScenarioInput>> = {
  measured: { clock: { kind: 'measured-70b-8xa800' } },
  // The engines of both papers are of 2024.
  analytic: { clock: { kind: 'analytic' }, profile: 'vllm-early-2024' },
};

/** A node as the papers have it; rates as the scenario's defaults for 8 GPUs. */
function node(version: Version) {
  return { model: models[version], gpu: 'a800-80gb', tp: 8 };
}

/** DRAM of a node for KV: "3 M tokens, about 1 TB" (FAST'25, section 5.3); v3 does not say. */
export const nodeTokens = 3_000_000;

export interface MooncakeOptions {
  readonly version: Version;
  readonly prefill: number;
  readonly decode: number;
  readonly clock?: ClockName;
  readonly placement?: ScenarioInput['placement'];
  readonly admission?: ScenarioInput['admission'];
  readonly dramTokens?: number;
}

/** Mooncake-[xP+yD]. What the papers leave open stands in README.md. */
export function mooncake({
  version,
  prefill,
  decode,
  clock = 'measured',
  placement = { kind: 'kv-cache-centric' },
  admission = { kind: 'none' },
  dramTokens = nodeTokens,
}: MooncakeOptions): ScenarioInput {
  return {
    ...clocks[clock],
    placement,
    admission,
    groups: [
      {
        ...node(version),
        count: prefill,
        roles: ['prefill'],
        scheduler: { kind: 'prefill-pool' },
        store: { kind: 'pool', dramTokens },
      },
      { ...node(version), count: decode, roles: ['decode'], scheduler: { kind: 'decode-pool' } },
    ],
  };
}

/** The same pools without a store: disaggregation alone, as DistServe (OSDI 2024) has it. */
export function distserveLike(options: MooncakeOptions): ScenarioInput {
  const { groups, ...rest } = mooncake({ ...options, placement: { kind: 'least-loaded' } });
  const [prefill, decode] = groups as [Group, Group];
  return {
    ...rest,
    network: { streaming: 'serial' },
    groups: [{ ...prefill, store: { kind: 'none' } }, decode],
  };
}

/** vLLM-[nM]: coupled instances; v0.5.1 in FAST'25, prefix caching and chunked prefill apart. */
export function vllm({
  version,
  count,
  mode = 'plain',
  clock = 'measured',
  maxSequences,
  budget = 512,
}: {
  readonly version: Version;
  readonly count: number;
  readonly mode?: 'plain' | 'prefix' | 'chunked';
  readonly clock?: ClockName;
  /** Requests of an instance at once; the scheduler's default if left out. */
  readonly maxSequences?: number;
  /** Tokens of a step in mode `chunked`; neither paper says: 512, the default then (vllm-project/vllm 4580). */
  readonly budget?: number;
}): ScenarioInput {
  const scheduler = {
    ...(mode === 'chunked' ? { kind: 'chunked-prefill', budget } : { kind: 'prefill-first' }),
    ...(maxSequences === undefined ? {} : { maxSequences }),
  };
  return {
    ...clocks[clock],
    placement: { kind: 'least-loaded' },
    groups: [
      {
        ...node(version),
        count,
        scheduler,
        prefixCache: { kind: mode === 'prefix' ? 'lru' : 'off' },
      },
    ],
  };
}
