/**
 * The host store of a node as a policy of the scenario: its tiers and who leaves them. Sources:
 * Mooncake (FAST'25, section 3): 3 M tokens of DRAM a node, LRU; the public Mooncake Store
 * (docs/source/design/store/mooncake-store.md): watermark 0.9, runs of 5 %, leases of 10 s, soft
 * pins of 30 min, hard pins. The defaults are the paper's; the Store's are named in the docs.
 */
import { definePolicy } from '../../policy/registry.ts';
import { InputError } from '../../units/input-error.ts';
import { createAdmission } from '../admission.ts';
import { cachePolicies } from '../policies.ts';
import type { BlockStoreChoice, StoreContext, TierFacts } from './block-store.ts';
import { PoolStore } from './pool-store.ts';
import { unforeseen } from './store-tier.ts';

/** Policies that need no future and, as a store is told of none, no sessions. */
export const storeEvictions = cachePolicies
  .all()
  .map(({ kind }) => kind)
  .filter((kind) => kind !== 'session-aware' && cachePolicies.oraclesOf({ kind }).length === 0);

const parameters = {
  dramTokens: {
    type: 'integer',
    default: 3_000_000,
    min: 0,
    unit: 'tokens',
    doc: 'capacity of the DRAM tier; 0: none; more than the trace has: unbounded',
  },
  ssdTokens: {
    type: 'integer',
    default: 0,
    min: 0,
    unit: 'tokens',
    doc: 'capacity of the SSD tier; 0: none',
  },
  eviction: {
    type: 'choice',
    default: 'lru',
    choices: storeEvictions,
    doc: 'order of the victims in each tier, with the defaults of that cache policy',
  },
  inclusion: {
    type: 'choice',
    default: 'exclusive',
    choices: ['exclusive', 'inclusive'],
    doc: 'victims of DRAM are demoted to SSD, or SSD holds all that DRAM holds',
  },
  watermark: {
    type: 'number',
    default: 1,
    min: 0,
    max: 1,
    doc: 'share of a tier above which a run evicts; 1: one for one when full; Mooncake Store: 0.9',
  },
  evictShare: {
    type: 'number',
    default: 0.05,
    min: 0,
    max: 1,
    doc: 'share of a tier that a run evicts, below a watermark of 1',
  },
  leaseMs: {
    type: 'number',
    default: 0,
    min: 0,
    unit: 'ms',
    doc: 'no eviction for so long after a read; Mooncake Store: 10000',
  },
  softPinMs: {
    type: 'number',
    default: 0,
    min: 0,
    unit: 'ms',
    doc: 'evicted only where nothing else can go, for so long after the first put; Mooncake Store: 1800000',
  },
  hardPinDepth: {
    type: 'integer',
    default: 0,
    min: 0,
    unit: 'blocks',
    doc: 'the first so many blocks of every chain are never evicted',
  },
  ssdAdmission: {
    type: 'choice',
    default: 'always',
    choices: ['always', 'second-hit'],
    doc: 'second-hit: a victim of DRAM is written to SSD the second time it is one',
  },
} as const;

export const pool = definePolicy<BlockStoreChoice, typeof parameters>({
  kind: 'pool',
  doc: 'prefix blocks stay in the host memory of the node, and on its disks',
  source: "Mooncake, FAST'25, section 3; kvcache-ai/Mooncake, docs of Mooncake Store",
  parameters,
  create: (values, { seed }) => {
    const { dramTokens, ssdTokens, inclusion, ssdAdmission } = values;
    const tiers = tiersOf(dramTokens, ssdTokens);
    const inclusive = inclusion === 'inclusive' && tiers.length === 2;
    if (inclusive && ssdTokens < dramTokens) {
      throw new InputError(`an inclusive pool with ssdTokens ${ssdTokens}`, {
        rule: `at least dramTokens, ${dramTokens}: SSD holds all that DRAM holds`,
      });
    }
    if (inclusive && ssdAdmission !== 'always') {
      throw new InputError(`an inclusive pool with ssdAdmission ${ssdAdmission}`, {
        rule: 'always: SSD holds all that DRAM holds',
      });
    }
    const policy = cachePolicies.create({ kind: values.eviction }, { seed });
    return {
      enabled: true,
      tiers,
      build: (context) => {
        const capacities = tiers.map((tier) => blocksOf(tier, context));
        const admission =
          ssdAdmission === 'second-hit' && tiers.length === 2
            ? createAdmission(
                { admission: ssdAdmission, rememberedMisses: 0, maxDepth: 1 },
                { ...context, ...unforeseen, held: new Int32Array(0), capacity: capacities[1]! },
              )
            : null;
        return new PoolStore({ ...values, policy, capacities, inclusive, admission }, context);
      },
    };
  },
});

function tiersOf(dramTokens: number, ssdTokens: number): readonly TierFacts[] {
  const tiers: TierFacts[] = [];
  if (dramTokens > 0) tiers.push({ medium: 'dram', tokens: dramTokens });
  if (ssdTokens > 0) tiers.push({ medium: 'ssd', tokens: ssdTokens });
  if (tiers.length > 0) return tiers;
  throw new InputError('a pool with dramTokens 0 and ssdTokens 0', {
    rule: 'room in one of the two, or the host store none',
  });
}

function blocksOf({ medium, tokens }: TierFacts, { blockTokens }: StoreContext): number {
  const blocks = Math.floor(tokens / blockTokens);
  if (blocks >= 1) return blocks;
  throw new InputError(`invalid ${medium}Tokens ${tokens}`, {
    rule: `at least one block of ${blockTokens} tokens`,
  });
}
