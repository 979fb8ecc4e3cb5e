import { readFileSync } from 'node:fs';
import { decodeRequestTrace } from '../../trace/decode.ts';
import type { TraceMeta } from '../../trace/request-trace.ts';
import { fetchRows, numberOf, type QuerySession, type Row, sqlText, textOf } from '../session.ts';

/** What is in a trace, as its file says and as its rows count. */
export interface TraceFacts {
  readonly name: string;
  /** Null where the file cannot be read any more. */
  readonly meta: TraceMeta | null;
  readonly requests: number;
  readonly spanMs: number;
  readonly input: Lengths;
  readonly output: Lengths;
  /** Requests that carry media, and media; null where none does. */
  readonly media: { readonly requests: number; readonly media: number } | null;
  /** Requests that continue another one. */
  readonly continued: number;
  readonly blocks: { readonly references: number; readonly unique: number } | null;
  /** Columns that hold anything, with the share of rows that have a value. */
  readonly columns: readonly { readonly name: string; readonly share: number }[];
}

export interface Lengths {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  readonly sum: number | null;
}

/** Facts of a trace of `trace_requests`; null where it is not there. */
export async function traceFacts(
  session: QuerySession,
  { name, path }: { readonly name: string; readonly path: string },
): Promise<TraceFacts | null> {
  const where = `WHERE trace = ${sqlText(name)}`;
  const [row] = await fetchRows(
    session,
    `SELECT count(*)::DOUBLE AS requests, max(arrival_ms) - min(arrival_ms) AS span_ms,
  ${lengthsSql('input_tokens', 'input')}, ${lengthsSql('output_tokens', 'output')},
  count(*) FILTER (len(media) > 0)::DOUBLE AS with_media, sum(len(media))::DOUBLE AS media,
  count(parent_request_id)::DOUBLE AS continued,
  sum(len(block_ids))::DOUBLE AS block_references
FROM trace_requests ${where}`,
  );
  const requests = numberOf(row, 'requests') ?? 0;
  if (row === undefined || requests === 0) return null;
  const references = numberOf(row, 'block_references') ?? 0;
  const media = numberOf(row, 'media') ?? 0;
  return {
    name,
    meta: metaOf(path),
    requests,
    spanMs: numberOf(row, 'span_ms') ?? 0,
    input: lengthsOf(row, 'input'),
    output: lengthsOf(row, 'output'),
    media: media > 0 ? { requests: numberOf(row, 'with_media') ?? 0, media } : null,
    continued: numberOf(row, 'continued') ?? 0,
    blocks: references > 0 ? { references, unique: await uniqueBlocks(session, where) } : null,
    columns: await heldColumns(session, where, requests),
  };
}

function lengthsSql(column: string, name: string): string {
  const quantiles = [50, 90, 99].map(
    (p) => `quantile_cont(${column}, ${p / 100}) AS ${name}_p${p}`,
  );
  return [
    `avg(${column}) AS ${name}_mean`,
    ...quantiles,
    `max(${column})::DOUBLE AS ${name}_max`,
    `sum(${column})::DOUBLE AS ${name}_sum`,
  ].join(', ');
}

function lengthsOf(row: Row, name: string): Lengths {
  const of = (part: string) => numberOf(row, `${name}_${part}`);
  return {
    mean: of('mean'),
    p50: of('p50'),
    p90: of('p90'),
    p99: of('p99'),
    max: of('max'),
    sum: of('sum'),
  };
}

async function uniqueBlocks(session: QuerySession, where: string): Promise<number> {
  const sql = `SELECT count(DISTINCT block)::DOUBLE AS n
FROM (SELECT unnest(block_ids) AS block FROM trace_requests ${where})`;
  return numberOf((await fetchRows(session, sql))[0], 'n') ?? 0;
}

async function heldColumns(session: QuerySession, where: string, requests: number) {
  const described = await fetchRows(session, 'DESCRIBE trace_requests');
  const names = described.map((row) => textOf(row, 'column_name')).filter((n) => n !== 'trace');
  const counts = names.map((name) => `count(${quoted(name)})::DOUBLE AS ${quoted(name)}`);
  const [row] = await fetchRows(
    session,
    `SELECT ${counts.join(', ')} FROM trace_requests ${where}`,
  );
  return names.flatMap((name) => {
    const share = (numberOf(row, name) ?? 0) / requests;
    return share > 0 ? [{ name, share }] : [];
  });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function metaOf(path: string): TraceMeta | null {
  try {
    return decodeRequestTrace(readFileSync(path), path).meta;
  } catch {
    // The rows are what the page is about; without the file it only says less about their origin.
    return null;
  }
}
