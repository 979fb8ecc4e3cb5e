import { analysisRows } from '../../experiment/analysis-rows.ts';
import { isReplay, type PlannedRun } from '../../experiment/plan.ts';
import type { AnalysisSpec } from '../../replay/analyser.ts';
import { tableSchemas } from '../../results/schema.ts';
import { sqlBlock } from '../page/figure.ts';
import { csvOf, escapeHtml, htmlTable } from '../page/html.ts';
import { type Block, listed, type Section } from '../sections/section.ts';
import type { Row } from '../session.ts';
import type { OpenedExperiment } from './opened.ts';
import { addData } from './shell.ts';
import type { SiteFiles } from './site-files.ts';

/** Rows that a page holds in a table; the file beside it has all. */
const mostRows = 120;

/** What the analyses of an experiment gave, a table for each kind; empty where it has none. */
export async function analysisSection(
  { session, plans, path }: OpenedExperiment,
  files: SiteFiles,
): Promise<Section[]> {
  const blocks: Block[] = [];
  for (const { table, sql, columns, rows, shared } of await analysisRows(session, plans)) {
    const csv = addData(files, path, `${table}.csv`, csvOf(rows as readonly Row[]));
    const common = shared.map(({ column, value }) => `${column} ${value}`).join(', ');
    const more = rows.length > mostRows ? `; the first ${mostRows} of ${rows.length} rows` : '';
    const caption = `${tableSchemas[table].doc}${common && `; in all rows: ${common}`}${more}`;
    const isNumeric = (name: string) => rows.some((row) => typeof row[name] === 'number');
    const html = htmlTable(
      caption,
      columns.map((title) => ({ title, numeric: isNumeric(title) })),
      rows.slice(0, mostRows).map((row) => columns.map((name) => cellText(row[name] ?? null))),
      { sortable: true },
    );
    const link = `<a href="${escapeHtml(csv)}" download>${table} (CSV)</a>`;
    blocks.push({ html: `${html}<div class="tablelinks">${link}${sqlBlock({ sql })}</div>` });
  }
  return blocks.length === 0 ? [] : [{ id: 'analyses', title: 'Analyses', blocks }];
}

function cellText(value: unknown): string {
  if (value === null) return '-';
  if (typeof value !== 'number') return String(value);
  return Number.isInteger(value)
    ? value.toLocaleString('en')
    : String(Number(value.toPrecision(6)));
}

/** Analyses that are there, each once. */
export function presentAnalyses({ plans, session }: OpenedExperiment): PlannedRun[] {
  const missing = new Set(session.missing.map(({ run }) => run));
  const there = plans.filter((plan) => !isReplay(plan) && !missing.has(plan.run));
  return [...new Map(there.map((plan) => [plan.run, plan])).values()];
}

/** "analyses block-cache of conversation". */
export function analysesText(opened: OpenedExperiment): string {
  const analyses = presentAnalyses(opened);
  const kinds = new Set(analyses.map(({ scenario }) => String((scenario as AnalysisSpec).kind)));
  const traces = new Set(analyses.flatMap(({ trace }) => trace ?? []));
  return `analyses ${listed([...kinds])}${traces.size > 0 ? ` of ${listed([...traces])}` : ''}`;
}
