import { formatMs, formatShare } from '../../units/format.ts';
import { varyingFactors } from '../factors.ts';
import {
  type Contrast,
  contrastSentence,
  contrastsOf,
  decapital,
  effectOf,
  findingOfBoth,
  latencyMetric,
  type Metric,
  sameWithin,
  strongest,
} from '../findings.ts';
import type { Group } from '../groups.ts';
import type { Run } from '../runs.ts';
import { counted, listed, sentence } from './section.ts';
import { figuresOf, type Study, systemText } from './study.ts';

/** Attainment that a load must keep to count as carried. */
export const askedAttainment = 0.9;

/** A trace's question and its answer, each one sentence. */
export interface Headline {
  readonly question: string;
  readonly answer: string;
}

/** The figures that sentences are made of. */
export function metricsOf(study: Study) {
  const of = (run: Run) => figuresOf(study, run);
  return {
    ttftP50: latencyMetric('median TTFT', (run) => of(run).ttftP50Ms),
    ttftP99: latencyMetric('p99 TTFT', (run) => of(run).ttftP99Ms),
    tpotP50: latencyMetric('median TPOT', (run) => of(run).tpotP50Ms),
    tpotP99: latencyMetric('p99 TPOT', (run) => of(run).tpotP99Ms),
    itlP99: latencyMetric('p99 gap between tokens', (run) => of(run).itlP99Ms),
    e2eMean: latencyMetric('mean end-to-end latency', (run) => of(run).e2eMeanMs),
    e2eP50: latencyMetric('median end-to-end latency', (run) => of(run).e2eP50Ms),
    e2eP99: latencyMetric('p99 end-to-end latency', (run) => of(run).e2eP99Ms),
    makespan: latencyMetric('makespan', (run) => {
      const { spanS } = of(run);
      return spanS === null ? null : spanS * 1000;
    }),
    attainment: {
      name: 'attainment',
      better: 'higher',
      format: formatShare,
      of: (run) => of(run).attainment,
    } satisfies Metric as Metric,
  };
}

export function headlineOf(study: Study, group: Group): Headline {
  if (group.kind === 'sweep') return sweepHeadline(study, group);
  const first = group.runs[0] as Run;
  const system = systemText(group.runs);
  const requests = counted(first.requests, 'request');
  const factors = varyingFactors(group.runs).map((factor) => factor.name);
  if (group.kind === 'backlog') {
    const what =
      factors.length > 0 ? `and what does ${listed(factors)} change` : 'and when its mean request';
    const { makespan, e2eMean } = metricsOf(study);
    return {
      question: `When is the backlog of ${requests} of ${group.trace} done on ${system}, ${what}?`,
      answer: both(group, makespan, e2eMean),
    };
  }
  if (group.runs.length === 1) {
    const { ttftP50Ms, ttftP99Ms, tpotP99Ms, attainment } = figuresOf(study, first);
    return {
      question: `How do ${requests} of ${group.trace} fare on ${system}?`,
      answer: `TTFT is ${formatMs(ttftP50Ms)} at the median and ${formatMs(ttftP99Ms)} at p99, p99 TPOT ${formatMs(tpotP99Ms)}; ${formatShare(attainment)} of requests meet the objective (single run, no interval).`,
    };
  }
  const verb = factors.length > 1 ? 'do' : 'does';
  return {
    question: `What ${verb} ${listed(factors)} change for ${requests} of ${group.trace} on ${system}?`,
    answer: comparisonAnswer(study, group),
  };
}

function both(group: Group, first: Metric, second: Metric): string {
  const finding = findingOfBoth(group.runs, first, second, group.labels);
  return sentence(`${finding} ${interval(group)}`);
}

function interval(group: Group): string {
  return group.runs.length > 1 ? '(single run each, no interval)' : '(single run, no interval)';
}

