import { formatCount, formatMs, formatShare } from '../../units/format.ts';
import type { Group } from '../groups.ts';
import type { KeyFigures, Slo } from '../key-figures.ts';
import { dataUri, escapeHtml, htmlTable, type TableCell } from '../page/html.ts';
import type { Run } from '../runs.ts';
import { figuresOf, type Study, scenariosId } from './study.ts';

interface SystemColumn {
  readonly title: string;
  readonly of: (run: Run) => string;
  /** What is not worth a column where all runs have it. */
  readonly usual?: readonly string[];
  readonly numeric?: boolean;
}

const systemColumns: readonly SystemColumn[] = [
  { title: 'scheduler', of: schedulersOf },
  {
    title: 'queue order',
    of: ({ queueOrder, oracles }) =>
      queueOrder + (oracles === 'none' || oracles === '' ? '' : ` (oracle: ${oracles})`),
    usual: ['fcfs'],
  },
  { title: 'placement', of: (run) => run.placement },
  { title: 'prefix cache', of: (run) => run.prefixCache },
  { title: 'host store', of: (run) => run.hostStore, usual: ['none', ''] },
  { title: 'admission', of: (run) => run.admission, usual: ['none', ''] },
  { title: 'estimator', of: (run) => run.estimator, usual: ['regression', ''] },
  { title: 'streaming', of: (run) => run.streaming, usual: ['layer-wise', ''] },
  {
    title: 'arrivals',
    of: ({ arrivalMode, rateFactor }) =>
      arrivalMode + (rateFactor === 1 ? '' : `, rate ${rateFactor}x`),
    usual: ['open'],
  },
  {
    title: 'instances x GPU',
    of: ({ topology, instances, tp, gpu }) =>
      `${topology || instances} x ${tp > 1 ? `${tp} ` : ''}${gpu}`,
  },
  { title: 'finished', of: ({ finished }) => finished.toLocaleString('en'), numeric: true },
  { title: 'not finished', of: notFinished, usual: ['none'] },
];

/** What was replayed on what: one row per run. P: instances that only compute prompts, D: only decode. */
export function runsTable(group: Group): string {
  const columns = systemColumns.filter(({ of, usual = [] }) =>
    group.runs.some((run) => !usual.includes(of(run))),
  );
  const isSplit = group.runs.some(({ topology }) => /[PD]/.test(topology));
  const stages = isSplit ? '; P: instances that only compute prompts, D: only decode' : '';
  return htmlTable(
    `What was replayed on what, and how its requests ended${stages}`,
    [{ title: 'run' }, ...columns],
    group.runs.map((run) => [
      labelCell(group, run),
      ...columns.map(({ of, numeric = false }) => (numeric ? of(run) : breakable(of(run)))),
    ]),
  );
}

