import { resolve } from 'node:path';
import { blockStores } from '../caching/block-stores.ts';
import { cachePolicies } from '../caching/policies.ts';
import { prefixCaches } from '../caching/prefix-caches.ts';
import { completeParameters, type Parameters } from '../policy/parameters.ts';
import type { PolicyDefinition } from '../policy/registry.ts';
import { clockKinds } from '../replay/clocks.ts';
import { admissions } from '../scheduling/admissions.ts';
import { estimators } from '../scheduling/estimators/estimators.ts';
import { lengthPredictors } from '../scheduling/length-predictors.ts';
import { offlineAssignments } from '../scheduling/offline/assignments.ts';
import { orders } from '../scheduling/orders.ts';
import { placers, schedulers } from '../scheduling/registries.ts';
import { unknownName } from '../units/nearest.ts';
import { loadDefinition } from './user-policies.ts';

const registries = {
  scheduler: schedulers,
  order: orders,
  placement: placers,
  admission: admissions,
  estimator: estimators,
  lengths: lengthPredictors,
  'offline-assignment': offlineAssignments,
  'prefix-cache': prefixCaches,
  store: blockStores,
  cache: cachePolicies,
  clock: clockKinds,
};

export interface PolicySection {
  readonly kind: string;
  readonly policies: readonly {
    readonly kind: string;
    readonly doc: string;
    readonly source: string;
    /** Knowledge that no deployed system has, with the default parameters. */
    readonly oracle: readonly string[];
    readonly parameters: Parameters;
  }[];
}

/** All policies of one kind of decision, or of every kind. */
export function policyReference(kind?: string): PolicySection[] {
  if (kind !== undefined && !(kind in registries)) {
    throw unknownName('kind of policy', kind, Object.keys(registries));
  }
  return Object.entries(registries)
    .filter(([name]) => kind === undefined || name === kind)
    .map(([name, registry]) => ({
      kind: name,
      policies: registry.all().map(entryOf),
    }));
}

/** The policy that a user's file defines. */
export async function policyFileReference(path: string): Promise<PolicySection[]> {
  return [{ kind: path, policies: [entryOf(await loadDefinition(resolve(path)))] }];
}

function entryOf({ kind, doc, source, parameters, oracle }: PolicyDefinition<unknown>) {
  const values = completeParameters(parameters, {}, kind);
  return { kind, doc, source, oracle: oracle?.(values) ?? [], parameters };
}