/** Each factor's largest effect on a latency tail, and what it costs elsewhere. */
function comparisonAnswer(study: Study, group: Group): string {
  const { ttftP50, ttftP99, tpotP50, tpotP99 } = metricsOf(study);
  const metrics = [ttftP99, tpotP99, ttftP50, tpotP50];
  const contrasts = contrastsOf(group.runs);
  const factors = [...new Set(contrasts.map((contrast) => contrast.factor))];
  const clauses = factors.slice(0, 2).map((factor) => {
    const own = contrasts.filter((contrast) => contrast.factor === factor);
    return clauseOf(own, metrics);
  });
  const told = clauses.filter((clause) => clause !== '');
  if (told.length === 0) return both(group, ttftP99, tpotP99);
  return sentence(`${joined(told)} ${interval(group)}`);
}

function clauseOf(contrasts: readonly Contrast[], metrics: readonly Metric[]): string {
  const tops = metrics.flatMap((metric) => {
    const contrast = strongest(contrasts, metric);
    return contrast === undefined
      ? []
      : [{ metric, contrast, effect: effectOf(contrast, metric) ?? 0 }];
  });
  const [best] = tops.sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
  if (best === undefined) return '';
  const price = metrics
    .map((metric) => ({ metric, effect: effectOf(best.contrast, metric) ?? 0 }))
    .filter(({ effect }) => effect * best.effect < 0 && Math.abs(effect) > sameWithin)
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))[0];
  return contrastSentence(
    best.contrast,
    best.metric,
    ...(price === undefined ? [] : [price.metric]),
  );
}

function joined(clauses: readonly string[]): string {
  return clauses.map((clause, i) => (i === 0 ? clause : decapital(clause))).join('; ');
}

/** Requests per second that a run was offered. */
export function offeredPerS(study: Study, run: Run): number | null {
  const { requests, arrivalSpanMs } = figuresOf(study, run);
  return arrivalSpanMs > 0 ? requests / (arrivalSpanMs / 1000) : null;
}

/** The last load of a system, going up, before attainment first falls below what is asked. */
export function lastCarried(study: Study, runs: readonly Run[]): Run | undefined {
  let carried: Run | undefined;
  for (const run of runs) {
    if ((figuresOf(study, run).attainment ?? 0) < askedAttainment) break;
    carried = run;
  }
  return carried;
}

function sweepHeadline(study: Study, group: Group): Headline {
  const { ttftMs, tpotMs } = study.slo;
  const objective = `TTFT ${formatMs(ttftMs)} and TPOT ${formatMs(tpotMs)}`;
  const best = group.series
    .map((series) => ({ series, carried: lastCarried(study, series.runs) }))
    .sort((a, b) => (b.carried?.rateFactor ?? 0) - (a.carried?.rateFactor ?? 0))[0];
  const { runs } = best?.series ?? { runs: group.runs };
  const question = `What load of ${group.trace} do ${systemText(group.runs)} carry before requests miss ${objective}?`;
  const at = (run: Run) =>
    `${offeredPerS(study, run)?.toFixed(1) ?? '?'} requests/s (${run.rateFactor}x)`;
  const share = (run: Run) => formatShare(figuresOf(study, run).attainment);
  const with_ = group.series.length > 1 && best ? `${best.series.label}: ` : '';
  const carried = best?.carried;
  const next = carried === undefined ? runs[0] : runs[runs.indexOf(carried) + 1];
  const answer =
    carried === undefined
      ? `less than the lowest load tried: at ${at(runs[0] as Run)}, ${share(runs[0] as Run)} of requests are in time`
      : next === undefined
        ? `at least ${at(carried)}, the highest load tried, where ${share(carried)} of requests are in time`
        : `${at(carried)} with ${share(carried)} of requests in time; at ${at(next)} only ${share(next)} are`;
  return {
    question,
    answer: sentence(`${with_}the system carries ${answer} (single run per load, no interval)`),
  };
}
