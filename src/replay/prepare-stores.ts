/** Host stores of a cluster, and the blocks whose copies are counted. */
import type { BlockForest } from '../caching/eviction.ts';
import { BlockIndex } from '../caching/store/block-index.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { BlockStream } from './cache/block-stream.ts';
import type { PreparedGroup } from './prepare-group.ts';
import type { Scenario } from './scenario.ts';
import type { InstanceSetup } from './serving/engine.ts';
import type { StoreSetup } from './serving/host-stores.ts';
import type { SampleSetup } from './serving/samples.ts';

const forests = new WeakMap<RequestTrace, BlockForest>();
const ranks = new WeakMap<RequestTrace, Int32Array>();

/** Stores of all instances in order, none where no group has one. */
export function prepareStores(
  trace: RequestTrace,
  groups: readonly PreparedGroup[],
  instances: readonly InstanceSetup[],
  seed: number,
): StoreSetup | undefined {
  if (!groups.some(({ store }) => store.enabled)) return undefined;
  const blocks = trace.uniqueBlocks;
  const index = new BlockIndex(instances.length, blocks);
  const forest = forests.get(trace) ?? new BlockStream(trace).forest;
  forests.set(trace, forest);
  const choices = groups.flatMap(({ count, store }) => Array.from({ length: count }, () => store));
  const stores = choices.map((choice, node) => {
    if (!choice.enabled) return null;
    return choice.build({
      blocks,
      blockTokens: trace.meta.blockSize ?? 1,
      kvBytesPerToken: instances[node]?.kvBytesPerToken ?? 0,
      forest,
      listener: {
        added: (id) => index.added(node, id),
        removed: (id) => index.removed(node, id),
      },
      seed,
    });
  });
  return { index, stores };
}

export function prepareSamples(
  trace: RequestTrace,
  { samples }: Scenario,
): SampleSetup | undefined {
  if (samples.everyMs === null) return undefined;
  const byRank = blocksByRank(trace);
  const blocks = samples.blockRanks
    .filter((rank) => rank <= byRank.length)
    .map((rank) => ({ rank, id: byRank[rank - 1] as number }));
  return { everyMs: samples.everyMs, blocks };
}

/** Block ids by references in the whole trace, most first; equal ones by id. */
function blocksByRank(trace: RequestTrace): Int32Array {
  const known = ranks.get(trace);
  if (known !== undefined) return known;
  const references = new Int32Array(trace.uniqueBlocks);
  for (const id of trace.blocks?.values ?? []) references[id]!++;
  const ids = Int32Array.from(references.keys());
  ids.sort((a, b) => (references[b] as number) - (references[a] as number) || a - b);
  ranks.set(trace, ids);
  return ids;
}
