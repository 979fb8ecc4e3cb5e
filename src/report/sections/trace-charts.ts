import { formatMs } from '../../units/format.ts';
import type { Chart } from '../chart.ts';
import { attainmentChart, sloControls } from '../charts/attainment.ts';
import { distributionChart } from '../charts/distribution.ts';
import { gapHistogramChart, loadGapQuantiles } from '../charts/gap-histogram.ts';
import { loadLinesChart } from '../charts/load-lines.ts';
import { makespanChart } from '../charts/makespan.ts';
import { requestStagesChart } from '../charts/request-stages.ts';
import { timeStripsChart } from '../charts/time-strips.ts';
import { findingOf, findingOfBoth, latencyMetric, type Metric } from '../findings.ts';
import { type Group, runSeries, type Series } from '../groups.ts';
import { slug } from '../page/html.ts';
import type { Run } from '../runs.ts';
import { headlineOf, lastCarried, metricsOf, offeredPerS } from './headline.ts';
import { figuresOf, provenanceOf, type Study, scenariosId } from './study.ts';
import { attainmentTable } from './trace-tables.ts';

type Head = Pick<Chart, 'id' | 'title' | 'subtitle' | 'provenance' | 'scenarios'>;

/** Runs that the charts of single runs draw: of a sweep the lowest, the knee and the highest. */
export function drawnRuns(study: Study, group: Group): Run[] {
  if (group.kind !== 'sweep') return group.series.flatMap((series) => series.runs);
  const { runs } = group.series[0] as Series;
  const carried = lastCarried(study, runs);
  const after = carried === undefined ? undefined : runs[runs.indexOf(carried) + 1];
  return [...new Set([runs[0], carried, after, runs[runs.length - 1]])].filter(
    (run): run is Run => run !== undefined,
  );
}

/** Runs whose time axes can be shared: of a sweep the last load carried and the next one. */
function runsInTime(study: Study, group: Group): Run[] {
  const runs = drawnRuns(study, group);
  if (group.kind !== 'sweep') return runs;
  const carried = lastCarried(study, (group.series[0] as Series).runs);
  const from = carried === undefined ? 0 : runs.indexOf(carried);
  return runs.slice(from, from + 2);
}

/** The first chart of a trace: the one that answers its question. */
export async function leadChart(study: Study, group: Group): Promise<Chart> {
  if (group.kind === 'sweep') return sweepChart(study, group);
  if (group.kind === 'backlog') return backlogChart(study, group);
  const { ttftP99, tpotP99 } = metricsOf(study);
  const spread = (metric: Metric) => {
    const values = group.runs.map(metric.of).filter((value) => value !== null && value > 0);
    return values.length < 2
      ? 1
      : Math.max(...(values as number[])) / Math.min(...(values as number[]));
  };
  return latencyChart(study, group, spread(tpotP99) > spread(ttftP99) ? 'tpot' : 'ttft');
}

/** The charts after the first one, in the order in which a reader asks. */
export async function furtherCharts(study: Study, group: Group, lead: Chart): Promise<Chart[]> {
  const charts: Chart[] = [];
  if (group.kind === 'comparison') {
    const other = lead.id.endsWith('ttft') ? 'tpot' : 'ttft';
    charts.push(await latencyChart(study, group, other));
  }
  if (group.kind === 'backlog') charts.push(await latencyChart(study, group, 'e2e'));
  if (group.kind === 'backlog') charts.push(await latencyChart(study, group, 'tpot'));
  if (group.kind !== 'backlog') charts.push(await sloChart(study, group));
  charts.push(await stripsChart(study, group));
  charts.push(await stagesChart(study, group));
  charts.push(await gapsChart(study, group));
  return charts;
}

function head(
  group: Group,
  name: string,
  runs: readonly Run[],
  title: string,
  subtitle: string,
): Head {
  return {
    id: `${slug(group.trace)}-${name}`,
    title,
    subtitle,
    provenance: provenanceOf(runs),
    scenarios: `#${scenariosId(group)}`,
  };
}

const latencies = {
  ttft: { column: 'ttft_ms', axisTitle: 'time to first token (TTFT)', name: 'TTFT' },
  tpot: { column: 'tpot_ms', axisTitle: 'time per output token (TPOT)', name: 'TPOT' },
  e2e: { column: 'e2e_ms', axisTitle: 'end-to-end latency', name: 'end-to-end latency' },
} as const;

async function latencyChart(
  study: Study,
  group: Group,
  which: keyof typeof latencies,
): Promise<Chart> {
  const { column, axisTitle, name } = latencies[which];
  const metrics = metricsOf(study);
  const metric = { ttft: metrics.ttftP99, tpot: metrics.tpotP99, e2e: metrics.e2eP50 }[which];
  const runs = drawnRuns(study, group);
  const slo = { ttft: study.slo.ttftMs, tpot: study.slo.tpotMs, e2e: null }[which];
  const sloMs = group.kind === 'backlog' ? null : slo;
  const title = findingOf(runs, metric, group.labels);
  const objective =
    sloMs === null ? '' : `; dotted: ${name} objective with the share that attains it`;
  const of =
    which === 'tpot' ? 'Share of requests with two or more output tokens' : 'Share of all requests';
  const subtitle = `${of} whose ${name} is at most the value on the axis${objective}`;
  const series = runSeries(runs, group.labels);
  return distributionChart(
    study.session,
    series,
    { column, axisTitle, sloMs },
    head(group, which, runs, title, subtitle),
  );
}

