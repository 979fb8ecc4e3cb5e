import { z } from 'zod';
import { blockStores } from '../caching/block-stores.ts';
import { prefixCaches } from '../caching/prefix-caches.ts';
import { profileNamed } from '../cost/profiles.ts';
import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import type { PolicySpec } from '../policy/registry.ts';
import { admissions } from '../scheduling/admissions.ts';
import { estimators } from '../scheduling/estimators/estimators.ts';
import { lengthPredictors } from '../scheduling/length-predictors.ts';
import { orders } from '../scheduling/orders.ts';
import { placers, schedulers } from '../scheduling/registries.ts';
import { InputError } from '../units/input-error.ts';
import { schemaError } from '../units/schema-error.ts';
import { clockKinds } from './clocks.ts';

const policy = z.looseObject({ kind: z.string() });

const arrivals = z.strictObject({
  /** open: as the trace says; session: a turn waits for its parent; closed: fixed concurrency. */
  mode: z.enum(['open', 'session', 'closed']).default('open'),
  /**
   * Which turn continues which: as the trace says, or found from its blocks (the latest request
   * that used the deepest shared block, beyond the first one). An inferred turn waits for the turn
   * before it and for its own recorded time.
   */
  sessions: z.enum(['recorded', 'inferred']).default('recorded'),
  /** Requests at once, for `closed`. */
  concurrency: z.int().min(1).default(1),
  rate: z
    .strictObject({
      factor: z.number().positive().default(1),
      /** compress the clock, keep each request with that chance, or draw new arrivals. */
      by: z.enum(['compress', 'thin', 'resample']).default('compress'),
    })
    .prefault({}),
  /** Spreads arrivals that share a tick over the tick, seeded. */
  dequantise: z.boolean().default(false),
  /** Only arrivals in [fromMs, toMs), which then start at time 0. */
  window: z
    .strictObject({ fromMs: z.number().min(0), toMs: z.number().positive() })
    .nullable()
    .default(null),
  /** Requests that arrive at the same time are all placed before any instance plans. */
  coalesce: z.boolean().default(false),
});

const group = z.strictObject({
  count: z.int().min(1).max(100_000).default(1),
  /** Stages that its instances do. */
  roles: z
    .array(z.enum(['prefill', 'decode']))
    .min(1)
    .default(['prefill', 'decode']),
  model: z.string(),
  gpu: z.string().default('a100-80gb'),
  tp: z.int().min(1).max(64).default(1),
  scheduler: policy.default({ kind: 'chunked-prefill' }),
  order: policy.default({ kind: 'fcfs' }),
  /** Who predicts output lengths, for the policies that want to know them. */
  lengths: policy.default({ kind: 'none' }),
  /** Client slots of each instance: requests at once; 0: as many as memory holds. */
  slots: z.int().min(0).max(100_000).default(0),
  /** Nodes over which the layers of a prefill instance are split, `tp` GPUs each. */
  pipeline: z.int().min(1).max(64).default(1),
  kv: z
    .strictObject({
      /** null: what the memory model leaves for KV. */
      capacityTokens: z.int().min(1).nullable().default(null),
      blockSize: z.int().min(1).max(4096).default(16),
      gpuMemoryUtilisation: z.number().positive().max(1).default(0.9),
    })
    .prefault({}),
  prefixCache: policy.default({ kind: 'off' }),
  /** Prefix blocks kept in the host memory of each instance's node. */
  store: policy.default({ kind: 'none' }),
  /**
   * Achieved rates of each instance, one direction, GB/s (1e9 bytes). null: for each of its GPUs,
   * 87/8 over the network (87 GB/s measured on 8 GPUs with 4 x 200 Gb/s, FAST'25 section 5.4), and
   * 128/8 between host and GPU memory (FAST'25 table 1).
   */
  links: z
    .strictObject({
      nicGBps: z.number().positive().nullable().default(null),
      hostGBps: z.number().positive().nullable().default(null),
      /** From disk: NVMe of PCIe 4, 0.7 of 7 GB/s. */
      diskGBps: z.number().positive().default(4.9),
    })
    .prefault({}),
  /** DRAM set aside beside each instance, GiB: what it costs. null: what its store holds in DRAM. */
  hostDramGib: z.number().min(0).nullable().default(null),
});

