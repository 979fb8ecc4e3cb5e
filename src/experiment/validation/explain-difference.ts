import { formatMs } from '../../units/format.ts';
import type { LoggedReplay, ReplayedStep } from './replay-at-logged-times.ts';
import type { Composition, MeasuredStep, RequestLog, StepLog } from './serving-log.ts';

/** The first step that a replay decided otherwise than the log. */
export interface Difference {
  /** From 0. */
  readonly step: number;
  readonly start_ms: number;
  readonly measured: { readonly decodes: number; readonly prefills: string };
  readonly replayed: { readonly decodes: number; readonly prefills: string };
  /** What could have made the engine decide so. */
  readonly explanation: string;
}

/** Says what differs in a step, and which rule or which moment may be behind it. */
export function explain(
  step: number,
  log: StepLog,
  requests: RequestLog,
  replay: LoggedReplay,
): Difference {
  const measured = log.steps[step] as MeasuredStep;
  const replayed = replay.steps[step] as ReplayedStep;
  return {
    step,
    start_ms: log.times.startMs[step] as number,
    measured: { decodes: measured.decodes, prefills: listed(measured) },
    replayed: { decodes: replayed.decodes, prefills: listed(replayed) },
    explanation:
      refusal(log.times.startMs[step] as number, requests, replay) ??
      cause(step, log, requests, measured, replayed),
  };
}

/** `new+cached` per prompt, `|` between, as logs have it. */
function listed({ prefills }: Composition): string {
  return prefills.map(({ rows, cached }) => `${rows}+${cached}`).join('|');
}

/** Names a request that the engine has in hand at that moment and the replay cannot take. */
function refusal(
  startMs: number,
  { arrivalMs, finishMs, requestId }: RequestLog,
  { refused, pages }: LoggedReplay,
): string | undefined {
  const row = refused.find((one) => {
    return (arrivalMs[one] as number) <= startMs && startMs <= (finishMs[one] as number);
  });
  if (row === undefined) return undefined;
  return `request ${requestId[row]} does not fit in ${pages} pages`;
}

function cause(
  step: number,
  { times }: StepLog,
  requests: RequestLog,
  measured: MeasuredStep,
  replayed: ReplayedStep,
): string {
  const start = times.startMs[step] as number;
  const nothing = ({ decodes, prefills }: Composition) => decodes === 0 && prefills.length === 0;
  if (nothing(replayed)) return 'the replay has nothing to do: every request it knows has ended';
  if (nothing(measured)) return 'the log has a step that computes nothing';
  if (measured.decodes !== replayed.decodes) {
    if (measured.decodes === 0) return 'the engine ran prompts alone where the rule adds decodes';
    if (replayed.decodes === 0) return 'the engine ran decodes where the rule runs prompts alone';
    return `${measured.decodes} sequences decode, ${replayed.decodes} by the rule: one finished or started a step apart`;
  }
  const at = differing(measured, replayed);
  const own = replayed.prefills[at];
  const theirs = measured.prefills[at];
  if (own === undefined) return later(start, requests, 'the engine took a prompt more');
  const row = replayed.prompts[at] as number;
  const arrival = requests.arrivalMs[row] as number;
  const before = step === 0 ? 0 : endOf(times, step - 1);
  const name = `request ${requests.requestId[row]}`;
  if (own.cached === 0 && arrival > before) {
    const late = `${name} arrived ${formatMs(start - arrival)} before the step began`;
    return `${late}: the engine had already taken its arrivals`;
  }
  if (theirs === undefined) {
    return `the engine left ${name} waiting: out of budget, pages or sequences`;
  }
  return `the engine computed ${theirs.rows}+${theirs.cached} where the rule has ${own.rows}+${own.cached} of ${name}`;
}

/** First place at which two prefill lists differ. */
function differing(a: Composition, b: Composition): number {
  let at = 0;
  while (
    a.prefills[at]?.rows === b.prefills[at]?.rows &&
    a.prefills[at]?.cached === b.prefills[at]?.cached
  ) {
    at++;
  }
  return at;
}

function later(start: number, { arrivalMs, requestId }: RequestLog, what: string): string {
  const next = arrivalMs.findIndex((ms) => ms > start);
  if (next < 0) return `${what} than the rule allows`;
  const gap = formatMs((arrivalMs[next] as number) - start);
  return `${what} than the rule allows; request ${requestId[next]} arrived ${gap} after the step began`;
}

/** When a step ended, ms. */
export function endOf({ startMs, durationMs }: StepLog['times'], step: number): number {
  return (startMs[step] as number) + (durationMs[step] as number);
}