/** Schedulers of all groups; the table `runs` has the first one. */
function schedulersOf({ scheduler, scenario }: Run): string {
  try {
    const { groups = [] }: { groups?: { scheduler?: { kind?: unknown } }[] } = JSON.parse(scenario);
    const others = groups.slice(1).map((group) => String(group.scheduler?.kind ?? ''));
    const all = new Set([scheduler, ...others.map((kind) => kind.replace(/#.*/, ''))]);
    return [...all].filter((kind) => kind !== '').join(' + ');
  } catch {
    return scheduler;
  }
}

function notFinished({ rejected, cancelled, unfinished }: Run): string {
  const ended = Object.entries({ rejected, cancelled, unfinished }).filter(([, n]) => n > 0);
  return ended.map(([how, n]) => `${n.toLocaleString('en')} ${how}`).join(', ') || 'none';
}

/** Text of a table that is wider than a page: it may take several lines. */
function breakable(text: string): TableCell {
  return text.length > 14 ? { html: `<span class="narrow-text">${escapeHtml(text)}</span>` } : text;
}

/** The label of a run as the head of its row. */
function labelCell(group: Group, run: Run): TableCell {
  const label = labelOf(group, run);
  return label.length > 30 ? { html: `<span class="wrapped">${escapeHtml(label)}</span>` } : label;
}

interface FigureColumn {
  readonly title: string;
  readonly of: (figures: KeyFigures, run: Run) => number | null;
  readonly write: (value: number | null) => string;
  readonly best: 'low' | 'high' | 'none';
}

const rate = (value: number | null) => (value === null ? '-' : value.toFixed(2));
const tokens = (value: number | null) => (value === null ? '-' : formatCount(Math.round(value)));

const figureColumns: readonly FigureColumn[] = [
  { title: 'TTFT p50', of: (f) => f.ttftP50Ms, write: formatMs, best: 'low' },
  { title: 'TTFT p99', of: (f) => f.ttftP99Ms, write: formatMs, best: 'low' },
  { title: 'TPOT p50', of: (f) => f.tpotP50Ms, write: formatMs, best: 'low' },
  { title: 'TPOT p99', of: (f) => f.tpotP99Ms, write: formatMs, best: 'low' },
  { title: 'end to end, mean', of: (f) => f.e2eMeanMs, write: formatMs, best: 'low' },
  { title: 'requests/s', of: (f) => f.requestsPerS, write: rate, best: 'high' },
  { title: 'output tokens/s', of: (f) => f.outputTokensPerS, write: tokens, best: 'high' },
  { title: 'attainment', of: (f) => f.attainment, write: formatShare, best: 'high' },
  { title: 'goodput/s', of: (f) => f.goodputPerS, write: rate, best: 'high' },
  { title: 'cached', of: (f) => f.cachedShare, write: formatShare, best: 'none' },
  { title: 'preemptions', of: (_, run) => run.preemptions, write: tokens, best: 'none' },
];

const makespan: FigureColumn = {
  title: 'makespan',
  of: (f) => (f.spanS === null ? null : f.spanS * 1000),
  write: formatMs,
  best: 'low',
};

/** Key figures with units; the best of each column in bold where runs can be compared. */
export function figuresTable(study: Study, group: Group): string {
  // A backlog waits from the start: an objective for its first tokens says nothing.
  const shown =
    group.kind === 'backlog'
      ? [makespan, ...figureColumns.filter((c) => !['attainment', 'goodput/s'].includes(c.title))]
      : figureColumns;
  const written = group.runs.map((run) => {
    const figures = figuresOf(study, run);
    return shown.map((column) => column.write(column.of(figures, run)));
  });
  const best = shown.map((column) => {
    if (column.best === 'none' || group.kind === 'sweep' || group.runs.length < 2) return undefined;
    const values = group.runs.map((run) => column.of(figuresOf(study, run), run));
    const known = values.filter((value) => value !== null);
    const extreme = column.best === 'low' ? Math.min(...known) : Math.max(...known);
    const text = written[values.indexOf(extreme)]?.[shown.indexOf(column)];
    const isShared = written.every((row) => row[shown.indexOf(column)] === text);
    return isShared ? undefined : text;
  });
  return htmlTable(
    figuresCaption(group, study.slo),
    [{ title: 'run' }, ...shown.map(({ title }) => ({ title, numeric: true }))],
    group.runs.map((run, r) => [labelCell(group, run), ...(written[r] as string[])]),
    { best: (r, c) => c > 0 && best[c - 1] !== undefined && written[r]?.[c - 1] === best[c - 1] },
  );
}

function figuresCaption(group: Group, slo: Slo): string {
  const over = 'Key figures; latencies over finished requests';
  if (group.kind === 'backlog') return `${over}, from the arrival of the whole backlog at time 0`;
  return `${over}, attainment and goodput at TTFT at most ${formatMs(slo.ttftMs)} and TPOT at most ${formatMs(slo.tpotMs)}`;
}

/** Attainment and goodput per run, as a table that the sliders rewrite. */
export function attainmentTable(study: Study, group: Group, runs: readonly Run[]): string {
  const { ttftMs, tpotMs } = study.slo;
  const rows = runs.map((run) => {
    const { attainment, goodputPerS } = figuresOf(study, run);
    return [labelCell(group, run), formatShare(attainment), rate(goodputPerS)];
  });
  return htmlTable(
    `Attainment and goodput at TTFT at most ${formatMs(ttftMs)} and TPOT at most ${formatMs(tpotMs)}`,
    [
      { title: 'run' },
      { title: 'attainment', numeric: true },
      { title: 'goodput (requests/s)', numeric: true },
    ],
    rows,
    {
      attributes: (r) => {
        const run = runs[r] as Run;
        const { requests, spanS } = figuresOf(study, run);
        return ` data-run="${run.run}" data-requests="${requests}" data-span="${spanS ?? 0}"`;
      },
    },
  );
}

/** The scenario of every run, folded, with a download each. */
export function scenariosBlock(group: Group): string {
  const each = group.runs.map((run) => {
    const pretty = prettyJson(run.scenario);
    const link = `<a download="scenario-${run.run}.json" href="${dataUri('application/json', run.scenario)}">scenario.json</a>`;
    return `<h4>${escapeHtml(labelOf(group, run))}</h4><p class="note">run ${run.run}, scenario ${run.scenarioHash.slice(0, 12)} · ${link}</p><pre tabindex="0"><code>${escapeHtml(pretty)}</code></pre>`;
  });
  return `<details id="${scenariosId(group)}"><summary>Scenarios (JSON) of ${escapeHtml(group.trace)}</summary>${each.join('')}</details>`;
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}

export function labelOf(group: Group, run: Run): string {
  return group.labels.get(run.run) ?? run.label;
}
