import { recordedLogs, recordedServing } from '../../cost/calibration/recorded/recorded.ts';
import { htmlTable } from '../page/html.ts';
import type { Block } from '../sections/section.ts';

/** A replay against the logs of a serving engine, as it was recorded. */
export function servingBlocks(): Block[] {
  const logs = recordedLogs.map((log) => ({ log, ...recordedServing(log) }));
  const equal = logs.every(
    ({ scheduling }) =>
      scheduling.matching_share === 1 && scheduling.finish_within_1pct_share === 1,
  );
  const steps = logs.reduce((sum, { scheduling }) => sum + scheduling.steps_measured, 0);
  const decided = equal
    ? `it decided the same in all ${steps.toLocaleString('en')} steps of the three logs`
    : `it decided the same in ${percent(100 * Math.min(...logs.map(({ scheduling }) => scheduling.matching_share)))} of the steps or more`;
  const text = `<p>One H200 served a trace of a code service with an engine that was written to log every step. With the start and duration of each logged step, the replay decides as the engine did: ${decided}. On its own clock, its steps and requests are off as below; the profile of that engine was calibrated on the first half of the steps of each log, the kernels saw none of it. Nearly all prompts of the two overloaded logs lie in that half, so that their TTFT and TPOT are in-sample. Two of the logs are overloaded, so their TTFT tests the mean rate alone; <code>code-chunked512</code> is at half load. It is an engine written for the purpose, without prefix cache or preemption: not vLLM, not an A100. The same with a profile that was fitted on the other two logs, and limits: <code>experiments/validation/README.md</code>.</p>`;
  const table = htmlTable(
    'A replay on our clock against the log, errors in % of the log; above 0 where ours is longer. ◇: half of the log was fitted',
    [
      { title: 'log' },
      { title: 'rules' },
      { title: 'requests', numeric: true },
      { title: 'equal steps', numeric: true },
      { title: '◇ step, median', numeric: true },
      { title: 'bias', numeric: true },
      { title: 'TTFT p50', numeric: true },
      { title: 'TTFT p90', numeric: true },
      { title: 'TPOT p50', numeric: true },
      { title: 'TPOT p90', numeric: true },
      { title: 'each request: TTFT', numeric: true },
      { title: 'TPOT', numeric: true },
      { title: 'to finish', numeric: true },
    ],
    logs.map(({ log, system, scheduling, step_time: step, per_request: each, ...of }) => [
      log,
      system.rules,
      each.requests.toLocaleString('en'),
      percent(100 * scheduling.matching_share),
      percent(step.median_ape),
      signed(step.bias),
      ...[of.ttft_error, of.tpot_error].flatMap(({ p50, p90 }) => [signed(p50), signed(p90)]),
      ...[each.ttft, each.tpot, each.finish].map(percent),
    ]),
  );
  return [{ html: text + table }];
}

function percent(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} %`;
}

function signed(value: number | null): string {
  return value !== null && value > 0 ? `+${percent(value)}` : percent(value);
}