async function sloChart(study: Study, group: Group): Promise<Chart> {
  const runs = drawnRuns(study, group);
  const { ttftMs, tpotMs } = study.slo;
  const title = findingOf(runs, metricsOf(study).attainment, group.labels);
  const subtitle = `Share of all requests that finish within TPOT ${formatMs(tpotMs)} and the TTFT on the axis; dotted: TTFT ${formatMs(ttftMs)}`;
  const parts = head(group, 'attainment', runs, title, subtitle);
  const extra = sloControls(parts.id, study.slo) + attainmentTable(study, group, runs);
  return attainmentChart(study.session, runSeries(runs, group.labels), study.slo, {
    ...parts,
    extra,
  });
}

async function stripsChart(study: Study, group: Group): Promise<Chart> {
  const runs = runsInTime(study, group);
  const chart = await timeStripsChart(
    study.session,
    runSeries(runs, group.labels),
    head(
      group,
      'load',
      runs,
      '',
      'Means over 120 slices of time, all instances together; the strips share the time axis',
    ),
    { arrivals: group.kind !== 'backlog' },
  );
  return { ...chart, title: peakFinding(chart, runs, group) };
}

/** The longest queue and the fullest KV cache, from the rows that are drawn. */
function peakFinding(chart: Chart, runs: readonly Run[], group: Group): string {
  const peak = (run: Run, column: string) =>
    chart.rows.reduce(
      (most, row) => (row.run === run.run ? Math.max(most, Number(row[column])) : most),
      0,
    );
  const queue: Metric = {
    name: 'the longest queue',
    better: 'lower',
    format: (n) => n.toLocaleString('en', { maximumFractionDigits: n < 10 ? 1 : 0 }),
    unit: 'requests',
    of: (run) => peak(run, 'waiting'),
  };
  const fullest = (column: string) => {
    const kv = Math.max(...runs.map((run) => peak(run, column)));
    return `${(100 * kv).toFixed(0)} %`;
  };
  const isSplit = chart.rows.some((row) => row.kv_share_prefill !== null);
  const share = isSplit
    ? `KV use peaks at ${fullest('kv_share_prefill')} where prompts are computed and ${fullest('kv_share')} where requests decode`
    : `KV use peaks at ${fullest('kv_share')}`;
  if (runs.every((run) => peak(run, 'waiting') < 0.5))
    return `Hardly anything waits in any run; ${share}`;
  return `${findingOf(runs, queue, group.labels)}; ${share}`;
}

async function stagesChart(study: Study, group: Group): Promise<Chart> {
  const runs = drawnRuns(study, group);
  const chart = await requestStagesChart(
    study.session,
    runSeries(runs, group.labels),
    head(
      group,
      'stages',
      runs,
      '',
      'Mean stage times of the requests around four percentiles of end-to-end latency; each panel has its own time axis',
    ),
  );
  const tail = chart.rows.filter((row) => row.percentile === 99);
  const range = (stage: string) => {
    const shares = tail.map((row) => Number(row[stage]) / Number(row.e2e_ms));
    const low = Math.round(100 * Math.min(...shares));
    const high = Math.round(100 * Math.max(...shares));
    return low === high ? `${low} %` : `${low} to ${high} %`;
  };
  if (tail.length === 0) return { ...chart, title: 'No request finished' };
  const moved = tail.some((row) => Number(row.handoff_ms) > 0)
    ? `, ${range('handoff_ms')} while its KV moves and waits`
    : '';
  const title = `A p99 request spends ${range('queue_ms')} of its time in the queue${moved} and ${range('decode_ms')} decoding`;
  return { ...chart, title };
}

async function gapsChart(study: Study, group: Group): Promise<Chart> {
  const runs = drawnRuns(study, group);
  const quantiles = await loadGapQuantiles(study.session, runs);
  const metric = latencyMetric(
    'the p99 gap between tokens',
    (run) => quantiles.get(run.run)?.p99Ms ?? null,
  );
  const subtitle =
    'Share of all gaps between two consecutive tokens of a request, by length, in steps of 10 %';
  return gapHistogramChart(
    study.session,
    runSeries(runs, group.labels),
    quantiles,
    head(group, 'gaps', runs, findingOf(runs, metric, group.labels), subtitle),
  );
}

async function sweepChart(study: Study, group: Group): Promise<Chart> {
  const runs = group.series.flatMap((series) => series.runs);
  const { ttftMs, tpotMs } = study.slo;
  const { answer } = headlineOf(study, group);
  const title = answer.replace(/ \(single run.*$/, '');
  const carried = group.series.length === 1 ? lastCarried(study, runs) : undefined;
  const knee = carried === undefined ? null : offeredPerS(study, carried);
  const subtitle = `Latency, attainment and goodput against offered load; objective: TTFT at most ${formatMs(ttftMs)}, TPOT at most ${formatMs(tpotMs)}`;
  return loadLinesChart(
    study.session,
    group.series,
    study.slo,
    knee,
    head(group, 'load-lines', runs, title, subtitle),
  );
}

async function backlogChart(study: Study, group: Group): Promise<Chart> {
  const runs = drawnRuns(study, group);
  const { makespan, e2eMean } = metricsOf(study);
  const shortest = Math.min(...runs.map((run) => figuresOf(study, run).spanS ?? 0));
  const title = findingOfBoth(runs, makespan, e2eMean, group.labels);
  const subtitle = `All requests wait from time 0; the shortest makespan is ${formatMs(shortest * 1000)}`;
  return makespanChart(study.session, group.series, head(group, 'makespan', runs, title, subtitle));
}
