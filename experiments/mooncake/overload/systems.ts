/**
 * Clusters under overload: Mooncake-[xP+yD] of `../systems.ts` at a multiple of the trace's rate,
 * with an admission policy and the service levels that it holds predictions against.
 */
import type { Cell, ScenarioInput } from 'reprise';
import { mooncake } from '../systems.ts';

/** The TTFT SLO of the paper's overload experiments, ms (arXiv 2407.00079v3, section 8). */
export const ttftSloMs = 30_000;

export interface Regime {
  readonly workload: 'conversation' | 'toolagent-like';
  readonly prefill: number;
  readonly decode: number;
  /** Multiple of the trace's rate. */
  readonly rate: number;
  /** SLO on the time between tokens, ms. */
  readonly tbt: number;
  /** SLO on the time to the first token, s; the paper's 30 where left out. */
  readonly ttft?: number;
}

const nodes = { prefill: 8, decode: 8 } as const;
const chat = { workload: 'conversation', ...nodes } as const;
const tools = { workload: 'toolagent-like', ...nodes } as const;

/**
 * Named by what is scarce when everyone is taken in. The paper gives neither its TBT SLO nor its
 * threshold; a threshold is a factor on both SLOs, so that only the TBT SLO is varied.
 */
export const regimes = {
  decode: { ...chat, rate: 2, tbt: 32 },
  'decode-ttft-10': { ...chat, rate: 2, tbt: 32, ttft: 10 },
  both: { ...chat, rate: 3, tbt: 34 },
  'both-ttft-10': { ...chat, rate: 3, tbt: 34, ttft: 10 },
  prefill: { ...chat, rate: 4, tbt: 36 },
  'two-decode-nodes': { ...chat, decode: 2, rate: 2, tbt: 60 },
  'tools-decode': { ...tools, rate: 2, tbt: 32 },
  'tools-both': { ...tools, rate: 3, tbt: 36 },
} as const satisfies Record<string, Regime>;
export type RegimeName = keyof typeof regimes;

type Policy = Pick<ScenarioInput, 'admission'> & {
  readonly lengths?: { readonly kind: string; readonly sigma?: number };
};

/** Later arrivals repeated: ours, see `src/scheduling/admissions/landing-prediction.ts`. */
const later = { laterArrivals: 'repeated' } as const;

export const policies = {
  'two-gates': { admission: { kind: 'two-gates' } },
  early: { admission: { kind: 'early' } },
  predicted: { admission: { kind: 'early-predicted' } },
  'predicted-later': { admission: { kind: 'early-predicted', ...later } },
  'oracle-later': {
    admission: { kind: 'early-oracle', ...later },
    lengths: { kind: 'oracle' },
  },
} as const satisfies Record<string, Policy>;

/** Ticks of 3 s are spread evenly, seeded: of the arrivals, only that differs between seeds. */
export function overloaded(regime: Regime, { admission, lengths }: Policy): ScenarioInput {
  const { prefill, decode, tbt, rate, workload, ttft = ttftSloMs / 1000 } = regime;
  const limited = {
    ...admission,
    ttftSloMs: 1000 * ttft,
    tbtSloMs: tbt,
  } as ScenarioInput['admission'];
  const system = mooncake({ version: 'v3', prefill, decode, admission: limited });
  return {
    ...system,
    trace: workload,
    arrivals: { dequantise: true, rate: { factor: rate } },
    groups: system.groups.map((group) =>
      lengths !== undefined && group.roles?.includes('decode') ? { ...group, lengths } : group,
    ),
  };
}

/** What sets a regime apart, as labels. */
export function labelsOf({
  workload,
  prefill,
  decode,
  rate,
  tbt,
  ttft = ttftSloMs / 1000,
}: Regime) {
  return { workload, nodes: `${prefill}P${decode}D`, rate, tbt, ttft };
}

/** A cell for each of the first seeds. */
export function* seeded(
  labels: Cell['labels'],
  scenario: ScenarioInput,
  seeds = 5,
): Generator<Cell> {
  for (let seed = 1; seed <= seeds; seed++) {
    yield { labels: { ...labels, seed }, scenario: { ...scenario, seed } };
  }
}

/** Of a mean over 5 seeds; 2.132 is Student's t for 90 % and 4 degrees of freedom. */
export const halfWidth = (value: string) => `2.132 * stddev_samp(${value}) / sqrt(count(*))`;
export const seedInterval = 'workload, 5 seeds, 90 % (Student t)';
