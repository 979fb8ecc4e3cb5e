import { prefixCaches } from '../caching/prefix-caches.ts';
import { kvCapacityTokens } from '../cost/memory.ts';
import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import type { Placer } from '../policy/placer.ts';
import type { PolicyContext, PolicySpec } from '../policy/registry.ts';
import { orders } from '../scheduling/orders.ts';
import { placers, schedulers } from '../scheduling/registries.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { InputError } from '../units/input-error.ts';
import { Recent } from '../units/recent.ts';
import { buildWorkload } from './arrivals.ts';
import { clockKinds } from './clocks.ts';
import { type Group, type Scenario, seedOf } from './scenario.ts';
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
  const workload = workloadOf(trace, scenario);
  const { placer, groups } = prepare(scenario, workload);
  const instances = groups.flatMap(({ count, create }) => Array.from({ length: count }, create));
  const { onProgress } = options;
  const outcome = replayServing({
    workload,
    instances,
    placer,
    mode: options.mode,
    sink: options.sink(workload),
    ...(onProgress && { onProgress: (ended: number) => onProgress(ended, workload.count) }),
  });
  return { workload, outcome, instances: instances.length };
}

/**
 * Whether a trace can be replayed through the system of a scenario, without replaying it.
 * @throws InputError whatever `runServing` would refuse before its first step, in the same words
 */
export function checkServing(trace: RequestTrace, scenario: Scenario): void {
  prepare(scenario, workloadOf(trace, scenario));
}

/** Workloads of each trace: those of a sweep differ less often than its scenarios. */
const workloads = new WeakMap<RequestTrace, Recent<Workload>>();

function workloadOf(trace: RequestTrace, scenario: Scenario): Workload {
  const { arrivals } = scenario;
  const options = { seed: seedOf(scenario, 'workload'), limit: scenario.limits.requests };
  const isDrawn = arrivals.dequantise || arrivals.rate.by !== 'compress';
  const key = JSON.stringify([arrivals, options.limit, isDrawn ? options.seed : null]);
  const recent = workloads.get(trace) ?? new Recent<Workload>(2);
  workloads.set(trace, recent);
  return recent.get(key, () => buildWorkload(trace, arrivals, options));
}

/** What the instances of a group need to know of the requests. */
type Requests = Pick<Workload, 'blocks' | 'uniqueBlocks' | 'hasMedia'>;

/** A group that has passed every check. */
interface PreparedGroup {
  readonly count: number;
  readonly create: () => InstanceSetup;
}

function prepare(
  scenario: Scenario,
  requests: Requests,
): { placer: Placer; groups: PreparedGroup[] } {
  const context = { seed: seedOf(scenario, 'policy') };
  return {
    groups: scenario.groups.map((group, i) =>
      prepareGroup(group, scenario, requests, context, `groups.${i}`),
    ),
    placer: placers.create(scenario.placement as PolicySpec, context),
  };
}

function prepareGroup(
  group: Group,
  scenario: Scenario,
  requests: Requests,
  context: PolicyContext,
  where: string,
): PreparedGroup {
  const { kv, model, gpu, tp } = group;
  const { profile } = scenario;
  const clock = clockKinds.create(
    scenario.clock as PolicySpec,
    context,
  )({ model, gpu, tp, profile });
  const capacityTokens = capacityOf(group);
  if (capacityTokens < kv.blockSize) {
    const rule = `${model} on ${tp} x ${gpu} leaves ${capacityTokens} tokens for KV`;
    throw new InputError('the model does not fit', { where, rule });
  }
  const cached = prefixCaches.create(group.prefixCache as PolicySpec, context).enabled;
  if (cached && requests.blocks === null) {
    const rule = 'the trace has no block_ids';
    throw new InputError('prefix cache without blocks', { where: `${where}.prefixCache`, rule });
  }
  if (cached && requests.hasMedia) {
    const rule = 'block_ids cover text only: where media stand in a prompt is not modelled';
    throw new InputError('prefix cache with media', { where: `${where}.prefixCache`, rule });
  }
  const layers = modelNamed(model).layers;
  const cacheSlots = cached ? requests.uniqueBlocks : 0;
  const policies = () => ({
    scheduler: schedulers.create(group.scheduler as PolicySpec, context),
    order: orders.create(group.order as PolicySpec, context),
  });
  // A policy may refuse its parameters only when it is made.
  policies();
  return {
    count: group.count,
    create: () => ({
      clock,
      layers,
      memory: new KvMemory(capacityTokens, kv.blockSize, cacheSlots),
      ...policies(),
    }),
  };
}

/** KV tokens of one instance of a group: as given, or what the memory model leaves. */
export function capacityOf({ kv, model, gpu, tp }: Group): number {
  if (kv.capacityTokens !== null) return kv.capacityTokens;
  const rule = { kind: 'utilisation', share: kv.gpuMemoryUtilisation } as const;
  return kvCapacityTokens({ model: modelNamed(model), gpu: gpuNamed(gpu), tp, rule });
}
