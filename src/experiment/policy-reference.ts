import { blockStores } from '../caching/block-stores.ts';
import { cachePolicies } from '../caching/policies.ts';
import { prefixCaches } from '../caching/prefix-caches.ts';
import type { Parameters } from '../policy/parameters.ts';
import { clockKinds } from '../replay/clocks.ts';
import { admissions } from '../scheduling/admissions.ts';
import { estimators } from '../scheduling/estimators/estimators.ts';
import { lengthPredictors } from '../scheduling/length-predictors.ts';
import { offlineAssignments } from '../scheduling/offline/assignments.ts';
import { orders } from '../scheduling/orders.ts';
import { placers, schedulers } from '../scheduling/registries.ts';
import { unknownName } from '../units/nearest.ts';

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
      policies: registry.all().map((definition) => ({
        kind: definition.kind,
        doc: definition.doc,
        source: definition.source,
        oracle: registry.oraclesOf({ kind: definition.kind }),
        parameters: definition.parameters,
      })),
    }));
}
