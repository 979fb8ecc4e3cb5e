import { basename } from 'node:path';
import { canonicalJson, sha256 } from '../../units/canonical.ts';
import { type ExpandedCell, hasLabels } from '../cells.ts';
import type { Claim, Experiment } from '../define.ts';

/**
 * What a claim compares with what, as one hash: a claim is predicted only as long as this is what
 * it was at its first comparison. In it: the SQL and the views that it reaches, the cells as their
 * author wrote them (presets and patches applied, traces by name), the published figure with
 * precision, unit, tolerance and kind, and what the experiment asks of its runs. Not in it: words
 * (what it says, its source, reasons), and defaults that a scenario leaves out, so that a new
 * member of scenarios changes no claim; a changed engine shows in the version beside the hash.
 */
export function definitionOf(
  experiment: Experiment,
  claim: Claim,
  cells: readonly ExpandedCell[],
): string {
  const { sql, published, precision, unit, kind, tolerance, cells: wanted = {} } = claim;
  const { reason: _, ...limit } = tolerance;
  const views = reachedViews(experiment, sql);
  const text = reachedSql(experiment, sql);
  const { slo, capacities, measure, baselines } = experiment;
  return sha256(
    canonicalJson({
      sql: unindented(sql),
      views,
      cells: cells
        .filter(({ labels }) => hasLabels(labels, wanted))
        .map(plain)
        .sort(byName),
      published,
      precision,
      unit,
      kind,
      tolerance: limit,
      slo,
      capacities: asksForCapacities(experiment, claim) ? capacities : undefined,
      measure: mentions(text, 'measured') ? measure : undefined,
      baselines: mentions(text, 'paired') ? baselines : undefined,
    }),
  );
}

/**
 * The figure that a claim compares and how it is replayed, whatever the claim is called and however
 * close it is asked to come: two claims of one hash are one claim under two names. In it: the SQL
 * and the views that it reaches, the scenarios without the names of their cells, and the published
 * figure. Not in it: id, kind, unit, precision, tolerance.
 */
export function figureOf(
  experiment: Experiment,
  { sql, published, cells: wanted = {} }: Claim,
  cells: readonly ExpandedCell[],
): string {
  const scenarios = cells
    .filter(({ labels }) => hasLabels(labels, wanted))
    .map((cell) => canonicalJson(plain(cell).scenario))
    .sort();
  const views = reachedViews(experiment, sql);
  return sha256(canonicalJson({ sql: unindented(sql), views, scenarios, published }));
}

/** Whether a claim reads `capacities` or `capacity_scan`. */
export function asksForCapacities(experiment: Experiment, { sql }: Claim): boolean {
  const text = reachedSql(experiment, sql);
  return mentions(text, 'capacities') || mentions(text, 'capacity_scan');
}

/** A query and the views that it reaches. */
function reachedSql(experiment: Experiment, sql: string): string {
  return [sql, ...Object.values(reachedViews(experiment, sql))].join('\n');
}

/** Views of the experiment that a query names, and those that they name. */
function reachedViews({ views = {} }: Experiment, sql: string): Record<string, string> {
  const reached: Record<string, string> = {};
  const follow = (text: string) => {
    for (const [name, view] of Object.entries(views)) {
      if (name in reached || !mentions(text, name)) continue;
      reached[name] = unindented(view);
      follow(view);
    }
  };
  follow(sql);
  return reached;
}

/** Without what an editor changes when code moves. */
function unindented(sql: string): string {
  const lines = sql.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n');
}

function mentions(text: string, name: string): boolean {
  return text.toLowerCase().includes(name.toLowerCase());
}

function plain({ name, scenario }: ExpandedCell) {
  const { trace } = scenario;
  const named = typeof trace === 'string' ? basename(trace, '.arrow') : trace;
  return { name, scenario: { ...scenario, trace: named } };
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
