import { InputError } from '../units/input-error.ts';

/** What DuckDB says about an error under the setting `errors_as_json`. */
interface DuckError {
  exception_type?: string;
  exception_message?: string;
  /** Bytes of the query before the place of the error. */
  position?: string;
}

/** Kinds that say nothing about the query: the machine or DuckDB itself failed. */
const notTheQuery = new Set(['Out of Memory', 'INTERNAL', 'FATAL', 'INTERRUPT', 'Connection']);

/**
 * DuckDB's error about a query as an InputError: the first line of its message, line and column of
 * the place, and the hint that follows (`Did you mean …`) as the rule. Errors that are not the
 * query's fault come back as plain errors.
 * @param source name of the query, such as its file
 * @param before text put before the query: places are counted from its end
 */
export function queryError(error: unknown, sql: string, source?: string, before = ''): Error {
  const text = error instanceof Error ? error.message : String(error);
  const said = parse(text);
  const [first = '', ...hints] = (said.exception_message ?? text).split('\n').filter(Boolean);
  if (notTheQuery.has(said.exception_type ?? '')) return new Error(first, { cause: error });
  const position = Number(said.position ?? Number.NaN) - new TextEncoder().encode(before).length;
  const place = placeIn(sql.slice(before.length), position);
  const where = [source, place].filter(Boolean).join(', ');
  return new InputError(first, { where: where || undefined, rule: hints[0], cause: error });
}

function parse(text: string): DuckError {
  const start = text.indexOf('{"exception_type"');
  if (start < 0) return {};
  try {
    return JSON.parse(text.slice(start)) as DuckError;
  } catch {
    return {};
  }
}

function placeIn(sql: string, position: number): string | undefined {
  const bytes = new TextEncoder().encode(sql);
  if (!(position >= 0 && position <= bytes.length)) return undefined;
  const lines = new TextDecoder().decode(bytes.subarray(0, position)).split('\n');
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}`;
}