/** How KV moves between instances, and between host and GPU memory. */
const network = z.strictObject({
  /** How flows share a link. */
  discipline: z.enum(['fair', 'fifo', 'priority']).default('fair'),
  /** A flow of higher priority waits for the end of a chunk. */
  chunkMiB: z.number().positive().default(64),
  /** layer-wise: KV moves while other layers compute; serial: before and after. */
  streaming: z.enum(['layer-wise', 'serial']).default('layer-wise'),
  /** all: every block found is loaded; quickest: as many as let the prompt be done first. */
  reuse: z.enum(['all', 'quickest']).default('all'),
});

/** What things cost, on a day and by a source: without them nothing is said in money. */
const prices = z.strictObject({
  date: z.iso.date('a date, YYYY-MM-DD'),
  source: z.string().min(1, 'where the prices stand'),
  currency: z.string().min(1, 'such as USD'),
  gpuHour: z.number().positive(),
  dramGibHour: z.number().min(0),
});

const scenario = z.strictObject({
  trace: z.string().nullable().default(null),
  arrivals: arrivals.prefault({}),
  seed: z.int().min(0).default(1),
  /** Seeds by source of chance, where they differ from `seed`; null: as `seed`. */
  seeds: z
    .strictObject({
      /** Arrivals: de-quantising, thinning, resampling. */
      workload: z.int().min(0).nullable().default(null),
      /** Placement, admission, schedulers, orders and caches. */
      policy: z.int().min(0).nullable().default(null),
      /** Errors of length predictors; null: as `policy`. */
      lengths: z.int().min(0).nullable().default(null),
    })
    .prefault({}),
  clock: z.looseObject({ kind: z.string().default('analytic') }).prefault({}),
  profile: z.string().default('modern-cuda-graphs'),
  placement: policy.default({ kind: 'round-robin' }),
  admission: policy.default({ kind: 'none' }),
  /** Who predicts step times, for placement, admission and schedulers. */
  estimator: policy.default({ kind: 'regression' }),
  /** Stage that yields a request's first token. */
  firstToken: z.enum(['prefill', 'decode']).default('prefill'),
  network: network.prefault({}),
  groups: z.array(group).min(1),
  samples: z
    .strictObject({
      /** How often the state of every instance is written down; null: never. */
      everyMs: z.number().positive().nullable().default(null),
      /** Ranks of the blocks, by references in the trace, whose copies are counted then. */
      blockRanks: z
        .array(z.int().min(1))
        .refine((ranks) => new Set(ranks).size === ranks.length, 'each rank once')
        .default([1, 10, 100, 1000]),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Only the first so many requests; null: all. */
      requests: z.int().min(1).nullable().default(null),
    })
    .prefault({}),
  prices: prices.nullable().default(null),
});

/** A scenario as its author writes it: everything with a default may be left out. */
export type ScenarioInput = z.input<typeof scenario>;

/** Everything about one replay, with every default filled in. Plain data, validated. */
export type Scenario = z.output<typeof scenario>;
export type Group = Scenario['groups'][number];
export type ArrivalSpec = Scenario['arrivals'];

/** Seed of one source of chance. */
export function seedOf({ seed, seeds }: Scenario, source: keyof Scenario['seeds']): number {
  const own = source === 'lengths' ? (seeds.lengths ?? seeds.policy) : seeds[source];
  return own ?? seed;
}

/**
 * Validates a scenario and fills in every default, those of the policies too.
 * @throws InputError naming the path, the value, the rule and the nearest right name
 */
