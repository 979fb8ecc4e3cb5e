import { quoteText, type Session } from '../../tables/duckdb.ts';
import type { ResolvedSlo } from '../slo.ts';
import { type MeasureWindow, metRequestsSql } from '../slo-sql.ts';

/**
 * The requests of one run, by arrival, as columns. A latency is NaN for requests that did not
 * finish, and where it is not defined.
 */
export interface RunRows {
  readonly requestId: Float64Array;
  readonly arrivalMs: Float64Array;
  readonly session: readonly (number | null)[];
  readonly ttftMs: Float64Array;
  readonly tpotMs: Float64Array;
  readonly e2eMs: Float64Array;
  /** 1 where the request finished within the SLOs. */
  readonly met: Uint8Array;
  /** Seconds that goodput counts over: the window, else first arrival to last finish. */
  readonly spanS: number;
}

/** Reads the requests of a run; null where it keeps none (summary alone). */
export async function readRows(
  session: Session,
  run: string,
  { slo = null, window = {} }: { slo?: ResolvedSlo | null; window?: MeasureWindow } = {},
): Promise<RunRows | null> {
  const { rows } = await session.query(
    `SELECT request_id::DOUBLE, arrival_ms, session_id, ttft_ms, tpot_ms, e2e_ms, met, finish_ms,
       status = 'finished'
     FROM (${metRequestsSql(slo ?? { limits: {} }, window)})
     WHERE run = ${quoteText(run)} ORDER BY arrival_ms, request_id`,
  );
  if (rows.length === 0) return null;
  const column = (at: number) => Float64Array.from(rows, (row) => row[at] as number);
  const latency = (at: number) =>
    Float64Array.from(rows, (row) => (row[8] === true ? ((row[at] as number) ?? NaN) : NaN));
  const arrivalMs = column(1);
  const lastMs = rows.reduce((last, row) => Math.max(last, (row[7] as number | null) ?? 0), 0);
  const { fromMs = arrivalMs[0] as number, toMs = lastMs } = window;
  return {
    requestId: column(0),
    arrivalMs,
    session: rows.map((row) => row[2] as number | null),
    ttftMs: latency(3),
    tpotMs: latency(4),
    e2eMs: latency(5),
    met: Uint8Array.from(rows, (row) => Number(row[6])),
    spanS: (toMs - fromMs) / 1000,
  };
}

/** The given rows, in that order. */
export function takeRows(rows: RunRows, order: Int32Array): RunRows {
  const take = (values: Float64Array) => Float64Array.from(order, (row) => values[row] as number);
  return {
    requestId: take(rows.requestId),
    arrivalMs: take(rows.arrivalMs),
    session: Array.from(order, (row) => rows.session[row] ?? null),
    ttftMs: take(rows.ttftMs),
    tpotMs: take(rows.tpotMs),
    e2eMs: take(rows.e2eMs),
    met: Uint8Array.from(order, (row) => rows.met[row] as number),
    spanS: rows.spanS,
  };
}
