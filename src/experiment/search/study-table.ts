import { extname } from 'node:path';
import { type FileFormat, fileFormats, writeResultFile } from '../../results/sql-output.ts';
import { openSession, quoteName, quoteText } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';
import type { LabelValue } from '../define.ts';
import type { SearchResult, SearchStep } from './search-result.ts';

/** The format that the name of a study file asks for: parquet, csv, arrow or json. */
export function studyFormat(file: string): FileFormat {
  const format = fileFormats.find((one) => `.${one}` === extname(file));
  if (format !== undefined) return format;
  const rule = `a name that ends in .${fileFormats.join(', .')}`;
  throw new InputError('no format for the study', { where: file, rule });
}

/**
 * Writes the trials as a table, one row each. Columns as in Optuna's data frame of trials: number,
 * value, state (COMPLETE, PRUNED for a shortened run, FAIL), params_NAME, user_attrs_NAME.
 */
export async function writeStudy({ history }: SearchResult, file: string): Promise<void> {
  const format = studyFormat(file);
  const names = Object.keys(history[0]?.parameters ?? {});
  const columns: Record<string, (LabelValue | null)[]> = {
    number: history.map(({ trial }) => trial),
    value: history.map(({ value }) => value),
    state: history.map(({ state, requests }) =>
      state === 'failed' ? 'FAIL' : requests === null ? 'COMPLETE' : 'PRUNED',
    ),
  };
  for (const name of names) {
    columns[`params_${name}`] = history.map(({ parameters }) => parameters[name] as LabelValue);
  }
  const attributes: Record<string, (step: SearchStep) => LabelValue | null> = {
    requests: ({ requests }) => requests,
    feasible: ({ state }) => state === 'feasible',
    reason: ({ reason }) => reason,
    spent: ({ spent }) => spent,
    run: ({ runs }) => runs[0] ?? null,
  };
  for (const [name, of] of Object.entries(attributes)) {
    columns[`user_attrs_${name}`] = history.map(of);
  }
  const session = await openSession();
  try {
    await writeResultFile(session, tableOf(columns), file, { format });
  } finally {
    session.close();
  }
}

function tableOf(columns: Readonly<Record<string, readonly (LabelValue | null)[]>>): string {
  const lists = Object.entries(columns).map(([name, values]) => {
    const type = typeOf(values);
    const list = values.map((value) =>
      value === null || type !== 'VARCHAR' ? String(value) : quoteText(String(value)),
    );
    return `unnest([${list.join(', ')}]::${type}[]) AS ${quoteName(name)}`;
  });
  return `SELECT ${lists.join(', ')}`;
}

function typeOf(values: readonly (LabelValue | null)[]): string {
  const given = values.filter((value) => value !== null);
  if (given.every((value) => typeof value === 'boolean')) return 'BOOLEAN';
  if (!given.every((value) => typeof value === 'number')) return 'VARCHAR';
  return given.every(Number.isInteger) ? 'INTEGER' : 'DOUBLE';
}
