/** From a group of a scenario to the instances that the engine runs. */
import { blockStores } from '../caching/block-stores.ts';
import { prefixCaches } from '../caching/prefix-caches.ts';
import type { BlockStoreChoice } from '../caching/store/block-store.ts';
import { kvCapacityTokens } from '../cost/memory.ts';
import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import { kvBytesPerToken } from '../model/parameters.ts';
import { shardOf } from '../model/shard.ts';
import type { PolicyContext, PolicySpec } from '../policy/registry.ts';
import { estimators } from '../scheduling/estimators/estimators.ts';
import { pipelined } from '../scheduling/estimators/pipelined.ts';
import { lengthPredictors } from '../scheduling/length-predictors.ts';
import { orders } from '../scheduling/orders.ts';
import { schedulers } from '../scheduling/registries.ts';
import { InputError } from '../units/input-error.ts';
import { clockKinds } from './clocks.ts';
import { type Group, type Scenario, seedOf } from './scenario.ts';
import type { InstanceSetup } from './serving/engine.ts';
import { KvMemory } from './serving/kv-memory.ts';
import type { Workload } from './serving/workload.ts';

/** Prompts up to this long are in the range that estimators are fitted on. */
const longestPlanned = 131_072;

/** A group that has passed every check. */
export interface PreparedGroup {
  readonly count: number;
  readonly create: () => InstanceSetup;
  readonly store: BlockStoreChoice;
  readonly nicBytesPerMs: number;
}

export function prepareGroup(
  group: Group,
  scenario: Scenario,
  workload: Workload,
  context: PolicyContext,
  where: string,
): PreparedGroup {
  const { model, gpu, tp, kv, roles, slots, pipeline } = group;
  const { profile } = scenario;
  const target = { model, gpu, tp, profile };
  const clock = clockKinds.create(scenario.clock as PolicySpec, context)(target);
  const capacityTokens = capacityOf(group);
  if (capacityTokens < kv.blockSize) {
    const rule = `${model} on ${tp} x ${gpu} leaves ${capacityTokens} tokens for KV`;
    throw new InputError('the model does not fit', { where, rule });
  }
  const cached = prefixCaches.create(group.prefixCache as PolicySpec, context).enabled;
  if (cached) refuseWithoutBlocks(workload, 'prefix cache', `${where}.prefixCache`);
  const store = storeOf(group, workload, context, `${where}.store`);
  const { layers, hidden } = modelNamed(model);
  const policies = () => ({
    scheduler: schedulers.create(group.scheduler as PolicySpec, context),
    order: orders.create(group.order as PolicySpec, context),
    predictor: lengthPredictors.create(
      group.lengths as PolicySpec,
      context,
    )({ ...workload, seed: seedOf(scenario, 'lengths') }),
  });
  // A policy may refuse its parameters only when it is made.
  policies();
  // Not the trace's own longest request: that would be known only when the trace is over.
  const maxTokens = Math.min(capacityTokens, longestPlanned);
  const estimator = pipelined(
    estimators.create(scenario.estimator as PolicySpec, context)(clock, layers, {
      maxTokens,
      capacityTokens,
    }),
    pipeline,
    Number((group.scheduler as PolicySpec).chunkTokens ?? maxTokens),
  );
  const bytesPerToken = kvBytesPerToken(shardOf(modelNamed(model), 1));
  const gpus = tp * pipeline;
  const nicBytesPerMs = (group.links.nicGBps ?? (87 / 8) * gpus) * 1e6;
  return {
    count: group.count,
    store,
    nicBytesPerMs,
    create: () => ({
      clock,
      layers,
      memory: new KvMemory(capacityTokens, kv.blockSize, cached ? workload.uniqueBlocks : 0),
      ...policies(),
      estimator,
      prefills: roles.includes('prefill'),
      decodes: roles.includes('decode'),
      slots,
      stages: pipeline,
      hopMsPerToken: (2 * hidden) / nicBytesPerMs,
      kvBytesPerToken: bytesPerToken,
      links: {
        hostBytesPerMs: (group.links.hostGBps ?? (128 / 8) * gpus) * 1e6,
        diskBytesPerMs: group.links.diskGBps * 1e6,
        diskTier: store.tiers.findIndex(({ medium }) => medium === 'ssd'),
      },
    }),
  };
}

/** The store of a group's instances, which must hold at least one block of the trace. */
function storeOf(
  { store }: Group,
  workload: Workload,
  context: PolicyContext,
  where: string,
): BlockStoreChoice {
  let choice: BlockStoreChoice;
  try {
    choice = blockStores.create(store as PolicySpec, context);
  } catch (error) {
    throw error instanceof InputError ? error.within(where) : error;
  }
  if (!choice.enabled) return choice;
  refuseWithoutBlocks(workload, 'host store', where);
  const { blockTokens } = workload;
  const small = choice.tiers.find(({ tokens }) => tokens < blockTokens);
  if (small === undefined) return choice;
  throw new InputError(`invalid value ${small.tokens}`, {
    where: `${where}.${small.medium}Tokens`,
    rule: `at least one block of ${blockTokens} tokens`,
  });
}

/** KV tokens of one instance of a group: as given, or what the memory model leaves. */
export function capacityOf({ kv, model, gpu, tp, pipeline }: Group): number {
  if (kv.capacityTokens !== null) return kv.capacityTokens;
  const rule = { kind: 'utilisation', share: kv.gpuMemoryUtilisation } as const;
  // Each stage of a pipeline holds its layers' share of the KV beside the whole model's weights:
  // that it holds fewer weights too is left out.
  return pipeline * kvCapacityTokens({ model: modelNamed(model), gpu: gpuNamed(gpu), tp, rule });
}

function refuseWithoutBlocks({ blocks, hasMedia }: Workload, what: string, where: string): void {
  if (blocks === null) {
    throw new InputError(`${what} without blocks`, { where, rule: 'the trace has no block_ids' });
  }
  if (!hasMedia) return;
  const rule = 'block_ids cover text only: where media stand in a prompt is not modelled';
  throw new InputError(`${what} with media`, { where, rule });
}
