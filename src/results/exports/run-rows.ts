import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { quoteText } from '../../tables/duckdb.ts';
import { literalPattern } from '../../tables/file-pattern.ts';
import type { SqlValue } from '../../tables/sql-values.ts';
import { InputError } from '../../units/input-error.ts';
import type { TableName } from '../schema.ts';

/** A session that can read Arrow files: openResults gives one. */
export interface RowSession {
  objects(sql: string): Promise<Readonly<Record<string, SqlValue>>[]>;
}

/** A request of a run, as `requests` has it; times in ms from time 0 of the trace. */
export interface RequestRow {
  readonly id: number;
  readonly status: string;
  readonly reason: string;
  readonly instance: number;
  readonly arrivalMs: number;
  readonly firstTokenMs: number | null;
  readonly finishMs: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly preemptions: number;
  readonly ttftMs: number | null;
  readonly tpotMs: number | null;
  readonly e2eMs: number | null;
  readonly maxGapMs: number | null;
  readonly tbtTop10Ms: number | null;
}

/** What a run is of, for the heads of exported files. */
export interface RunAbout {
  readonly run: string;
  readonly scenarioHash: string;
  readonly label: string;
  readonly trace: string;
  readonly model: string;
  readonly gpu: string;
  readonly seed: number | null;
  /** Requests at once of a closed replay; null where arrivals are not closed. */
  readonly concurrency: number | null;
}

/**
 * Refuses a run that lacks a table: a run may hold fewer tables than the schema knows.
 * @throws InputError naming the first missing table
 */
export function needTables(folder: string, tables: readonly TableName[]): void {
  const missing = tables.find((table) => !existsSync(join(folder, `${table}.arrow`)));
  if (missing === undefined) return;
  throw new InputError(`the run holds no table ${missing}`, {
    where: folder,
    rule: `an export reads ${tables.join(', ')}; replay the scenario with all tables`,
  });
}

/** A table of one run folder, as SQL names it: other runs of the folder are not read. */
export function tableOf(folder: string, table: TableName): string {
  const file = quoteText(literalPattern(join(folder, `${table}.arrow`)));
  return `read_arrow(${file}, schema := ${quoteText(table)})`;
}

/** The requests of a run in order of arrival. */
export async function readRequests(session: RowSession, folder: string): Promise<RequestRow[]> {
  const rows = await session.objects(`
    SELECT request_id, status, coalesce(reason, '') AS reason, coalesce(instance, -1) AS instance,
      arrival_ms, first_token_ms, finish_ms, input_tokens, output_tokens, preemptions,
      ttft_ms, tpot_ms, e2e_ms, max_gap_ms, tbt_top10_ms
    FROM ${tableOf(folder, 'requests')} ORDER BY arrival_ms, request_id`);
  return rows.map((row) => ({
    id: Number(row.request_id),
    status: String(row.status),
    reason: String(row.reason),
    instance: Number(row.instance),
    arrivalMs: Number(row.arrival_ms),
    firstTokenMs: number(row.first_token_ms),
    finishMs: number(row.finish_ms),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    preemptions: Number(row.preemptions),
    ttftMs: number(row.ttft_ms),
    tpotMs: number(row.tpot_ms),
    e2eMs: number(row.e2e_ms),
    maxGapMs: number(row.max_gap_ms),
    tbtTop10Ms: number(row.tbt_top10_ms),
  }));
}

export async function readAbout(session: RowSession, folder: string): Promise<RunAbout> {
  const [row] = await session.objects(`FROM ${tableOf(folder, 'runs')}`);
  if (row === undefined) throw new InputError('the table runs is empty', { where: folder });
  const scenario = JSON.parse(String(row.scenario || '{}'));
  const { mode, concurrency } = scenario.arrivals ?? {};
  return {
    run: String(row.run),
    scenarioHash: String(row.scenario_hash),
    label: String(row.label),
    trace: String(row.trace),
    model: String(row.model),
    gpu: String(row.gpu),
    seed: number(scenario.seed),
    concurrency: mode === 'closed' ? number(concurrency) : null,
  };
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
