/**
 * Clusters under overload: Mooncake-[xP+yD] of `../systems.ts` at some multiple of the trace's
 * rate, with an admission policy and the service levels that it holds predictions against.
 */
import type { Cell, ScenarioInput } from 'reprise';
import { mooncake } from '../systems.ts';

/** TTFT SLO of the paper's scheduling and overload experiments, ms (arXiv 2407.00079v3, section 8). */
export const ttftSloMs = 30_000;

export const policies = ['two-gates', 'early', 'early-predicted'] as const;
/** And with lengths known: prediction for each request, the paper's future work. */
export const withOracle = [...policies, 'early-oracle'] as const;
export type Admission = (typeof withOracle)[number];

export interface Regime {
  readonly trace: 'conversation' | 'toolagent-like';
  readonly prefill: number;
  readonly decode: number;
  /** Multiple of the trace's rate. */
  readonly rate: number;
  readonly tbtMs: number;
}

/**
 * Named by what is scarce without admission. The paper gives neither its TBT SLO nor its
 * threshold; a threshold is a factor on both SLOs, so that the TBT SLO alone is varied.
 */
export const regimes = {
  'decode scarce': { trace: 'conversation', prefill: 8, decode: 8, rate: 2, tbtMs: 32 },
  'both scarce': { trace: 'conversation', prefill: 8, decode: 8, rate: 3, tbtMs: 34 },
  'prefill scarce': { trace: 'conversation', prefill: 8, decode: 8, rate: 4, tbtMs: 36 },
  'two decode nodes': { trace: 'conversation', prefill: 8, decode: 2, rate: 2, tbtMs: 60 },
  'tools, decode scarce': { trace: 'toolagent-like', prefill: 8, decode: 8, rate: 2, tbtMs: 32 },
  'tools, both scarce': { trace: 'toolagent-like', prefill: 8, decode: 8, rate: 3, tbtMs: 36 },
} as const satisfies Record<string, Regime>;

/** Ticks of 3 s are spread evenly, seeded: arrivals are what differs between seeds. */
export function overloaded(
  { trace, prefill, decode, rate, tbtMs }: Regime,
  kind: Admission,
  lengths: { kind: string; [parameter: string]: unknown } = { kind: 'oracle' },
): ScenarioInput {
  const admission = { kind, ttftSloMs, tbtSloMs: tbtMs };
  const { groups, ...rest } = mooncake({ version: 'v3', prefill, decode, admission });
  return {
    ...rest,
    trace,
    arrivals: { dequantise: true, rate: { factor: rate } },
    groups: groups.map((group, i) =>
      i === 1 && kind === 'early-oracle' ? { ...group, lengths } : group,
    ),
  };
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

/**
 * Rejections of each seed beside those of the same arrivals under the baseline, and the interval
 * of a mean over 5 seeds: 2.132 is Student's t for 90 % and 4 degrees of freedom.
 */
export const rejectionViews = {
  rejections: `
    SELECT regime, admission, seed, requests, rejected::DOUBLE AS rejected,
      first_value(rejected::DOUBLE) OVER (PARTITION BY regime, seed
        ORDER BY (admission <> 'two-gates')::INT) AS baseline
    FROM runs JOIN cells USING (run)`,
  changes: `
    SELECT regime, admission, avg(rejected) AS mean, avg(100 * rejected / requests) AS percent,
      avg(100 * (rejected / baseline - 1)) AS change,
      2.132 * stddev_samp(100 * (rejected / baseline - 1)) / sqrt(count(*)) AS half
    FROM rejections WHERE baseline > 0 GROUP BY ALL`,
};
export const seedInterval = 'workload, 5 seeds, 90 % (Student t)';
