import type { PolicySpec } from '../../policy/registry.ts';
import type { TierReplayResult } from '../../replay/cache/tiers.ts';
import { InputError } from '../../units/input-error.ts';
import type { Medium, PerMedium, TierOptions } from './cache-tiers-options.ts';

/** One set of tiers, replayed. */
export interface TierRow {
  readonly bytesPerS: readonly number[];
  readonly result: TierReplayResult;
}

export async function cacheTiers(name: string, options: TierOptions): Promise<void> {
  const { blockStores } = await import('../../caching/block-stores.ts');
  const { createClock } = await import('../../cost/clock.ts');
  const { modelNamed } = await import('../../model/models.ts');
  const { kvBytesPerToken } = await import('../../model/parameters.ts');
  const { shardOf } = await import('../../model/shard.ts');
  const { BlockStream } = await import('../../replay/cache/block-stream.ts');
  const { loadRates } = await import('../../replay/cache/tiers-rates.ts');
  const { promptTimes } = await import('../../replay/cache/tiers-prefill.ts');
  const { replayTiers } = await import('../../replay/cache/tiers.ts');
  const { readTrace } = await import('../../trace/read.ts');
  const { model: modelName, gpu, tp, overlap, load, nodes, routing, seed } = options;
  if (options.requests && !options.json) {
    throw new InputError('--requests without --json', { rule: 'rows of requests are JSON' });
  }
  const model = modelNamed(modelName);
  const clock = createClock({ kind: 'analytic', model: modelName, gpu, tp });
  const specs = (options.tiers ?? []).map((asked) => {
    const spec = specOf(asked, options.pool ?? {});
    const { tiers } = blockStores.create(spec, { seed });
    const bytesPerS = load
      ? tiers.map(({ medium }) => rateOf(load, medium))
      : loadRates(tiers, gpu, tp);
    return { spec, bytesPerS };
  });
  const { located, trace } = await readTrace(name);
  if (trace.blocks === null) {
    throw new InputError('a trace without block_ids has nothing to store', {
      where: located.path,
      rule: 'traces with blocks: reprise traces list',
    });
  }
  const stream = new BlockStream(trace);
  const rows = specs.map(({ spec, bytesPerS }): TierRow => {
    const costs = {
      bytesPerS,
      overlap,
      layers: model.layers,
      kvBytesPerToken: kvBytesPerToken(shardOf(model, 1)),
      prefillMs: promptTimes(clock, model.layers),
    };
    const result = replayTiers(stream, { store: spec, costs, nodes, routing, seed });
    return { bytesPerS, result };
  });
  const view = await import('./cache-tiers-view.ts');
  if (options.json) view.printTiersJson(rows, options);
  else view.printTiers(rows, { ...options, trace: name, clock: clock.name });
}

function specOf(asked: PerMedium, pool: Record<string, string | number>): PolicySpec {
  for (const name of ['dramTokens', 'ssdTokens', 'kind']) {
    if (Object.hasOwn(pool, name)) {
      throw new InputError(`${name} in --pool`, { rule: 'capacities are those of --tiers' });
    }
  }
  return { ...pool, kind: 'pool', dramTokens: asked.dram ?? 0, ssdTokens: asked.ssd ?? 0 };
}

function rateOf(load: PerMedium, medium: Medium): number {
  const rate = load[medium];
  if (rate !== undefined) return rate;
  throw new InputError(`no rate of ${medium}`, { where: '--load', rule: 'one for each tier' });
}
