import type { StepClock } from '../../cost/clock.ts';
import type { Placer } from '../../policy/placer.ts';
import type { PolicySpec } from '../../policy/registry.ts';
import { buildWorkload } from '../../replay/arrivals.ts';
import type { Group, Scenario } from '../../replay/scenario.ts';
import { replayServing } from '../../replay/serving/engine.ts';
import { KvMemory } from '../../replay/serving/kv-memory.ts';
import { taskStatus } from '../../replay/serving/task-columns.ts';
import { orders } from '../../scheduling/orders.ts';
import { placers, schedulers } from '../../scheduling/registries.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';

/**
 * When requests got their tokens in a replay, by row of the trace; NaN for those that did not
 * finish, rejected ones included.
 */
export interface ReplayedTimes {
  readonly firstTokenMs: Float64Array;
  readonly finishMs: Float64Array;
}

/** Replays a trace on one instance of a scenario's first group, every step priced by the clock. */
export function replayOnClock(
  trace: RequestTrace,
  scenario: Scenario,
  clock: StepClock,
  layers: number,
): ReplayedTimes {
  const context = { seed: scenario.seed };
  const { kv, scheduler, order } = scenario.groups[0] as Group;
  const workload = buildWorkload(trace, scenario.arrivals, { ...context, limit: null });
  const { tasks } = replayServing({
    workload,
    instances: [
      {
        clock,
        layers,
        memory: new KvMemory(kv.capacityTokens as number, kv.blockSize, 0),
        scheduler: schedulers.create(scheduler as PolicySpec, context),
        order: orders.create(order as PolicySpec, context),
      },
    ],
    placer: placers.create(scenario.placement as PolicySpec, context) as Placer,
    mode: 'fast',
    sink: { step() {}, stay() {} },
  });
  const byRow = (column: Float64Array) => {
    const values = new Float64Array(trace.count).fill(Number.NaN);
    for (const [task, row] of workload.row.entries()) {
      // The end of a rejected request is the moment of its rejection.
      if (tasks.status[task] === taskStatus.finished) values[row] = column[task] as number;
    }
    return values;
  };
  return { firstTokenMs: byRow(tasks.firstTokenMs), finishMs: byRow(tasks.endMs) };
}
