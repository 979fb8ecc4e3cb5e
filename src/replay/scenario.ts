import { z } from 'zod';
import { prefixCaches } from '../caching/prefix-caches.ts';
import { profileNamed } from '../cost/profiles.ts';
import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import type { PolicySpec } from '../policy/registry.ts';
import { orders } from '../scheduling/orders.ts';
import { placers, schedulers } from '../scheduling/registries.ts';
import { InputError } from '../units/input-error.ts';
import { schemaError } from '../units/schema-error.ts';
import { clockKinds } from './clocks.ts';

const policy = z.looseObject({ kind: z.string() });

const arrivals = z.strictObject({
  /** open: as the trace says; session: a turn waits for its parent; closed: fixed concurrency. */
  mode: z.enum(['open', 'session', 'closed']).default('open'),
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
});

const group = z.strictObject({
  count: z.int().min(1).max(100_000).default(1),
  roles: z.array(z.enum(['prefill', 'decode'])).default(['prefill', 'decode']),
  model: z.string(),
  gpu: z.string().default('a100-80gb'),
  tp: z.int().min(1).max(64).default(1),
  scheduler: policy.default({ kind: 'chunked-prefill' }),
  order: policy.default({ kind: 'fcfs' }),
  kv: z
    .strictObject({
      /** null: what the memory model leaves for KV. */
      capacityTokens: z.int().min(1).nullable().default(null),
      blockSize: z.int().min(1).max(4096).default(16),
      gpuMemoryUtilisation: z.number().positive().max(1).default(0.9),
    })
    .prefault({}),
  prefixCache: policy.default({ kind: 'off' }),
  /** DRAM set aside beside each instance, GiB; counted, not yet used by any cache. */
  hostDramGib: z.number().min(0).default(0),
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
      /** Placement, schedulers, orders and caches. */
      policy: z.int().min(0).nullable().default(null),
    })
    .prefault({}),
  clock: z.looseObject({ kind: z.string().default('analytic') }).prefault({}),
  profile: z.string().default('modern-cuda-graphs'),
  placement: policy.default({ kind: 'round-robin' }),
  groups: z.array(group).min(1),
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
  return seeds[source] ?? seed;
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
    groups: parsed.groups.map((one, i) => completeGroup(one, `groups.${i}`)),
  };
}

function completeGroup(one: Group, where: string): Group {
  if (!one.roles.includes('prefill') || !one.roles.includes('decode')) {
    const rule = 'every instance does both prefill and decode';
    throw new InputError(`roles ${one.roles.join(', ')}`, { where: `${where}.roles`, rule });
  }
  return {
    ...one,
    roles: ['prefill', 'decode'],
    model: modelNamed(one.model).name,
    gpu: gpuNamed(one.gpu).name,
    scheduler: schedulers.complete(one.scheduler as PolicySpec, `${where}.scheduler`),
    order: orders.complete(one.order as PolicySpec, `${where}.order`),
    prefixCache: prefixCaches.complete(one.prefixCache as PolicySpec, `${where}.prefixCache`),
  };
}
