import { basename } from 'node:path';
import type { SqlValue } from '../../tables/sql-values.ts';
import { canonicalJson } from '../../units/canonical.ts';
import { InputError } from '../../units/input-error.ts';
import { createCapacityTables } from '../capacity/capacity-tables.ts';
import type { Capacity } from '../capacity/find-capacities.ts';
import { hasLabels } from '../cells.ts';
import type { Claim, Labels } from '../define.ts';
import { type ExperimentSession, openExperiment } from '../experiment-session.ts';
import { withoutSeeds } from '../statistics/seeds.ts';
import { asksForCapacities } from './definition.ts';
import { claimPlace, type PreparedExperiment } from './prepare.ts';
import type { Outcome } from './verdict.ts';

/** What the runs of an experiment say on one of its claims. */
export interface Evaluation {
  readonly claim: Claim;
  readonly outcome: Outcome;
  /** Keys of the runs that the claim reads, in the order of the cells. */
  readonly runs: readonly string[];
  /** SHA-256 of the traces that these runs replay, by name. */
  readonly traces: Readonly<Record<string, string>>;
}

/**
 * Evaluates every claim of an experiment over the runs in a folder. Each claim sees only the cells
 * that its labels name; claims of the same cells share a session. Beside the views of an experiment
 * there are `capacities` and `capacity_scan` where it has capacities.
 * @param capacities of the experiment, where a claim asks for them
 * @throws InputError naming experiment and claim, for SQL that fails or gives no figure
 */
export async function evaluateClaims(
  prepared: PreparedExperiment,
  runsDir: string,
  capacities: readonly Capacity[] = [],
): Promise<Evaluation[]> {
  const claims = prepared.experiment.claims ?? [];
  const bySelection = new Map<string, Claim[]>();
  for (const claim of claims) {
    const key = canonicalJson(claim.cells ?? {});
    bySelection.set(key, [...(bySelection.get(key) ?? []), claim]);
  }
  const evaluations: Evaluation[] = [];
  for (const together of bySelection.values()) {
    evaluations.push(...(await evaluateTogether(prepared, together, { runsDir, capacities })));
  }
  return evaluations.sort((a, b) => claims.indexOf(a.claim) - claims.indexOf(b.claim));
}

async function evaluateTogether(
  { experiment, plans, unfetched }: PreparedExperiment,
  claims: readonly Claim[],
  { runsDir, capacities }: { runsDir: string; capacities: readonly Capacity[] },
): Promise<Evaluation[]> {
  const wanted = claims[0]?.cells ?? {};
  const selected = plans.filter(({ labels }) => hasLabels(labels, wanted));
  const runs = [...new Set(selected.map(({ run }) => run))];
  const traces = Object.fromEntries(
    selected
      .flatMap(({ trace, traceSha256 }): [string, string][] =>
        trace === null || traceSha256 === null ? [] : [[basename(trace, '.arrow'), traceSha256]],
      )
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
  const toFetch = unfetched.find(({ cell }) => hasLabels(cell.labels, wanted));
  if (toFetch) {
    const why = `trace ${toFetch.trace} is not fetched: reprise traces fetch ${toFetch.trace}`;
    return claims.map((claim) => ({ claim, outcome: { state: 'missing', why }, runs, traces }));
  }
  const session = await openExperiment(runsDir, experiment, selected);
  try {
    await limitTraces(session);
    const scanned = ofCells(capacities, wanted);
    if (experiment.capacities) await createCapacityTables(session, scanned);
    await session.lock();
    const missing = new Set(session.missing.map(({ run }) => run)).size;
    const evaluations: Evaluation[] = [];
    for (const claim of claims) {
      const ofScans = asksForCapacities(experiment, claim) ? scanned : null;
      const absent =
        missing > 0 ? `${missing} of ${runs.length} runs missing` : ofScans && missingScan(ofScans);
      const outcome: Outcome =
        absent !== null
          ? { state: 'missing', why: absent }
          : await placed(claimPlace(experiment, claim), () => figureOf(session, claim));
      const read = [...runs, ...runsOf(ofScans ?? [])];
      evaluations.push({ claim, outcome, runs: read, traces });
    }
    return evaluations;
  } finally {
    session.close();
  }
}

/** Limits `trace_requests` to the traces of the session's runs, whatever else lies in the folder. */
async function limitTraces(session: ExperimentSession): Promise<void> {
  await session.query(`
    ALTER VIEW trace_requests RENAME TO all_trace_requests;
    CREATE VIEW trace_requests AS
      FROM all_trace_requests
      WHERE trace IN (SELECT trace FROM runs UNION SELECT trace FROM analyses)`);
}

/** Capacities of the cells that labels name; seeds are all in each. */
function ofCells(capacities: readonly Capacity[], wanted: Labels): readonly Capacity[] {
  return capacities.filter(({ labels }) => hasLabels(labels, withoutSeeds(wanted)));
}

function runsOf(capacities: readonly Capacity[]): string[] {
  return [...new Set(capacities.flatMap(({ points }) => points.flatMap(({ runs }) => runs)))];
}

function missingScan(capacities: readonly Capacity[]): string | null {
  const open = capacities.find(({ missing }) => missing.length > 0);
  if (open) return `${open.missing.length} runs of capacity ${open.name} missing`;
  return capacities.length === 0 ? 'no capacity of its cells was scanned' : null;
}

async function placed<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(where);
  }
}

async function figureOf(session: ExperimentSession, claim: Claim): Promise<Outcome> {
  const { columns, rows } = await session.query(claim.sql);
  if (rows.length > 1) {
    throw new InputError(`${rows.length} rows`, { where: 'sql', rule: 'one row' });
  }
  const names = columns.map(({ name }) => name);
  if (!names.includes('replayed')) {
    const where = `sql: ${names.join(', ')}`;
    throw new InputError('no column replayed', {
      where,
      rule: 'replayed, and low, high, interval',
    });
  }
  const value = (name: string): SqlValue => rows[0]?.[names.indexOf(name)] ?? null;
  const replayed = claim.kind === 'shape' ? truth(value('replayed')) : figure('replayed', value);
  const [low, high] = [figure('low', value), figure('high', value)];
  if (low !== null && high !== null && low > high) {
    throw new InputError(`low ${low}, high ${high}`, { where: 'sql', rule: 'low at most high' });
  }
  return {
    state: 'replayed',
    replayed,
    why: replayed === null ? absence(rows.length, value('replayed')) : null,
    low,
    high,
    interval: text(value('interval')),
  };
}

/** A finite number; null for NULL, NaN and infinities. */
function figure(name: string, value: (name: string) => SqlValue): number | null {
  const given = value(name);
  if (given === null) return null;
  if (typeof given !== 'number') {
    const rule = 'a number (cast counts beyond 2^53 to DOUBLE)';
    throw new InputError(`${name} ${JSON.stringify(given)}`, { where: 'sql', rule });
  }
  return Number.isFinite(given) ? given : null;
}

function truth(given: SqlValue): number | null {
  if (given === null || Number.isNaN(given)) return null;
  if (typeof given === 'boolean') return given ? 1 : 0;
  if (given === 0 || given === 1) return given;
  const rule = 'true or false, 1 or 0';
  throw new InputError(`replayed ${JSON.stringify(given)}`, { where: 'sql of a shape', rule });
}

function text(given: SqlValue): string | null {
  return given === null ? null : String(given);
}

function absence(rows: number, given: SqlValue): string {
  return rows === 0 ? 'its SQL gives no row' : `its SQL gives ${given ?? 'NULL'}`;
}
