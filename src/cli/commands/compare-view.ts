import type { ResolvedSlo } from '../../experiment/slo.ts';
import { sloText } from '../../experiment/slo.ts';
import type {
  CellComparison,
  ExperimentComparison,
} from '../../experiment/statistics/compare-experiment.ts';
import type { MetricComparison, RunComparison } from '../../experiment/statistics/compare-runs.ts';
import type { Estimate, Interval } from '../../experiment/statistics/interval.ts';
import type { Metric } from '../../experiment/statistics/metrics.ts';
import type { Run } from '../../report/runs.ts';
import { formatCount, formatMs, formatShare } from '../../units/format.ts';
import { bold, dim, print, printTable } from '../terminal.ts';

/** What the table of an experiment shows; --json gives all metrics. */
export const shownMetrics = [
  'ttft_p50_ms',
  'ttft_p99_ms',
  'tpot_p99_ms',
  'e2e_p50_ms',
  'requests_per_s',
  'goodput_per_s',
];

const right = (title: string) => ({ title, align: 'right' as const });

/** The first run beside each other one: values, and what the difference is. */
export function printRunComparisons(
  runs: readonly Run[],
  compared: readonly RunComparison[],
  slo: ResolvedSlo | undefined,
): void {
  const first = runs[0] as Run;
  for (const [i, comparison] of compared.entries()) {
    const run = runs[i + 1] as Run;
    if (i > 0) print();
    print(`${bold('A')} ${first.run}  ${first.label}, ${first.trace}, ${first.gpus} ${first.gpu}`);
    print(`${bold('B')} ${run.run}  ${run.label}, ${run.trace}, ${run.gpus} ${run.gpu}`);
    if (slo) print(`SLO ${sloText(slo)}`);
    print();
    const level = levelOf(comparison.metrics);
    printTable(
      [
        { title: '' },
        right('A'),
        right('B'),
        right('B - A'),
        right(level),
        right('B / A'),
        right(level),
      ],
      comparison.metrics.map(({ metric, baseline, value, difference, ratio }) => [
        metric.title,
        figure(metric, baseline),
        figure(metric, value),
        difference ? signed(metric, difference.value) : '-',
        range(difference?.interval, (x) => signed(metric, x)),
        ratio ? `${ratio.value.toFixed(3)}x` : '-',
        range(ratio?.interval, (x) => x.toFixed(3)),
      ]),
      { bold: (row, column) => column === 3 && isApart(comparison.metrics[row]?.difference) },
    );
    print();
    for (const line of remarks(comparison, [first, run])) print(line);
  }
  print();
  print(`Next: reprise report --only ${runs.map(({ run }) => run).join(' ')}`);
}

function remarks({ equalGpus, ...c }: RunComparison, [a, b]: readonly [Run, Run]): string[] {
  const lines: string[] = [];
  if (!equalGpus) {
    lines.push(
      `Unequal GPUs: ${a.gpus} ${a.gpu} and ${b.gpus} ${b.gpu}; a gain is not one at equal cost.`,
    );
  }
  if (!c.sameTrace) {
    lines.push(`Different traces: nothing is paired, and a difference has no interval.`);
  } else if (c.units === null) {
    lines.push('No requests table in one of the runs: figures of whole runs, without interval.');
  } else {
    const resamples = c.metrics.find(({ difference }) => difference?.interval)?.difference;
    const draws = resamples?.interval?.draws;
    lines.push(
      `Intervals: workload; ${c.paired} requests in both, ${c.units} resampled in blocks` +
        (draws === undefined ? '.' : `, ${draws} draws.`),
      'ITL, throughput and GPU seconds are figures of a whole run: no interval from one run.',
    );
    if (c.unpaired > 0) {
      lines.push(`${c.unpaired} requests are in one run alone: compared over those in both.`);
    }
  }
  if (a.rateFactor !== b.rateFactor || a.arrivalMode !== b.arrivalMode) {
    const of = (run: Run) => `${run.arrivalMode} at ${run.rateFactor}x`;
    lines.push(`Arrivals differ: A ${of(a)}, B ${of(b)}.`);
  }
  if (a.oracles !== b.oracles) lines.push(`Oracles: A ${a.oracles}, B ${b.oracles}.`);
  return lines.map((line) => dim(line));
}

