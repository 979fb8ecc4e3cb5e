import { InputError } from '../../units/input-error.ts';
import type { SourceId } from '../dense-ids.ts';
import type { TextFile } from './lines.ts';
import { badValue, type Place } from './values.ts';

export interface JsonRow {
  readonly row: Readonly<Record<string, unknown>>;
  readonly line: number;
  /** The line as it stands in the file. */
  readonly text: string;
}

/** The objects of a JSONL file, one a line. */
export async function* jsonRows(file: TextFile): AsyncGenerator<JsonRow> {
  for await (const { first, lines } of file.blocks()) {
    for (const [i, text] of lines.entries()) {
      const line = first + i;
      yield { row: parse(text, `${file.path}, line ${line}`), line, text };
    }
  }
}

function parse(text: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message.slice(0, 160) : String(cause);
    const what = text.trim() === '' ? 'blank line' : 'not JSON';
    throw new InputError(what, { where, rule, cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new InputError('not a JSON object', { where, rule: 'one object a line' });
}

const token = /\s*(?:("[^"\\]*(?:\\.[^"\\]*)*")|([[\]{}:,])|([^\s[\]{}:,"]+))/y;

/**
 * The ids of the line's last member `hash_ids`, integers from their digits: JSON.parse rounds those
 * beyond 2^53. The line is known to be a JSON object whose `hash_ids` holds numbers and strings.
 */
export function exactHashIds(line: string, place: Place): SourceId[] {
  let ids: SourceId[] = [];
  let depth = 0;
  let member: string | null = null;
  token.lastIndex = 0;
  for (let match = token.exec(line); match; match = token.exec(line)) {
    const [, text, mark, literal] = match;
    const inside = depth === 2 && member === 'hash_ids';
    if (mark === '{' || mark === '[') {
      depth++;
      if (depth === 2 && member === 'hash_ids') ids = [];
    } else if (mark === '}' || mark === ']') depth--;
    else if (mark === ',' && depth === 1) member = null;
    else if (text !== undefined && depth === 1 && member === null) member = JSON.parse(text);
    else if (text !== undefined && inside) ids.push(JSON.parse(text) as string);
    else if (literal !== undefined && inside) ids.push(integer(literal, place));
  }
  return ids;
}

function integer(literal: string, place: Place): bigint {
  if (/^-?\d{1,400}$/.test(literal)) return BigInt(literal);
  throw badValue(literal, place, 'an integer in digits, or a string');
}
