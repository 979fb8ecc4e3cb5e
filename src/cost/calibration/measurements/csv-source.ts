import { readFileSync } from 'node:fs';
import { quoteText } from '../../../tables/duckdb.ts';
import { InputError } from '../../../units/input-error.ts';

/** A CSV file as DuckDB reads it without guessing: columns are what its first line says, as texts. */
export interface CsvSource {
  /** Stands after FROM. */
  readonly from: string;
  readonly columns: readonly string[];
}

/**
 * @param name what errors call the file
 * @throws InputError where the header is empty or names a column twice, or lines are of mixed ends and
 *   different lengths
 */
export function csvSource(path: string, name: string): CsvSource {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  const columns = fieldsOf(text.split(/\r\n|\n|\r/, 1)[0] as string);
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined || columns.includes('')) {
    const what =
      twice === undefined || twice === '' ? 'a column without a name' : `column ${twice} twice`;
    throw new InputError(what, { where: name, rule: 'the first line names each column once' });
  }
  const mixed = /\r\n/.test(text) && /[^\r]\n/.test(text);
  if (mixed) refuseUneven(text, columns.length, name);
  const types = columns.map((column) => `${quoteText(column)}: 'VARCHAR'`);
  const options = [
    'auto_detect = false',
    'header = true',
    `columns = {${types.join(', ')}}`,
    "delim = ','",
    `quote = '"'`,
    `escape = '"'`,
    // DuckDB's strict mode knows one kind of line end in a file.
    ...(mixed ? ['strict_mode = false'] : []),
  ];
  return { from: `read_csv(${quoteText(path)}, ${options.join(', ')})`, columns };
}

/** DuckDB's words on a row of another length, as file, row and number of fields. */
export function unevenRow(error: unknown, name: string): unknown {
  const text = error instanceof Error ? `${error.message}\n${String(error.cause ?? '')}` : '';
  const [, line] = /CSV Error on Line: (\d+)/.exec(text) ?? [];
  const [, wanted, found] = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text) ?? [];
  if (line === undefined || wanted === undefined) return error;
  return uneven(name, Number(line) - 1, { found: Number(found), wanted: Number(wanted) });
}

/** What the lenient mode, which mixed line ends need, would cut or fill. */
function refuseUneven(text: string, wanted: number, name: string): void {
  if (text.includes('"')) {
    throw new InputError('mixed line ends and quoted fields', {
      where: name,
      rule: 'one kind of line end',
    });
  }
  const lines = text.trimEnd().split(/\r\n|\n/);
  const row = lines.findIndex((line) => line !== '' && line.split(',').length !== wanted);
  if (row < 0) return;
  throw uneven(name, row, { found: (lines[row] as string).split(',').length, wanted });
}

function uneven(
  name: string,
  row: number,
  { found, wanted }: { found: number; wanted: number },
): InputError {
  return new InputError(`${found} field${found === 1 ? '' : 's'}`, {
    where: `${name}, row ${row}`,
    rule: `${wanted}, as in the header`,
  });
}

function fieldsOf(line: string): string[] {
  const fields = line.match(/(?:^|,)(?:"(?:[^"]|"")*"|[^,]*)/g) ?? [];
  return fields.map((field) =>
    field
      .replace(/^,/, '')
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replaceAll('""', '"'),
  );
}
