/**
 * Random small clusters for property tests, in the spirit of random-systems.ts: one to three
 * instances that compute prompts, one to three that decode, sometimes one that does both, on the
 * random requests of that file. Link rates, KV sizes and times are dyadic, those of pipelines of
 * three stages multiples of 3/512 ms, so that sums are exact in any order as long as the flows on
 * a link share it in powers of two.
 */
import fc from 'fast-check';
import type { Cluster, ClusterInstance, Refusal } from './cluster-types.ts';
import type { ObjectArrivals } from './object-types.ts';
import { type DyadicClock, randomSystem } from './random-systems.ts';

export interface ClusterOptions {
  readonly modes?: readonly ObjectArrivals['mode'][];
  readonly maxRequests?: number;
  readonly cancels?: boolean;
  readonly stores?: boolean;
  readonly sources?: boolean;
  readonly coupled?: boolean;
  readonly refusals?: boolean;
  readonly pipelines?: boolean;
  /** Whether pipelines get prompts whole, one at a time. */
  readonly wholePrompts?: boolean;
  readonly late?: boolean;
  readonly tightDecode?: boolean;
  readonly blockSizes?: readonly number[];
  readonly firstTokens?: readonly Cluster['firstToken'][];
  readonly streamings?: readonly Cluster['streaming'][];
  readonly disciplines?: readonly Cluster['discipline'][];
}

export function randomCluster({
  modes = ['open', 'session', 'closed'],
  maxRequests = 16,
  cancels = true,
  stores = true,
  sources = true,
  coupled = true,
  refusals = true,
  pipelines = true,
  wholePrompts = false,
  late = true,
  tightDecode = true,
  blockSizes = [1, 4, 16],
  firstTokens = ['prefill', 'decode'],
  streamings = ['layer-wise', 'serial'],
  disciplines = ['fair', 'fifo'],
}: ClusterOptions = {}): fc.Arbitrary<Cluster> {
  const onlyIf = <T>(may: boolean, arbitrary: fc.Arbitrary<T>, otherwise: T) =>
    may ? arbitrary : fc.constant(otherwise);
  const refusal: fc.Arbitrary<Refusal | null> = onlyIf(
    refusals,
    fc.option(
      fc
        .integer({ min: 2, max: 6 })
        .chain((every) => fc.record({ every: fc.constant(every), remainder: fc.nat(every - 1) })),
    ),
    null,
  );
  const hardware = {
    clock: randomClock,
    blockSize: fc.constantFrom(...blockSizes),
    layers: fc.constantFrom(1, 2, 4),
    storeBlocks: onlyIf(
      stores,
      fc.option(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 200 })), {
        freq: 4,
      }),
      null,
    ),
    hostBytesPerMs: fc.constantFrom(16, 64, 256),
    nicBytesPerMs: fc.constantFrom(16, 32, 128),
  };
  const prefillMemory = fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 20, max: 90 }) },
    { weight: 3, arbitrary: fc.integer({ min: 91, max: 400 }) },
  );
  const decodeMemory = tightDecode
    ? fc.oneof(fc.integer({ min: 40, max: 160 }), fc.integer({ min: 161, max: 2000 }))
    : fc.constant(100_000);
  const prefillInstance: fc.Arbitrary<ClusterInstance> = fc
    .record({
      ...hardware,
      role: fc.constant('prefill' as const),
      capacityTokens: prefillMemory,
      scheduler: fc.record({
        kind: fc.constant('prefill-pool' as const),
        chunkTokens: tokenLimit,
        batch: fc.boolean(),
      }),
      stages: onlyIf(pipelines, fc.constantFrom(1, 1, 2, 3), 1),
      hopMsPerToken: fc.constantFrom(0, 1 / 64, 1 / 8),
    })
    .map((one) =>
      one.stages === 3 ? { ...one, clock: threefold(one.clock), storeBlocks: null } : one,
    )
    .map((one) => ({ ...one, layers: one.stages === 3 ? 4 : one.stages * one.layers }))
    .map((one) => {
      if (one.stages === 1 || !wholePrompts) return one;
      return { ...one, scheduler: { ...one.scheduler, chunkTokens: 300, batch: false } };
    });
  const decodeInstance: fc.Arbitrary<ClusterInstance> = fc.record({
    ...hardware,
    role: fc.constant('decode' as const),
    capacityTokens: decodeMemory,
    scheduler: fc.record({
      kind: fc.constant('decode-pool' as const),
      maxSequences,
      recomputeTokens: tokenLimit,
    }),
    storeBlocks: fc.constant(null),
    stages: fc.constant(1),
    hopMsPerToken: fc.constant(0),
  });
  const coupledInstance: fc.Arbitrary<ClusterInstance> = fc.record({
    ...hardware,
    role: fc.constant('coupled' as const),
    capacityTokens: decodeMemory,
    scheduler: fc.record({
      kind: fc.constant('chunked-prefill' as const),
      budget: tokenLimit,
      maxSequences,
    }),
    stages: fc.constant(1),
    hopMsPerToken: fc.constant(0),
  });
  return fc
    .record({
      base: randomSystem({ schedulers: ['orca'], modes, maxRequests, cancels }),
      prefills: fc.array(prefillInstance, { minLength: 1, maxLength: 3 }),
      decodes: fc.array(decodeInstance, { minLength: 1, maxLength: 3 }),
      both: onlyIf(
        coupled,
        fc.oneof(
          { weight: 2, arbitrary: fc.constant([]) },
          { weight: 1, arbitrary: fc.array(coupledInstance, { minLength: 1, maxLength: 2 }) },
        ),
        [],
      ),
      kvBytesPerToken: fc.constantFrom(1, 4, 16),
      discipline: fc.constantFrom(...disciplines),
      streaming: fc.constantFrom(...streamings),
      firstToken: fc.constantFrom(...firstTokens),
      placement: fc.record({
        decode: fc.constantFrom('round-robin' as const, 'least-open' as const),
        late: onlyIf(late, fc.boolean(), false),
        sourceBlocks: onlyIf(sources, fc.option(fc.integer({ min: 1, max: 3 }), { freq: 4 }), null),
      }),
      refuseArrival: refusal,
      refuseDecode: refusal,
    })
    .filter(({ base }) => base.system.prefixCache !== null)
    .map(({ base: { system }, prefills, decodes, both, ...rest }) => ({
      ...rest,
      requests: system.requests,
      blockTokens: system.prefixCache!.blockTokens,
      arrivals: system.arrivals,
      instances: [...prefills, ...decodes, ...both],
    }));
}

const maxSequences = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 50 }));
const tokenLimit = fc.oneof(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 25, max: 300 }));

const randomClock: fc.Arbitrary<DyadicClock> = fc.record({
  fixedMs: fc.constantFrom(1, 0.5, 2.25),
  perPrefillTokenMs: fc.constantFrom(0, 1 / 4, 1 / 16),
  perPrefillPairMs: fc.constantFrom(0, 1 / 256),
  perDecodeMs: fc.constantFrom(0, 1 / 8),
  perContextTokenMs: fc.constantFrom(0, 1 / 64),
});

/** Steps that three stages share evenly. */
function threefold(clock: DyadicClock): DyadicClock {
  return {
    ...clock,
    fixedMs: 3 * clock.fixedMs,
    perPrefillTokenMs: 3 * clock.perPrefillTokenMs,
    perPrefillPairMs: 3 * clock.perPrefillPairMs,
  };
}
