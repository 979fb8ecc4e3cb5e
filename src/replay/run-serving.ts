import type { Admission } from '../policy/admission.ts';
import type { Placer } from '../policy/placer.ts';
import type { PolicySpec } from '../policy/registry.ts';
import { admissions } from '../scheduling/admissions.ts';
import { placers } from '../scheduling/registries.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { Recent } from '../units/recent.ts';
import { buildWorkload } from './arrivals.ts';
import { type PreparedGroup, prepareGroup } from './prepare-group.ts';
import { prepareSamples, prepareStores } from './prepare-stores.ts';
import { type Scenario, seedOf } from './scenario.ts';
import { replayServing, type ServingOutcome } from './serving/engine.ts';
import type { ServingSink } from './serving/sink.ts';
import type { NetworkSetup } from './serving/transfers.ts';
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
  const { placer, admission, groups } = prepare(scenario, workload);
  const instances = groups.flatMap(({ count, create }) => Array.from({ length: count }, create));
  const stores = prepareStores(trace, groups, instances, seedOf(scenario, 'policy'));
  const network = networkOf(scenario, groups);
  const samples = prepareSamples(trace, scenario);
  const { onProgress } = options;
  const outcome = replayServing({
    workload,
    instances,
    placer,
    firstToken: scenario.firstToken,
    coalesce: scenario.arrivals.coalesce,
    ...(scenario.admission.kind !== 'none' && { admission }),
    ...(stores && { stores }),
    ...(network && { network }),
    ...(samples && { samples }),
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

interface PreparedCluster {
  readonly placer: Placer;
  readonly admission: Admission;
  readonly groups: readonly PreparedGroup[];
}

function prepare(scenario: Scenario, workload: Workload): PreparedCluster {
  const context = { seed: seedOf(scenario, 'policy') };
  return {
    groups: scenario.groups.map((group, i) =>
      prepareGroup(group, scenario, workload, context, `groups.${i}`),
    ),
    placer: placers.create(scenario.placement as PolicySpec, context),
    admission: admissions.create(scenario.admission as PolicySpec, context),
  };
}

/** Links between instances, where KV moves at all. */
function networkOf(
  { network, groups: specs }: Scenario,
  groups: readonly PreparedGroup[],
): NetworkSetup | undefined {
  const isMoving = specs.some(({ roles, store }) => roles.length === 1 || store.kind !== 'none');
  if (!isMoving) return undefined;
  return {
    discipline: network.discipline,
    chunkBytes: network.chunkMiB * 2 ** 20,
    streaming: network.streaming,
    reuse: network.reuse,
    nicBytesPerMs: Float64Array.from(
      groups.flatMap(({ count, nicBytesPerMs }) => Array<number>(count).fill(nicBytesPerMs)),
    ),
  };
}
