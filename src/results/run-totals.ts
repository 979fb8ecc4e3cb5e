import type { ServingOutcome } from '../replay/serving/engine.ts';
import { type TaskColumns, taskStatus } from '../replay/serving/task-columns.ts';
import type { Workload } from '../replay/serving/workload.ts';
import { type Summary, summarise } from '../units/quantile.ts';
import { summariseGaps } from './gap-histogram.ts';
import type { Gaps } from './gaps.ts';

/** Counts and sums of a run, named as the columns of `runs`. */
export interface RunTotals {
  readonly requests: number;
  readonly finished: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly unfinished: number;
  readonly simulated_s: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens: number;
  readonly preemptions: number;
  readonly steps: number;
  readonly causality_violations: number;
}

export function totalsOf(workload: Workload, outcome: ServingOutcome): RunTotals {
  const { tasks } = outcome;
  const counts = { finished: 0, rejected: 0, cancelled: 0, unfinished: 0 };
  const names = Object.keys(counts) as (keyof typeof counts)[];
  let lastMs = 0;
  for (let task = 0; task < workload.count; task++) {
    const status = tasks.status[task] as number;
    counts[names[status - taskStatus.finished] as keyof typeof counts]++;
    if (status === taskStatus.finished) lastMs = Math.max(lastMs, tasks.endMs[task] as number);
  }
  return {
    requests: workload.count,
    ...counts,
    simulated_s: lastMs / 1000,
    input_tokens: sum(workload.inputTokens),
    output_tokens: sum(tasks.generated),
    cached_tokens: sum(tasks.cachedTokens),
    preemptions: outcome.preemptions,
    steps: outcome.steps,
    causality_violations: outcome.causalityViolations,
  };
}

/** Latencies and throughput of a run, over its finished requests; milliseconds. */
export interface LatencySummaries {
  readonly ttft_ms: Summary;
  readonly tpot_ms: Summary;
  readonly itl_ms: Summary;
  readonly e2e_ms: Summary;
  readonly queue_ms: Summary;
  readonly throughput: { requests_per_s: number | null; output_tokens_per_s: number | null };
}

export function latenciesOf(workload: Workload, tasks: TaskColumns, gaps: Gaps): LatencySummaries {
  const { arrivalMs, admittedMs, firstTokenMs, endMs, generated } = tasks;
  const values = () => new Float64Array(workload.count);
  const [ttft, tpot, e2e, queue] = [values(), values(), values(), values()];
  let finished = 0;
  let several = 0;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = 0;
  let tokens = 0;
  for (let task = 0; task < workload.count; task++) {
    const arrival = arrivalMs[task] as number;
    firstMs = Math.min(firstMs, arrival);
    if (tasks.status[task] !== taskStatus.finished) continue;
    const end = endMs[task] as number;
    const first = firstTokenMs[task] as number;
    const output = generated[task] as number;
    lastMs = Math.max(lastMs, end);
    tokens += output;
    ttft[finished] = first - arrival;
    e2e[finished] = end - arrival;
    queue[finished++] = (admittedMs[task] as number) - arrival;
    if (output > 1) tpot[several++] = (end - first) / (output - 1);
  }
  const spanS = (lastMs - firstMs) / 1000;
  const rate = (n: number) => (finished > 0 && spanS > 0 ? n / spanS : null);
  return {
    ttft_ms: summarise(ttft.subarray(0, finished)),
    tpot_ms: summarise(tpot.subarray(0, several)),
    itl_ms: summariseGaps(gaps.histogram),
    e2e_ms: summarise(e2e.subarray(0, finished)),
    queue_ms: summarise(queue.subarray(0, finished)),
    throughput: { requests_per_s: rate(finished), output_tokens_per_s: rate(tokens) },
  };
}

/** The latencies as columns of `runs`. */
export function latencyColumns({
  throughput,
  ...latencies
}: LatencySummaries): Record<string, number | null> {
  const columns: Record<string, number | null> = {};
  for (const [metric, summary] of Object.entries(latencies)) {
    for (const [statistic, value] of Object.entries(summary as Summary)) {
      columns[`${metric.replace('_ms', '')}_${statistic}_ms`] = value;
    }
  }
  return {
    ...columns,
    requests_per_s: throughput.requests_per_s,
    tokens_per_s: throughput.output_tokens_per_s,
  };
}

function sum(column: Int32Array): number {
  let total = 0;
  for (let i = 0; i < column.length; i++) total += column[i] as number;
  return total;
}
