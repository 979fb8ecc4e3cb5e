import { blockStores } from '../../../caching/block-stores.ts';
import type { BlockForest } from '../../../caching/eviction.ts';
import { BlockIndex } from '../../../caching/store/block-index.ts';
import type { PolicySpec } from '../../../policy/registry.ts';
import { orders } from '../../../scheduling/orders.ts';
import { schedulers } from '../../../scheduling/registries.ts';
import { replayServing } from '../engine.ts';
import { KvMemory } from '../kv-memory.ts';
import type { StepRow, TransferRow } from '../sink.ts';
import { endReasons, taskStatus } from '../task-columns.ts';
import { TestAdmission, TestPlacer } from './cluster-placer.ts';
import type { Cluster, ClusterFlow, ClusterOutcome } from './cluster-types.ts';
import { singleSteps } from './engine-run.ts';
import { dyadicStepClock, workloadOf } from './random-workload.ts';

const seed = { seed: 1 };

/** Runs the engine on a cluster and lays its outcome out as the simulator does. */
export function runCluster(cluster: Cluster, mode: 'fast' | 'step') {
  const { requests, instances, blockTokens, arrivals, kvBytesPerToken } = cluster;
  const rows: StepRow[] = [];
  const stays: number[][] = [];
  const flows: TransferRow[] = [];
  const workload = workloadOf({
    requests,
    arrivals,
    prefixCache: { blockTokens },
    instances: instances.length,
    placement: 'round-robin',
    scheduler: { kind: 'orca', maxSequences: 1 },
    kv: { capacityTokens: 1, blockSize: 1 },
  });
  const { tasks } = replayServing({
    workload,
    instances: instances.map((one) => ({
      clock: dyadicStepClock(one.clock),
      layers: one.layers,
      memory: new KvMemory(one.capacityTokens, one.blockSize, 0),
      scheduler: schedulers.create(one.scheduler as unknown as PolicySpec, seed),
      order: orders.create({ kind: 'fcfs' }, seed),
      estimator: { prefillMs: () => 0, roundMs: () => 0 },
      prefills: one.role !== 'decode',
      decodes: one.role !== 'prefill',
      stages: one.stages,
      hopMsPerToken: one.hopMsPerToken,
      kvBytesPerToken,
      links: { hostBytesPerMs: one.hostBytesPerMs, diskBytesPerMs: 1, diskTier: -1 },
    })),
    placer: new TestPlacer(cluster),
    admission: new TestAdmission(cluster),
    ...(instances.some(({ storeBlocks }) => storeBlocks !== null) && {
      stores: storesOf(cluster, workload.uniqueBlocks),
    }),
    network: {
      discipline: cluster.discipline,
      chunkBytes: 2 ** 40,
      streaming: cluster.streaming,
      nicBytesPerMs: Float64Array.from(instances, ({ nicBytesPerMs }) => nicBytesPerMs),
    },
    firstToken: cluster.firstToken,
    mode,
    sink: {
      step: (row) => rows.push({ ...row }),
      stay: (...stay) => stays.push(stay),
      transfer: (row) => flows.push({ ...row }),
    },
  });
  const names = ['finished', 'rejected', 'cancelled', 'unfinished'] as const;
  return {
    rows,
    stays,
    requests: requests.map(
      (_, task): ClusterOutcome => ({
        status: names[(tasks.status[task] as number) - taskStatus.finished]!,
        reason: endReasons[tasks.reason[task]!]!,
        instance: tasks.instance[task]!,
        prefillInstance: tasks.prefillInstance[task]!,
        arrivalMs: tasks.arrivalMs[task]!,
        admittedMs: tasks.admittedMs[task]!,
        prefillMs: tasks.prefillMs[task]!,
        firstTokenMs: tasks.firstTokenMs[task]!,
        endMs: tasks.endMs[task]!,
        cachedTokens: tasks.cachedTokens[task]!,
        fetchedTokens: tasks.fetchedTokens[task]!,
        preemptions: tasks.preemptions[task]!,
        generated: tasks.generated[task]!,
      }),
    ),
    steps: instances.map((_, instance) =>
      rows.filter((row) => row.instance === instance).flatMap(singleSteps),
    ),
    flows: flows.map(
      ({ kind, task, from, to, bytes, startMs, endMs, complete }): ClusterFlow => ({
        kind: kind === 0 ? 'prefix' : 'kv',
        request: task,
        from,
        to,
        bytes,
        startMs,
        endMs,
        complete,
      }),
    ),
  };
}

function storesOf({ instances, requests, blockTokens, kvBytesPerToken }: Cluster, blocks: number) {
  const index = new BlockIndex(instances.length, blocks);
  const forest: BlockForest = {
    parent: new Int32Array(blocks).fill(-1),
    depth: new Int32Array(blocks),
  };
  for (const { blocks: chain = [] } of requests) {
    for (const [depth, id] of chain.entries()) {
      forest.parent[id] = chain[depth - 1] ?? -1;
      forest.depth[id] = depth;
    }
  }
  const stores = instances.map(({ storeBlocks }, node) =>
    storeBlocks === null
      ? null
      : blockStores.create({ kind: 'pool', dramTokens: storeBlocks * blockTokens }, seed).build({
          blocks,
          blockTokens,
          kvBytesPerToken,
          forest,
          listener: {
            added: (id) => index.added(node, id),
            removed: (id) => index.removed(node, id),
          },
          seed: 1,
        }),
  );
  return { index, stores };
}
