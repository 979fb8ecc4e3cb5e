import { quoteText, type Session } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';

/** What a SELECT statement reads, names in lower case. */
export interface SelectNames {
  /** Tables and views that it does not define itself; with their schema where it is not `main`. */
  readonly tables: ReadonlySet<string>;
  /** Table functions and table macros. */
  readonly functions: ReadonlySet<string>;
  /** What it defines itself (`WITH name AS`). */
  readonly defined: ReadonlySet<string>;
}

/**
 * Reads what SQL names from DuckDB's own syntax tree, without running it.
 * @throws InputError for anything but exactly one SELECT statement
 */
export async function namesOf(session: Pick<Session, 'query'>, sql: string): Promise<SelectNames> {
  const { rows } = await session.query(`SELECT json_serialize_sql(${quoteText(sql)})`);
  const tree = JSON.parse(String(rows[0]?.[0])) as Tree;
  const rule = 'one SELECT statement';
  if (tree.error === true) throw new InputError(String(tree.error_message), { rule });
  const statements = Array.isArray(tree.statements) ? tree.statements : [];
  if (statements.length !== 1) throw new InputError(`${statements.length} statements`, { rule });
  const found = {
    tables: new Set<string>(),
    functions: new Set<string>(),
    defined: new Set<string>(),
  };
  walk(statements[0], found);
  for (const name of found.defined) found.tables.delete(name);
  return found;
}

type Tree = Readonly<Record<string, unknown>>;
type Found = Record<keyof SelectNames, Set<string>>;

function walk(node: unknown, found: Found): void {
  if (Array.isArray(node)) {
    for (const one of node) walk(one, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const tree = node as Tree;
  if (tree.type === 'BASE_TABLE') found.tables.add(tableName(tree));
  if (tree.type === 'TABLE_FUNCTION')
    found.functions.add(nameOf((tree.function as Tree).function_name));
  // DESCRIBE, SHOW and SUMMARIZE look at the session itself.
  if (tree.type === 'SHOW_REF') found.functions.add(nameOf(tree.show_type));
  const { map } = (tree.cte_map ?? {}) as Tree;
  if (Array.isArray(map)) for (const { key } of map as Tree[]) found.defined.add(nameOf(key));
  for (const inner of Object.values(tree)) walk(inner, found);
}

function tableName({ catalog_name, schema_name, table_name }: Tree): string {
  const schema = [catalog_name, schema_name].map(nameOf).filter(Boolean);
  // What a session holds stands in the schema `main`.
  if (schema.join('.') === 'main') schema.pop();
  return [...schema, nameOf(table_name)].join('.');
}

function nameOf(name: unknown): string {
  return String(name ?? '').toLowerCase();
}
