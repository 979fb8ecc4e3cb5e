import type { PolicySpec } from '../../../policy/registry.ts';
import { orders } from '../../../scheduling/orders.ts';
import { placers, schedulers } from '../../../scheduling/registries.ts';
import { roundMs } from '../decode-run.ts';
import { replayServing } from '../engine.ts';
import { KvMemory } from '../kv-memory.ts';
import type { StepRow } from '../sink.ts';
import { endReasons, taskStatus } from '../task-columns.ts';
import type { ObjectSystem } from './object-types.ts';
import type { RandomSystem } from './random-systems.ts';
import { dyadicStepClock, workloadOf } from './random-workload.ts';

/** Runs the engine on a random system and lays its outcome out as the object engine does. */
export function newEngineRun({ system, clock }: RandomSystem, mode: 'fast' | 'step') {
  const rows: StepRow[] = [];
  const stays: number[][] = [];
  const seed = { seed: 1 };
  const workload = workloadOf(system);
  const cached = system.prefixCache !== null;
  const outcome = replayServing({
    workload,
    instances: Array.from({ length: system.instances }, () => ({
      clock: dyadicStepClock(clock),
      layers: 1,
      memory: new KvMemory(
        system.kv.capacityTokens,
        system.kv.blockSize,
        cached ? workload.uniqueBlocks : 0,
      ),
      scheduler: schedulers.create(schedulerOf(system), seed),
      order: orders.create({ kind: 'fcfs' }, seed),
    })),
    placer: placers.create({ kind: system.placement }, seed),
    mode,
    sink: {
      step: (row) => rows.push({ ...row }),
      stay: (...stay) => stays.push(stay),
    },
  });
  const { tasks } = outcome;
  const names = ['finished', 'rejected', 'cancelled', 'unfinished'];
  return {
    steps: outcome.steps,
    preemptions: outcome.preemptions,
    rows,
    stays,
    requests: system.requests.map((_, task) => ({
      status: names[(tasks.status[task] as number) - taskStatus.finished],
      reason: endReasons[tasks.reason[task] as number],
      instance: tasks.instance[task],
      arrivalMs: tasks.arrivalMs[task],
      admittedMs: tasks.admittedMs[task],
      firstTokenMs: tasks.firstTokenMs[task],
      endMs: tasks.endMs[task],
      cachedTokens: tasks.cachedTokens[task],
      preemptions: tasks.preemptions[task],
      generated: tasks.generated[task],
    })),
    stepLog: Array.from({ length: system.instances }, (_, instance) =>
      rows.filter((row) => row.instance === instance).flatMap(singleSteps),
    ),
  };
}

/** The object engine knows no watermark. */
function schedulerOf({ scheduler }: ObjectSystem): PolicySpec {
  const spec = scheduler as unknown as PolicySpec;
  return spec.kind === 'prefill-first' ? { ...spec, watermark: 0 } : spec;
}

/** The steps of a row, one by one. */
export function singleSteps(row: StepRow) {
  const { firstMs, slopeMs, decodes, prefillRequests, prefillTokens, prefillPastTokens } = row;
  let startMs = row.startMs;
  return Array.from({ length: row.rounds }, (_, k) => {
    const durationMs = roundMs(firstMs, slopeMs, k + 1);
    const step = {
      startMs,
      durationMs,
      decodes,
      prompts: prefillRequests,
      rows: prefillTokens,
      past: prefillPastTokens,
    };
    startMs += durationMs;
    return step;
  });
}