/** One row per cell and baseline: ratios to the baseline. */
export function printExperimentComparison(
  { experiment, comparisons, slo, missing }: ExperimentComparison,
  file: string,
): void {
  print(`${bold(experiment)}: ratio to the baseline${slo ? `; SLO ${sloText(slo)}` : ''}`);
  const roles = new Map<string, CellComparison[]>();
  for (const one of comparisons) {
    const title = `${one.baseline} baseline ${one.baselineCell}`;
    roles.set(title, [...(roles.get(title) ?? []), one]);
  }
  for (const [title, rows] of roles) {
    print();
    print(bold(title));
    const shown = rows[0]?.metrics.map(({ metric }) => metric.title) ?? [];
    const repeated = rows.some(({ pairs }) => pairs.length > 1);
    printTable(
      [
        { title: 'cell' },
        ...shown.map(right),
        ...(repeated ? [right('seeds')] : []),
        { title: '' },
      ],
      rows.map(({ cell, metrics, pairs, ...row }) => [
        cell.replaceAll(/[^,=]+=/g, '').replaceAll(',', ', '),
        ...metrics.map(({ ratio }) => ratioText(ratio)),
        ...(repeated ? [String(pairs.length)] : []),
        [
          ...(row.equalGpus ? [] : ['unequal GPUs']),
          ...(row.seedsAlike ? ['seeds alike'] : []),
          ...(row.oracles === 'none' ? [] : [`oracle: ${row.oracles}`]),
        ].join(', '),
      ]),
    );
  }
  print();
  const sources = new Set(
    comparisons.flatMap(({ metrics }) =>
      metrics.flatMap(({ ratio }) => (ratio?.interval ? [ratio.interval.source] : [])),
    ),
  );
  const level = levelOf(comparisons.flatMap(({ metrics }) => metrics));
  if (sources.size > 0) print(dim(`[${level}]: ${[...sources].join(', ')}.`));
  if (comparisons.some(({ seedsAlike }) => seedsAlike)) {
    print(
      dim('seeds alike: all its seeds gave the same figures; the interval is that of one run.'),
    );
  }
  if (comparisons.length === 0) print('No cell and baseline are both there.');
  if (missing.length > 0) {
    print(`${missing.length} runs are missing: reprise run ${file}`);
  }
}

function ratioText(ratio: Estimate | null): string {
  if (ratio === null) return '-';
  const { low, high } = ratio.interval ?? {};
  const range = low === undefined ? '' : ` [${low.toFixed(2)}, ${high?.toFixed(2)}]`;
  return `${ratio.value.toFixed(2)}${range}`;
}

function levelOf(metrics: readonly MetricComparison[]): string {
  const level = metrics.find(({ ratio }) => ratio?.interval)?.ratio?.interval?.level;
  return level === undefined ? '' : `${Math.round(100 * level)} % interval`;
}

/** Whether an interval leaves out 0. */
function isApart(difference: Estimate | null | undefined): boolean {
  const interval = difference?.interval;
  return interval !== null && interval !== undefined && (interval.low > 0 || interval.high < 0);
}

function figure({ unit }: Metric, value: number | null): string {
  if (value === null) return '-';
  if (unit === 'ms') return formatMs(value);
  if (unit === 'share') return formatShare(value);
  return formatCount(Number(value.toPrecision(4)));
}

/** A difference; of shares in percentage points. */
function signed(metric: Metric, value: number): string {
  const size = metric.unit === 'share' ? `${(100 * value).toFixed(1)} pt` : figure(metric, value);
  return `${value > 0 ? '+' : ''}${size}`;
}

function range(interval: Interval | null | undefined, text: (value: number) => string): string {
  return interval ? `${text(interval.low)} to ${text(interval.high)}` : '-';
}
