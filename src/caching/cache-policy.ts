import type { Parameters, ParameterValues } from '../policy/parameters.ts';
import { definePolicy, type Oracle, type PolicyDefinition } from '../policy/registry.ts';
import { type Admission, createAdmission } from './admission.ts';
import type { Eviction, EvictionContext } from './eviction.ts';
import { Lifetime } from './lifetime.ts';

/** A cache policy with its parameters, ready to be built for a trace and a capacity. */
export interface CachePolicy {
  /** A victim must have no resident child, and a block enters only below its resident parent. */
  readonly leafOnly: boolean;
  /** Order in which a request's blocks are touched under the prefix rule. */
  readonly headFirst: boolean;
  /** Under the prefix rule: all room before the first touch, or each block's before its own. */
  readonly roomPerBlock: boolean;
  /** A block may be the victim of its own admission (and of its own request). */
  readonly bypass: boolean;
  /** A partial last block is never found again, and one token at least is computed. */
  readonly fullBlocksOnly: boolean;
  build(context: EvictionContext): { eviction: Eviction; admission: Admission | null };
}

/** Parameters that every policy has beside its own. */
const common = {
  form: {
    type: 'choice',
    default: 'free',
    choices: ['free', 'leaf-only'],
    doc: 'leaf-only: a block with a resident child stays',
  },
  touch: {
    type: 'choice',
    default: 'tail-first',
    choices: ['tail-first', 'head-first'],
    doc: "order of a request's touches under the prefix rule: leaf or root first",
  },
  room: {
    type: 'choice',
    default: 'request',
    choices: ['request', 'block'],
    doc: "under the prefix rule, room is made before a request's touches, or block by block",
  },
  admission: {
    type: 'choice',
    default: 'always',
    choices: ['always', 'second-hit', 'depth-cap', 'used-again'],
    doc: 'which missing blocks enter; used-again knows the future',
  },
  rememberedMisses: {
    type: 'integer',
    default: 0,
    min: 0,
    doc: 'second-hit: enters if it missed within so many misses; 0: the capacity',
  },
  maxDepth: {
    type: 'integer',
    default: 64,
    min: 1,
    unit: 'blocks',
    doc: 'depth-cap: only the first so many blocks of a prompt enter',
  },
  ttlMs: { type: 'number', default: 0, min: 0, unit: 'ms', doc: 'lifetime; 0: for ever' },
  expiry: {
    type: 'choice',
    default: 'sliding',
    choices: ['sliding', 'fixed'],
    doc: 'lifetime since the last touch, or since admission',
  },
} as const satisfies Parameters;

type Common = typeof common;
type CommonName = keyof Common;

export interface EvictionDefinition<P extends Parameters> {
  readonly kind: string;
  readonly doc: string;
  readonly source: string;
  readonly parameters: P;
  /** Defaults of common parameters that differ for this policy. */
  readonly defaults?: Partial<Record<CommonName, string | number>>;
  /** Common parameters that this policy does not leave open. */
  readonly fixed?: Partial<Record<CommonName, string>>;
  readonly oracle?: readonly Oracle[];
  readonly bypass?: (values: ParameterValues<P>) => boolean;
  readonly fullBlocksOnly?: boolean;
  readonly create: (
    values: ParameterValues<P> & ParameterValues<Common>,
    context: EvictionContext,
  ) => Eviction;
}

export type CachePolicyDefinition = PolicyDefinition<CachePolicy>;

/** A policy for the registry: its own parameters followed by the common ones. */
export function defineEviction<const P extends Parameters>(
  given: EvictionDefinition<P>,
): CachePolicyDefinition {
  const { kind, doc, source, parameters, defaults = {}, fixed = {} } = given;
  const shared = Object.fromEntries(
    Object.entries(common)
      .filter(([name]) => !(name in fixed))
      .map(([name, one]) => [
        name,
        { ...one, default: defaults[name as CommonName] ?? one.default },
      ]),
  ) as unknown as Common;
  return definePolicy<CachePolicy, P & Common>({
    kind,
    doc,
    source,
    parameters: { ...parameters, ...shared },
    oracle: ({ admission }) => (admission === 'used-again' ? ['future'] : (given.oracle ?? [])),
    create: (chosen) => {
      const values = { ...chosen, ...fixed } as ParameterValues<P> & ParameterValues<Common>;
      return {
        leafOnly: values.form === 'leaf-only',
        headFirst: values.touch === 'head-first',
        roomPerBlock: values.room === 'block',
        bypass: given.bypass?.(values) ?? false,
        fullBlocksOnly: given.fullBlocksOnly ?? false,
        build: (context) => {
          const eviction = given.create(values, context);
          const lasting = values.ttlMs === 0;
          return {
            eviction: lasting ? eviction : new Lifetime(eviction, values, context),
            admission: createAdmission(values, context),
          };
        },
      };
    },
  });
}
