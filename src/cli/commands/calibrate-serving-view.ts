import type { ServingValidation } from '../../experiment/validation/validate-serving.ts';
import { formatMs, formatShare } from '../../units/format.ts';
import { bold, note, print, printTable } from '../terminal.ts';

/** A validation for people: decisions first, then steps, then requests. */
export function printServing(result: ServingValidation): void {
  const { system, scheduling, step_time: steps, per_request: each } = result;
  print(bold(`${system.rules} on ${system.gpu}, ${system.model}, ${system.profile}`));
  const { logs, this_log: inSample } = result.calibrated_on;
  if (inSample)
    print('In-sample: this log is one of those that the engine profile was calibrated on');
  else if (logs.length > 0)
    print(`Not one of the files that the engine profile was calibrated on: ${logs.join(', ')}`);
  print();
  print('Scheduling, with the start and duration of each logged step');
  print(`  steps measured, replayed   ${scheduling.steps_measured}, ${scheduling.steps_replayed}`);
  print(`  equal steps                ${formatShare(scheduling.matching_share)}`);
  const { finish_within_1pct_share: near, finish_after_log: after } = scheduling;
  print(`  finishes within 1 %        ${near === null ? '-' : formatShare(near)}`);
  if (after > 0) print(`  finish after the last step ${after} requests, not counted`);
  if (scheduling.refused > 0) {
    print(`  can never fit              ${scheduling.refused} requests, refused by the replay`);
  }
  const first = scheduling.first_difference;
  if (first === null) print('  first difference           none');
  else {
    print(`  first difference           step ${first.step}, at ${formatMs(first.start_ms)}`);
    print(`    measured                 ${said(first.measured)}`);
    print(`    replayed                 ${said(first.replayed)}`);
    print(`    ${first.explanation}`);
  }
  print();
  print('Step time, by the composition of each logged step');
  printTable(
    [
      { title: '  steps' },
      { title: 'rows', align: 'right' },
      { title: 'median error', align: 'right' },
      { title: 'bias', align: 'right' },
    ],
    [
      ...steps.by_kind.map((one) => [`  ${one.kind}`, ...figures(one)]),
      ['  all', ...figures(steps)],
    ],
  );
  print();
  print('Requests, on the clock alone');
  printTable(
    [
      { title: '  metric' },
      { title: 'p50', align: 'right' },
      { title: 'p90', align: 'right' },
      { title: 'median of each request', align: 'right' },
    ],
    [
      ['  TTFT', percent(result.ttft_error.p50), percent(result.ttft_error.p90), size(each.ttft)],
      ['  TPOT', percent(result.tpot_error.p50), percent(result.tpot_error.p90), size(each.tpot)],
      ['  arrival to finish', '', '', size(each.finish)],
    ],
  );
  if (each.dropped > 0) {
    const all = each.requests + each.dropped;
    print(`  dropped: ${each.dropped} of ${all} requests did not finish in the replay`);
  }
  const { count, ms_each: ms, from } = result.first_lengths;
  const source = {
    measured: 'read off the first half of the log',
    profile: 'as the engine profile has it',
    given: 'as given',
  }[from];
  note(`${count} prompt lengths met for the first time, ${formatMs(ms)} each, ${source}`);
}

function said({ decodes, prefills }: { decodes: number; prefills: string }): string {
  return `${decodes} decodes, prompts ${prefills === '' ? 'none' : prefills}`;
}

function figures({
  rows,
  median_ape,
  bias,
}: {
  rows: number;
  median_ape: number | null;
  bias: number | null;
}): string[] {
  return [String(rows), size(median_ape), percent(bias)];
}

function percent(value: number | null): string {
  return value === null ? '-' : `${value > 0 ? '+' : ''}${value.toFixed(1)} %`;
}

function size(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} %`;
}
