/**
 * A run as trace events for a timeline viewer (Perfetto, chrome://tracing): the JSON array format
 * of the Trace Event Format. Source of the fields: Google, "Trace Event Format" (public document).
 * One process per instance with one track of its steps; every request as an asynchronous span with
 * its stages inside; counters of waiting requests and KV tokens. Times in microseconds.
 */
import { findRun } from './runs.ts';
import { numberOf, plainRow, type Row, type StreamingSession, sqlText, textOf } from './session.ts';

type Event = Readonly<Record<string, unknown>>;

/** Process of the requests that no instance served. */
const nowhere = 'not served';

/**
 * The document line by line, one event each between the first and the last line: memory stays
 * bounded by one part of a result.
 * @param wanted id, beginning of the id, or label of a run
 */
export async function* traceEventLines(
  session: StreamingSession,
  wanted: string,
): AsyncGenerator<string> {
  const { run, label, trace, instances, scenarioHash } = await findRun(session, wanted);
  const about = { run, label, trace, scenario_hash: scenarioHash };
  yield `{"displayTimeUnit":"ms","otherData":${JSON.stringify(about)},"traceEvents":[`;
  for (let pid = 0; pid <= instances; pid++) {
    yield (pid === 0 ? '' : ',') + JSON.stringify(processName(pid, instances));
  }
  const of = `WHERE run = ${sqlText(run)}`;
  const steps = `SELECT * FROM steps ${of} ORDER BY start_ms, instance`;
  const requests = `SELECT * FROM requests ${of} ORDER BY request_id`;
  yield* eventLines(session, steps, stepEvents);
  yield* eventLines(session, requests, (row) => requestEvents(row, instances));
  yield ']}';
}

async function* eventLines(
  session: StreamingSession,
  sql: string,
  eventsOf: (row: Row) => Event[],
): AsyncGenerator<string> {
  const { columns, parts } = await session.stream(sql);
  for await (const part of parts) {
    for (const cells of part) {
      for (const event of eventsOf(plainRow(columns, cells))) yield `,${JSON.stringify(event)}`;
    }
  }
}

function processName(pid: number, instances: number): Event {
  const name = pid === instances ? nowhere : `instance ${pid}`;
  return { name: 'process_name', ph: 'M', pid, tid: 0, args: { name } };
}

function us(row: Row, column: string): number | null {
  const ms = numberOf(row, column);
  return ms === null ? null : Math.round(ms * 1e6) / 1e3;
}

/** A step, or a run of equal rounds, as one slice; the load when it began as counters. */
function stepEvents(row: Row): Event[] {
  const pid = numberOf(row, 'instance') ?? 0;
  const ts = us(row, 'start_ms') ?? 0;
  const rounds = numberOf(row, 'rounds') ?? 1;
  const kind = textOf(row, 'kind');
  const { decodes, prefill_requests, prefill_tokens, context_tokens, first_ms, slope_ms } = row;
  return [
    {
      name: rounds > 1 ? `${kind} x${rounds}` : kind,
      cat: 'step',
      ph: 'X',
      pid,
      tid: 1,
      ts,
      dur: Math.max(0, (us(row, 'end_ms') ?? ts) - ts),
      args: {
        rounds,
        decodes,
        prefill_requests,
        prefill_tokens,
        context_tokens,
        first_ms,
        slope_ms,
      },
    },
    counter(pid, ts, 'waiting requests', row.waiting),
    counter(pid, ts, 'KV tokens', row.kv_tokens),
  ];
}

function counter(pid: number, ts: number, name: string, value: unknown): Event {
  return { name, ph: 'C', pid, tid: 0, ts, args: { value } };
}

/** The span of a request and those of its stages, as far as it came. */
function requestEvents(row: Row, instances: number): Event[] {
  const id = numberOf(row, 'request_id') ?? 0;
  const pid = numberOf(row, 'instance') ?? instances;
  const arrival = us(row, 'arrival_ms') ?? 0;
  const status = textOf(row, 'status');
  const { input_tokens, cached_tokens, output_tokens, preemptions, ttft_ms, tpot_ms, reason } = row;
  const args = {
    status,
    reason,
    input_tokens,
    cached_tokens,
    output_tokens,
    preemptions,
    ttft_ms,
    tpot_ms,
  };
  const span = (name: string, from: number, to: number, more: Event = {}): Event[] => [
    { name, cat: 'request', ph: 'b', id, pid, tid: 0, ts: from, ...more },
    { name, cat: 'request', ph: 'e', id, pid, tid: 0, ts: to },
  ];
  const finish = us(row, 'finish_ms');
  if (finish === null) {
    return [
      {
        name: `request ${id} ${status}`,
        cat: 'request',
        ph: 'n',
        id,
        pid,
        tid: 0,
        ts: arrival,
        args,
      },
    ];
  }
  const admitted = us(row, 'admitted_ms') ?? arrival;
  const first = us(row, 'first_token_ms') ?? finish;
  const [begin, end] = span(`request ${id}`, arrival, finish, { args }) as [Event, Event];
  return [
    begin,
    ...span('queue', arrival, admitted),
    ...span('prefill', admitted, first),
    ...span('decode', first, finish),
    end,
  ];
}
