import { tableSchemas } from '../../results/schema.ts';
import { openSession, type Session } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';
import type { Experiment } from '../define.ts';
import { keptTables } from '../kept-tables.ts';
import { idOf } from '../plan.ts';
import { namesOf, type SelectNames } from './select-names.ts';

/** Views and table macros of every session, and the result table that each reads. */
export const tableBehind: Readonly<Record<string, string>> = {
  summary: 'runs',
  rounds: 'steps',
  attainment: 'requests',
  itl: 'gaps',
  paired: 'runs',
  measured: 'requests',
};

/** Table functions that read nothing but their arguments. */
const plainFunctions = ['unnest', 'range', 'generate_series'];
const macros = ['attainment', 'itl'];
const capacityTables = ['capacities', 'capacity_scan'];

/**
 * Checks the SQL of an experiment before anything runs: claims, views and charts are one SELECT
 * statement each, none reads a file, and claims read the tables that the experiment keeps, so that
 * no verdict depends on another claim or on what else lies in the folder of runs.
 * @throws InputError naming the experiment and the claim, view or chart
 */
export async function checkSql(experiment: Experiment): Promise<void> {
  const { claims = [], charts = [] } = experiment;
  const session = await openSession();
  try {
    const views = new Map<string, SelectNames>();
    for (const [name, sql] of Object.entries(experiment.views ?? {})) {
      const place = `views.${name}`;
      views.set(name, await placed(experiment, place, () => loose(session, sql)));
    }
    for (const { id, sql, title } of charts) {
      const all = typeof title === 'string' ? [sql] : [sql, title.sql];
      for (const one of all) await placed(experiment, `chart ${id}`, () => loose(session, one));
    }
    for (const claim of claims) {
      await placed(experiment, `claim ${claim.id}`, async () =>
        checkClaim(experiment, await loose(session, claim.sql), views),
      );
    }
  } finally {
    session.close();
  }
}

async function placed<T>(
  experiment: Experiment,
  place: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(`experiment ${idOf(experiment)}, ${place}`);
  }
}

/** What a statement names; it may read no file. */
async function loose(session: Session, sql: string): Promise<SelectNames> {
  const names = await namesOf(session, sql);
  for (const name of names.functions) {
    if (plainFunctions.includes(name) || macros.includes(name)) continue;
    const rule = `SQL of an experiment reads its runs: ${[...macros, ...plainFunctions].join(', ')}`;
    throw new InputError(`table function ${name}`, { where: 'sql', rule });
  }
  const file = [...names.tables].find((name) => !/^[\w-]+$/.test(name));
  if (file !== undefined) {
    const rule = 'SQL of an experiment reads its runs: a table of theirs';
    throw new InputError(`table ${JSON.stringify(file)}`, { where: 'sql', rule });
  }
  return names;
}

function checkClaim(
  experiment: Experiment,
  names: SelectNames,
  views: ReadonlyMap<string, SelectNames>,
): void {
  const kept: readonly string[] = keptTables(experiment);
  const known = knownTables(views);
  let reads = 0;
  for (const { tables, functions, defined } of reached(names, views)) {
    const shadow = [...defined].find((name) => known.includes(name));
    if (shadow !== undefined) {
      const rule = 'another name: that one is a table of the session';
      throw new InputError(`WITH ${shadow}`, { where: 'sql', rule });
    }
    for (const name of [...tables, ...functions]) {
      if (plainFunctions.includes(name) || isView(name, views)) continue;
      if (!known.includes(name) && !macros.includes(name)) {
        throw unknownName('table', name, known);
      }
      checkKept(experiment, name, kept);
      reads++;
    }
  }
  if (reads === 0) {
    const rule = 'SQL that reads a table of the runs';
    throw new InputError('no table', { where: 'sql', rule });
  }
}

function checkKept(experiment: Experiment, name: string, kept: readonly string[]): void {
  if (capacityTables.includes(name)) {
    if (experiment.capacities?.length) return;
    const rule = 'an experiment with capacities';
    throw new InputError(`table ${name}`, { where: 'sql', rule });
  }
  const table = tableBehind[name] ?? name;
  if (!(table in tableSchemas) || kept.includes(table)) return;
  const rule = `the experiment keeps ${kept.join(', ')}: name ${table} in tables`;
  throw new InputError(`table ${name}`, { where: 'sql', rule });
}

function knownTables(views: ReadonlyMap<string, SelectNames>): string[] {
  const own = ['cells', 'trace_requests', ...capacityTables, ...Object.keys(tableBehind)];
  const tables = [...Object.keys(tableSchemas), ...own, ...views.keys()];
  return tables.filter((name) => !macros.includes(name));
}

function isView(name: string, views: ReadonlyMap<string, SelectNames>): boolean {
  return views.has(name);
}

/** The names of a query and of the views that it reaches. */
function reached(
  names: SelectNames,
  views: ReadonlyMap<string, SelectNames>,
): ReadonlySet<SelectNames> {
  const all = new Set([names]);
  for (const { tables } of all) {
    for (const table of tables) {
      const view = views.get(table);
      if (view) all.add(view);
    }
  }
  return all;
}
