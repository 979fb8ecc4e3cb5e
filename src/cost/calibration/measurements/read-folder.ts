import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { openSession } from '../../../tables/duckdb.ts';
import { InputError } from '../../../units/input-error.ts';
import { type Layout, layoutOf, layouts } from './layouts.ts';
import { type MeasuredTable, readTable } from './measured-table.ts';

/** One file of measurements. */
export interface MeasuredFile {
  /** Path below the folder that was read. */
  readonly file: string;
  readonly layout: Layout;
  readonly table: MeasuredTable;
  /** The nearest `info.csv` above the file: `name`, `torch` and whatever else it says. */
  readonly info: ReadonlyMap<string, string>;
}

export interface MeasuredFolder {
  readonly files: readonly MeasuredFile[];
  /** CSV and Parquet files without a known name. */
  readonly ignored: readonly string[];
}

/**
 * All measurements below a folder, in order of path; files that are neither CSV nor Parquet do not
 * count at all.
 * @param wanted leaves out the rows of other layouts, whose columns are then not looked at either
 * @throws InputError where a file with a known name has other columns, or none has a known name
 */
export async function readMeasurements(
  folder: string,
  wanted: (layout: Layout) => boolean = () => true,
): Promise<MeasuredFolder> {
  if (!existsSync(folder)) throw new InputError('no such folder', { where: folder });
  if (!statSync(folder).isDirectory()) {
    throw new InputError('not a folder', { where: folder, rule: 'the folder of the files' });
  }
  const paths = tablesBelow(folder);
  const known = paths.flatMap((path) => {
    const layout = layoutOf(path.split(/[/\\]/).at(-1) as string);
    return layout === undefined ? [] : [{ path, layout }];
  });
  if (known.length === 0) {
    throw new InputError('no measurements', {
      where: folder,
      rule: `.csv or .parquet files named ${layouts.map(({ name }) => name).join(', ')}`,
    });
  }
  refuseTwice(
    known.map(({ path }) => path),
    folder,
  );
  const session = await openSession();
  try {
    const read = (path: string, layout: Layout) =>
      readTable(session, join(folder, path), join(folder, path), layout);
    const infos = new Map<string, ReadonlyMap<string, string>>();
    for (const { path, layout } of known.filter((one) => one.layout.name === 'info')) {
      infos.set(dirname(path), entriesOf(await read(path, layout)));
    }
    const files: MeasuredFile[] = [];
    for (const { path, layout } of known) {
      if (!wanted(layout)) continue;
      const table = await read(path, layout);
      files.push({ file: path, layout, table, info: nearestInfo(infos, dirname(path)) });
    }
    const taken = new Set(known.map(({ path }) => path));
    return { files, ignored: paths.filter((path) => !taken.has(path)) };
  } finally {
    session.close();
  }
}

/** A table that stands there as CSV and as Parquet would count twice. */
function refuseTwice(paths: readonly string[], folder: string): void {
  const stem = (path: string) => path.replace(/\.(csv|parquet)$/i, '');
  for (const [i, path] of paths.entries()) {
    const other = paths.slice(i + 1).find((one) => stem(one) === stem(path));
    if (other === undefined) continue;
    throw new InputError(`${path} and ${other}`, {
      where: folder,
      rule: 'one of them: the rows of both would count twice',
    });
  }
}

function tablesBelow(folder: string): string[] {
  const walk = (at: string): string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
      const path = join(at, entry.name);
      if (entry.isDirectory()) return walk(path);
      return /\.(csv|parquet)$/i.test(entry.name) ? [relative(folder, path)] : [];
    });
  return walk(folder).sort();
}

function entriesOf(table: MeasuredTable): Map<string, string> {
  const key = table.text('key');
  const value = table.text('value');
  return new Map(
    Array.from({ length: table.rows }, (_, row) => [key(row) as string, value(row) as string]),
  );
}

function nearestInfo(
  infos: ReadonlyMap<string, ReadonlyMap<string, string>>,
  folder: string,
): ReadonlyMap<string, string> {
  const found = infos.get(folder);
  if (found !== undefined) return found;
  const parent = dirname(folder);
  return parent === folder ? new Map() : nearestInfo(infos, parent);
}
