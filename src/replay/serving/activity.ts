import { type DecodeLine, newStepWork, type StepWork } from '../../cost/work.ts';
import type { Instance } from './instance.ts';
import { newStepRow, type StepRow } from './sink.ts';
import type { TaskColumns } from './task-columns.ts';

/** What an instance is busy with, and the run of rounds that is open on it. */
export interface Activity {
  busy: 'idle' | 'rounds' | 'step' | 'sleep' | 'ending';
  /** Rounds of the open run that have passed; the run exists while open. */
  open: boolean;
  passed: number;
  /** Rounds after which the current stretch ends. */
  until: number;
  /** Rounds for which the last plan holds, and whether anything happened since. */
  holdTo: number;
  disturbed: boolean;
  /** Largest context for which the run's cost line holds. */
  validTo: number;
  readonly row: StepRow;
  readonly line: DecodeLine;
  readonly work: StepWork;
  rows: number;
  /** Whether a client gave up while its request was at work. */
  cancelAsked: boolean;
  /** Fetches that the step waits for, when it ends without them, and what follows the last. */
  awaited: number;
  earliestMs: number;
  tailMs: number;
  /** Computing of the step on one stage of a pipeline. */
  stageMs: number;
}

export function newActivity(layers: number): Activity {
  return {
    busy: 'idle',
    open: false,
    passed: 0,
    until: 0,
    holdTo: 0,
    disturbed: false,
    validTo: Number.POSITIVE_INFINITY,
    row: newStepRow(),
    line: { aMs: 0, bMs: 0, validTo: Number.POSITIVE_INFINITY },
    work: newStepWork(16, layers),
    rows: 0,
    cancelAsked: false,
    awaited: 0,
    earliestMs: 0,
    tailMs: 0,
    stageMs: 0,
  };
}

/** Lays the planned step of an instance out as work for the clock, and as a step row. */
export function fillStep(activity: Activity, instance: Instance, tasks: TaskColumns): void {
  const { row, work } = activity;
  const segment = work.segments[0] as StepWork['segments'][number];
  const { workTasks, workTokens } = instance;
  const decodes = instance.planDecodes ? instance.decoding : 0;
  const count = workTasks.length;
  if (segment.prefillRows.length < count) {
    segment.prefillRows = new Int32Array(2 * count);
    segment.prefillKeys = new Int32Array(2 * count);
  }
  let prompts = 0;
  let tokens = 0;
  let past = 0;
  for (let i = 0; i < count; i++) {
    const task = workTasks[i] as number;
    const rows = workTokens[i] as number;
    const done = tasks.done[task] as number;
    segment.prefillRows[i] = rows;
    segment.prefillKeys[i] = done + rows;
    tokens += rows;
    past += done;
    if (rows === tasks.left[task]) prompts++;
  }
  segment.prefillCount = count;
  segment.rows = tokens + decodes;
  segment.mlpRows = tokens + decodes;
  segment.decodeSequences = decodes;
  segment.decodeKvRead = decodes > 0 ? instance.contextTokens : 0;
  work.logitRows = prompts + decodes;
  work.sequences = count + decodes;
  row.prefillRequests = count;
  row.prefillTokens = tokens;
  row.prefillPastTokens = past;
  row.contextTokens = segment.decodeKvRead;
  row.decodes = decodes;
}
