import { prefixCaches } from '../caching/prefix-caches.ts';
import { kvCapacityTokens } from '../cost/memory.ts';
import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import type { PolicySpec } from '../policy/registry.ts';
import { orders } from '../scheduling/orders.ts';
import { placers, schedulers } from '../scheduling/registries.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { InputError } from '../units/input-error.ts';
import { buildWorkload } from './arrivals.ts';
import { clockKinds } from './clocks.ts';
import type { Group, Scenario } from './scenario.ts';
import { type InstanceSetup, replayServing, type ServingOutcome } from './serving/engine.ts';
import { KvMemory } from './serving/kv-memory.ts';
import type { ServingSink } from './serving/sink.ts';
import type { Workload } from './serving/workload.ts';

export interface ServingRun {
  readonly workload: Workload;
  readonly outcome: ServingOutcome;
  readonly instances: number;
}

/** Replays a trace through the system that a scenario describes. */
export function runServing(
  trace: RequestTrace,
  scenario: Scenario,
  options: {
    mode: 'fast' | 'step';
    sink: (workload: Workload) => ServingSink;
    onProgress?: (ended: number, of: number) => void;
  },
): ServingRun {
  const workload = buildWorkload(trace, scenario.arrivals, {
    seed: scenario.seed,
    limit: scenario.limits.requests,
  });
  const instances = scenario.groups.flatMap((group, i) =>
    buildGroup(group, scenario, workload, `groups.${i}`),
  );
  const { onProgress } = options;
  const outcome = replayServing({
    workload,
    instances,
    placer: placers.create(scenario.placement as PolicySpec, { seed: scenario.seed }),
    mode: options.mode,
    sink: options.sink(workload),
    ...(onProgress && { onProgress: (ended: number) => onProgress(ended, workload.count) }),
  });
  return { workload, outcome, instances: instances.length };
}

function buildGroup(
  group: Group,
  scenario: Scenario,
  workload: Workload,
  where: string,
): InstanceSetup[] {
  const { kv, model, gpu, tp } = group;
  const context = { seed: scenario.seed };
  const clock = clockKinds.create(
    scenario.clock as PolicySpec,
    context,
  )({
    model,
    gpu,
    tp,
    profile: scenario.profile,
  });
  const capacityTokens = capacityOf(group);
  if (capacityTokens < kv.blockSize) {
    const rule = `${model} on ${tp} x ${gpu} leaves ${capacityTokens} tokens for KV`;
    throw new InputError('the model does not fit', { where, rule });
  }
  const cached = prefixCaches.create(group.prefixCache as PolicySpec, context).enabled;
  if (cached && workload.blocks === null) {
    const rule = 'the trace has no block_ids';
    throw new InputError('prefix cache without blocks', { where: `${where}.prefixCache`, rule });
  }
  if (cached && workload.hasMedia) {
    const rule = 'block_ids cover text only: where media stand in a prompt is not modelled';
    throw new InputError('prefix cache with media', { where: `${where}.prefixCache`, rule });
  }
  const layers = modelNamed(model).layers;
  return Array.from({ length: group.count }, () => ({
    clock,
    layers,
    memory: new KvMemory(capacityTokens, kv.blockSize, cached ? workload.uniqueBlocks : 0),
    scheduler: schedulers.create(group.scheduler as PolicySpec, context),
    order: orders.create(group.order as PolicySpec, context),
  }));
}

/** KV tokens of one instance of a group: as given, or what the memory model leaves. */
export function capacityOf({ kv, model, gpu, tp }: Group): number {
  if (kv.capacityTokens !== null) return kv.capacityTokens;
  const rule = { kind: 'utilisation', share: kv.gpuMemoryUtilisation } as const;
  return kvCapacityTokens({ model: modelNamed(model), gpu: gpuNamed(gpu), tp, rule });
}
