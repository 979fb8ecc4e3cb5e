import { InputError } from '../units/input-error.ts';
import { checkBlocks } from './check-blocks.ts';
import { checkLinks, checkMedia } from './check-links.ts';
import { Findings, type Problem } from './findings.ts';
import type { RequestTrace } from './request-trace.ts';

export type { Problem } from './findings.ts';

/**
 * What is wrong with a trace, at most `perRule` rows of each rule (a last entry without a row then
 * tells how many there are in all); empty when it is sound. Rows count from 0.
 */
export function checkTrace(trace: RequestTrace, { perRule = 20 } = {}): Problem[] {
  const findings = new Findings(perRule);
  checkArrivals(trace, findings);
  checkTokens(trace, findings);
  checkTimes(trace, findings);
  checkBlocks(trace, findings);
  checkMedia(trace, findings);
  checkLinks(trace, findings);
  return findings.problems();
}

/** @throws InputError for the first problem that `checkTrace` finds */
export function requireSound(trace: RequestTrace, where: string): void {
  const [problem] = checkTrace(trace);
  if (problem === undefined) return;
  const row = problem.row === null ? '' : `, row ${problem.row}`;
  const column = problem.column === null ? '' : `, column ${problem.column}`;
  throw new InputError(`${problem.rule} broken by ${problem.value}`, {
    where: `${where}${row}${column}`,
    rule: problem.message,
  });
}

function checkArrivals({ arrivalMs, count }: RequestTrace, findings: Findings): void {
  let latest = 0;
  for (let row = 0; row < count; row++) {
    const ms = arrivalMs[row] as number;
    if (!Number.isFinite(ms)) {
      findings.add('arrival-finite', row, 'arrival_ms', ms, 'a finite number of milliseconds');
    } else if (ms < 0) {
      findings.add('arrival-not-negative', row, 'arrival_ms', ms, "from the trace's start");
    } else if (ms < latest) {
      findings.add('arrival-sorted', row, 'arrival_ms', ms, `not before ${latest}, an earlier row`);
    } else {
      latest = ms;
    }
  }
}

function checkTokens({ inputTokens, outputTokens, count }: RequestTrace, findings: Findings): void {
  for (let row = 0; row < count; row++) {
    const input = inputTokens[row] as number;
    const output = outputTokens[row] as number;
    if (input < 0) findings.add('input-not-negative', row, 'input_tokens', input, 'at least 0');
    if (output < 1) findings.add('output-positive', row, 'output_tokens', output, 'at least 1');
  }
}

function checkTimes({ thinkMs, cancelMs, count }: RequestTrace, findings: Findings): void {
  for (let row = 0; row < count; row++) {
    const think = thinkMs?.[row] ?? Number.NaN;
    const cancel = cancelMs?.[row] ?? Number.NaN;
    if (think < 0 || think === Number.POSITIVE_INFINITY) {
      findings.add('think-time', row, 'think_ms', think, 'finite and not negative');
    }
    if (cancel <= 0 || cancel === Number.POSITIVE_INFINITY) {
      findings.add('cancel-time', row, 'cancel_ms', cancel, 'finite and positive');
    }
  }
}
