import type { RunRows } from './run-rows.ts';
import { type Statistic, weightedMean, weightedQuantile, weightedShare } from './weighted.ts';

/** A figure that runs are compared by. */
export interface Metric {
  /** As the column of `runs` or `attainment(…)` that holds it. */
  readonly name: string;
  readonly title: string;
  readonly unit: 'ms' | '1/s' | 's' | 'share';
  readonly better: 'less' | 'more';
  /** How the requests give it; a figure of the whole run alone has no interval from one run. */
  readonly statistic?: (rows: RunRows) => Statistic;
  /** Defined only against SLOs. */
  readonly needsSlo?: boolean;
}

type Latency = 'ttftMs' | 'tpotMs' | 'e2eMs';

function latencies(prefix: string, title: string, column: Latency): Metric[] {
  const common = { unit: 'ms', better: 'less' } as const;
  const quantiles = [50, 90, 99].map((p) => ({
    name: `${prefix}_p${p}_ms`,
    title: `${title} p${p}`,
    ...common,
    statistic: (rows: RunRows) => weightedQuantile(rows[column], p / 100),
  }));
  const mean = {
    name: `${prefix}_mean_ms`,
    title: `${title} mean`,
    ...common,
    statistic: (rows: RunRows) => weightedMean(rows[column]),
  };
  return [mean, ...quantiles];
}

function attained(rows: RunRows): Statistic {
  return weightedShare(rows.met, new Uint8Array(rows.met.length).fill(1));
}

const whole = (name: string, title: string, parts: Pick<Metric, 'unit' | 'better'>): Metric => ({
  name,
  title,
  ...parts,
});
const lessMs = { unit: 'ms', better: 'less' } as const;
const morePerS = { unit: '1/s', better: 'more' } as const;
const lessS = { unit: 's', better: 'less' } as const;

export const metrics: readonly Metric[] = [
  ...latencies('ttft', 'TTFT', 'ttftMs'),
  ...latencies('tpot', 'TPOT', 'tpotMs'),
  whole('itl_p50_ms', 'ITL p50', lessMs),
  whole('itl_p90_ms', 'ITL p90', lessMs),
  whole('itl_p99_ms', 'ITL p99', lessMs),
  ...latencies('e2e', 'end to end', 'e2eMs'),
  whole('requests_per_s', 'requests/s', morePerS),
  whole('tokens_per_s', 'output tokens/s', morePerS),
  {
    name: 'attainment',
    title: 'attainment',
    unit: 'share',
    better: 'more',
    needsSlo: true,
    statistic: attained,
  },
  {
    name: 'goodput_per_s',
    title: 'goodput/s',
    ...morePerS,
    needsSlo: true,
    // The span is held: what is resampled is which requests meet their SLOs.
    statistic: (rows) => {
      const share = attained(rows);
      return (weights) => (share(weights) * rows.met.length) / rows.spanS;
    },
  },
  whole('gpu_s_allocated', 'GPU seconds', lessS),
  whole('gpu_s_busy', 'GPU seconds busy', lessS),
];