export function parseScenario(value: unknown): Scenario {
  const result = scenario.safeParse(value);
  if (!result.success) throw schemaError(scenario, result.error, value, 'scenario');
  const parsed = result.data;
  const { window } = parsed.arrivals;
  if (window !== null && window.toMs <= window.fromMs) {
    const where = 'arrivals.window';
    throw new InputError('empty window', { where, rule: 'toMs after fromMs' });
  }
  return {
    ...parsed,
    profile: profileNamed(parsed.profile).name,
    clock: clockKinds.complete(parsed.clock as PolicySpec, 'clock'),
    placement: placers.complete(parsed.placement as PolicySpec, 'placement'),
    admission: admissions.complete(parsed.admission as PolicySpec, 'admission'),
    estimator: estimators.complete(parsed.estimator as PolicySpec, 'estimator'),
    groups: completeGroups(parsed),
  };
}

function completeGroups({ groups }: Scenario): Group[] {
  const complete = groups.map((one, i) => completeGroup(one, `groups.${i}`));
  for (const role of ['prefill', 'decode'] as const) {
    if (complete.some(({ roles }) => roles.includes(role))) continue;
    const rule = `at least one group with the role ${role}`;
    throw new InputError(`no instance does ${role}`, { where: 'groups', rule });
  }
  const models = new Set(complete.map(({ model }) => model));
  const isMoving = complete.some(({ roles, store }) => roles.length === 1 || store.kind !== 'none');
  if (models.size > 1 && isMoving) {
    const rule = 'KV moves between instances of one model only';
    throw new InputError(`models ${[...models].join(', ')}`, { where: 'groups', rule });
  }
  return complete;
}

/** Some policies go by predicted lengths or fill client slots: without them they mean nothing. */
function checkNeeds(one: Group, where: string): void {
  for (const [name, registry] of [
    ['scheduler', schedulers],
    ['order', orders],
  ] as const) {
    const spec = one[name] as PolicySpec;
    const needs = registry.needsOf(spec);
    if (needs.includes('lengths') && one.lengths.kind === 'none') {
      const rule = `a predictor of output lengths: ${name} ${spec.kind} goes by them`;
      throw new InputError('lengths none', { where: `${where}.lengths`, rule });
    }
    if (needs.includes('slots') && one.slots === 0) {
      const rule = `client slots: ${name} ${spec.kind} fills them`;
      throw new InputError('slots 0', { where: `${where}.slots`, rule });
    }
  }
}

function completeGroup(one: Group, where: string): Group {
  const roles = (['prefill', 'decode'] as const).filter((role) => one.roles.includes(role));
  if (one.pipeline > 1 && roles.includes('decode')) {
    const rule = 'only instances that prefill and do not decode are pipelines';
    throw new InputError(`pipeline ${one.pipeline}`, { where: `${where}.pipeline`, rule });
  }
  for (const [kind, role] of [
    ['prefill-pool', 'prefill'],
    ['decode-pool', 'decode'],
  ] as const) {
    if (one.scheduler.kind !== kind || roles.join() === role) continue;
    const rule = `roles ['${role}']: it does nothing else`;
    throw new InputError(`scheduler ${kind}`, { where: `${where}.scheduler`, rule });
  }
  const { layers } = modelNamed(one.model);
  if (one.pipeline > layers) {
    const rule = `at most the ${layers} layers of ${one.model}`;
    throw new InputError(`pipeline ${one.pipeline}`, { where: `${where}.pipeline`, rule });
  }
  if (one.store.kind !== 'none' && one.prefixCache.kind !== 'off') {
    const rule = 'prefixCache off: an instance reuses prefixes from its store or its KV memory';
    throw new InputError(`store ${one.store.kind}`, { where: `${where}.store`, rule });
  }
  const complete: Group = {
    ...one,
    roles,
    model: modelNamed(one.model).name,
    gpu: gpuNamed(one.gpu).name,
    scheduler: schedulers.complete(one.scheduler as PolicySpec, `${where}.scheduler`),
    order: orders.complete(one.order as PolicySpec, `${where}.order`),
    lengths: lengthPredictors.complete(one.lengths as PolicySpec, `${where}.lengths`),
    prefixCache: prefixCaches.complete(one.prefixCache as PolicySpec, `${where}.prefixCache`),
    store: blockStores.complete(one.store as PolicySpec, `${where}.store`),
  };
  checkNeeds(complete, where);
  return complete;
}
