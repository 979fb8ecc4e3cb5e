/** Where a scenario names a policy that a user's own file can define. */
import type { PolicySpec, Registry } from '../policy/registry.ts';
import { admissions } from '../scheduling/admissions.ts';
import { estimators } from '../scheduling/estimators/estimators.ts';
import { lengthPredictors } from '../scheduling/length-predictors.ts';
import { orders } from '../scheduling/orders.ts';
import { placers, schedulers } from '../scheduling/registries.ts';

export interface PolicySlot {
  readonly registry: Registry<unknown>;
  /** What a policy must be able to do. */
  readonly methods: readonly string[];
  /** Whether `create` gives a function that makes policies: of the clock, or of the workload. */
  readonly isFactory: boolean;
}

function slot(
  registry: Registry<unknown>,
  methods: readonly string[],
  { isFactory = false } = {},
): PolicySlot {
  return { registry, methods, isFactory };
}

const ofScenario: Readonly<Record<string, PolicySlot>> = {
  placement: slot(placers, ['place']),
  admission: slot(admissions, ['atArrival', 'atDecode']),
  estimator: slot(estimators, ['prefillMs', 'roundMs'], { isFactory: true }),
};

const ofGroup: Readonly<Record<string, PolicySlot>> = {
  scheduler: slot(schedulers, ['plan']),
  order: slot(orders, ['key']),
  lengths: slot(lengthPredictors, ['predict'], { isFactory: true }),
};

/** As a scenario names them. */
export const slotNames = [...Object.keys(ofScenario), ...Object.keys(ofGroup)];

type Json = Record<string, unknown>;

/** @returns the policy to stand there; undefined: none, so that the default does */
type Change = (spec: PolicySpec, slot: PolicySlot, where: string) => PolicySpec | undefined;

/**
 * A copy of a scenario with each of its policies changed. What is no policy, or no scenario, is
 * left as it is: it need not have been validated.
 */
export function mapPolicies<T>(scenario: T, change: Change): T {
  if (!isObject(scenario)) return scenario;
  const { groups } = scenario;
  const changed = Array.isArray(groups) && {
    groups: groups.map((group: unknown, i) =>
      isObject(group) ? mapped(group, ofGroup, `groups.${i}.`, change) : group,
    ),
  };
  return { ...mapped(scenario, ofScenario, '', change), ...changed } as T;
}

function mapped(
  from: Json,
  places: Readonly<Record<string, PolicySlot>>,
  prefix: string,
  change: Change,
): Json {
  const result = { ...from };
  for (const [name, place] of Object.entries(places)) {
    const spec = from[name];
    if (!isObject(spec) || typeof spec.kind !== 'string') continue;
    const next = change(spec as unknown as PolicySpec, place, `${prefix}${name}`);
    if (next === undefined) delete result[name];
    else result[name] = next;
  }
  return result;
}

/** The policies of a scenario that a user's file can define, with their places; groups first. */
export function policiesOf(
  scenario: unknown,
): { spec: PolicySpec; slot: PolicySlot; where: string }[] {
  const found: { spec: PolicySpec; slot: PolicySlot; where: string }[] = [];
  mapPolicies(scenario, (spec, slot, where) => {
    found.push({ spec, slot, where });
    return spec;
  });
  return found;
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
