import type { PolicySpec } from '../../policy/registry.ts';
import { buildWorkload } from '../../replay/arrivals.ts';
import type { Group, Scenario } from '../../replay/scenario.ts';
import { Instance } from '../../replay/serving/instance.ts';
import { KvMemory } from '../../replay/serving/kv-memory.ts';
import { SharedPrefixes } from '../../replay/serving/shared-prefixes.ts';
import { TaskColumns, taskStatus } from '../../replay/serving/task-columns.ts';
import { orders } from '../../scheduling/orders.ts';
import { schedulers } from '../../scheduling/registries.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import type { Composition, PromptPart, StepTimes } from './serving-log.ts';

/** A step that the replay decided on. */
export interface ReplayedStep extends Composition {
  /** KV tokens that the decodes read. */
  readonly decodeContext: number;
  /** Rows of the trace, for each entry of `prefills`. */
  readonly prompts: readonly number[];
  readonly waiting: number;
}

export interface LoggedReplay {
  /** One for each step of the log; one without prompts and decodes did nothing. */
  readonly steps: readonly ReplayedStep[];
  /** By row of the trace; NaN for requests that did not finish within the log. */
  readonly finishMs: Float64Array;
  /** Rows of requests that can never fit, in order of arrival. */
  readonly refused: readonly number[];
  /** KV pages of the instance. */
  readonly pages: number;
}

/**
 * Replays a trace on one instance of a scenario's first group with the times of a log: step k
 * starts at the k-th start and lasts the k-th duration, whatever it computes, also after the replay
 * and the log have come to differ. Requests are taken at step starts. Scheduler, queue and memory
 * are those of every replay; the clock, and with it the order of events, is the log's.
 */
export function replayAtLoggedTimes(
  trace: RequestTrace,
  scenario: Scenario,
  times: StepTimes,
): LoggedReplay {
  const workload = buildWorkload(trace, scenario.arrivals, { seed: scenario.seed, limit: null });
  const tasks = new TaskColumns(workload.count);
  const instance = newInstance(scenario.groups[0] as Group, workload, tasks);
  const steps: ReplayedStep[] = [];
  const refused: number[] = [];
  let next = 0;
  for (let k = 0; k < times.count; k++) {
    const startMs = times.startMs[k] as number;
    const endMs = startMs + (times.durationMs[k] as number);
    while (next < workload.count && (workload.arrivalMs[next] as number) <= startMs) {
      tasks.arrivalMs[next] = workload.arrivalMs[next] as number;
      if (instance.fits(next)) instance.enqueue(next);
      else refused.push(workload.row[next] as number);
      next++;
    }
    instance.plan(startMs);
    const decodes = instance.planDecodes ? instance.decoding : 0;
    steps.push({
      decodes,
      decodeContext: decodes > 0 ? instance.contextTokens : 0,
      prefills: instance.workTasks.map((task, i): PromptPart => {
        return { rows: instance.workTokens[i] as number, cached: tasks.done[task] as number };
      }),
      prompts: instance.workTasks.map((task) => workload.row[task] as number),
      waiting: instance.waiting,
    });
    if (decodes > 0) instance.passRounds(1, endMs);
    instance.passPrefill(endMs);
    instance.finishDecodes();
  }
  const finishMs = new Float64Array(trace.count).fill(Number.NaN);
  for (const [task, row] of workload.row.entries()) {
    if (tasks.status[task] === taskStatus.finished) finishMs[row] = tasks.endMs[task] as number;
  }
  return { steps, finishMs, refused, pages: instance.memory.capacityBlocks };
}

function newInstance(
  { kv, scheduler, order }: Group,
  workload: ReturnType<typeof buildWorkload>,
  tasks: TaskColumns,
): Instance {
  const context = { seed: 1 };
  const options = {
    decodes: true,
    firstToken: 'prefill',
    scheduler: schedulers.create(scheduler as PolicySpec, context),
    order: orders.create(order as PolicySpec, context),
  } as const;
  const memory = new KvMemory(kv.capacityTokens as number, kv.blockSize, 0);
  // Nobody but the log keeps time here, so there is nobody to tell.
  const nobody = () => {};
  const events = {
    batchChanges: nobody,
    ended: nobody,
    joined: nobody,
    left: nobody,
    promptDone: nobody,
    handedOff: nobody,
  };
  const prefixes = new SharedPrefixes(memory, workload, tasks);
  return new Instance(0, memory, prefixes, options, workload, tasks, events);
}
