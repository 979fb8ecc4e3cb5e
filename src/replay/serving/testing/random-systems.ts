/**
 * Random small serving systems for property tests: one to three instances, memory from hopeless to
 * loose, many equal arrivals, one-token outputs, prompts larger than the memory, shared prefixes,
 * sessions and cancellations. Every value is legal for a trace: arrivals ascend, parents stand
 * before children, and a block id always has the same depth, parent and tokens.
 *
 * All times are multiples of 1/512 ms and small, so sums of them are exact in any order: two
 * engines that add step times differently still agree on which events are simultaneous.
 */
import fc from 'fast-check';
import type {
  ObjectArrivals,
  ObjectRequest,
  ObjectScheduler,
  ObjectSystem,
  ObjectWork,
} from './object-types.ts';

/** An affine clock with dyadic coefficients, in milliseconds. */
export interface DyadicClock {
  readonly fixedMs: number;
  readonly perPrefillTokenMs: number;
  /** Per new token and key it sees: new · (cached + new / 2). */
  readonly perPrefillPairMs: number;
  readonly perDecodeMs: number;
  readonly perContextTokenMs: number;
}

export interface RandomSystem {
  readonly system: ObjectSystem;
  readonly clock: DyadicClock;
}

export interface RandomSystemOptions {
  readonly schedulers?: readonly ObjectScheduler['kind'][];
  readonly modes?: readonly ObjectArrivals['mode'][];
  readonly maxRequests?: number;
  /** Whether requests may be cancelled. */
  readonly cancels?: boolean;
  /** Whether systems may have a prefix cache. */
  readonly prefixCache?: boolean;
}

/** The step time of a clock. */
export function stepMsOf(clock: DyadicClock): (work: ObjectWork) => number {
  return ({ prefills, contexts }) => {
    let ms = clock.fixedMs + clock.perDecodeMs * contexts.length;
    for (const context of contexts) ms += clock.perContextTokenMs * context;
    for (const { newTokens, cached } of prefills) {
      ms += clock.perPrefillTokenMs * newTokens;
      ms += clock.perPrefillPairMs * newTokens * (cached + newTokens / 2);
    }
    return ms;
  };
}

export function randomSystem({
  schedulers = ['chunked-prefill', 'prefill-first', 'orca'],
  modes = ['open', 'session', 'closed'],
  maxRequests = 40,
  cancels = true,
  prefixCache = true,
}: RandomSystemOptions = {}): fc.Arbitrary<RandomSystem> {
  return fc
    .record({
      clock: randomClock,
      instances: fc.integer({ min: 1, max: 3 }),
      placement: fc.constantFrom('round-robin' as const, 'least-loaded' as const),
      scheduler: fc.oneof(...schedulers.map((kind) => randomScheduler[kind])),
      arrivals: fc.oneof(...modes.map((mode) => randomArrivals[mode])),
      capacityTokens: fc.oneof(
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
        { weight: 4, arbitrary: fc.integer({ min: 61, max: 250 }) },
        { weight: 1, arbitrary: fc.integer({ min: 251, max: 4000 }) },
      ),
      blockSize: fc.constantFrom(1, 4, 16),
      blockTokens: fc.constantFrom(1, 3, 4, 8, 16),
      cached: prefixCache ? fc.boolean() : fc.constant(false),
      drafts: fc.array(randomDraft, { maxLength: maxRequests, size: 'max' }),
    })
    .map(({ clock, capacityTokens, blockSize, blockTokens, cached, drafts, ...rest }) => ({
      clock,
      system: {
        ...rest,
        requests: requestsOf(drafts, blockTokens, cancels),
        kv: { capacityTokens, blockSize },
        prefixCache: cached ? { blockTokens } : null,
      },
    }));
}

const randomClock: fc.Arbitrary<DyadicClock> = fc.record({
  fixedMs: fc.constantFrom(1, 0.5, 2.25),
  perPrefillTokenMs: fc.constantFrom(0, 1 / 4, 1 / 16),
  perPrefillPairMs: fc.constantFrom(0, 1 / 256),
  perDecodeMs: fc.constantFrom(0, 1 / 8),
  perContextTokenMs: fc.constantFrom(0, 1 / 64),
});

const maxSequences = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 50 }));
const tokenLimit = fc.oneof(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 25, max: 300 }));

const randomScheduler: Record<ObjectScheduler['kind'], fc.Arbitrary<ObjectScheduler>> = {
  'chunked-prefill': fc.record({
    kind: fc.constant('chunked-prefill' as const),
    budget: tokenLimit,
    maxSequences,
  }),
  'prefill-first': fc.record({
    kind: fc.constant('prefill-first' as const),
    maxBatchedTokens: tokenLimit,
    maxSequences,
  }),
  orca: fc.record({ kind: fc.constant('orca' as const), maxSequences }),
};

const randomArrivals: Record<ObjectArrivals['mode'], fc.Arbitrary<ObjectArrivals>> = {
  open: fc.constant({ mode: 'open' as const }),
  session: fc.constant({ mode: 'session' as const }),
  closed: fc.record({
    mode: fc.constant('closed' as const),
    concurrency: fc.integer({ min: 1, max: 8 }),
  }),
};

/** A request before its row, parent and blocks are settled. */
interface Draft {
  readonly gapHalfMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cancelHalfMs: number | null;
  /** Picks an earlier row as the turn before this one. */
  readonly parent: number | null;
  readonly thinkHalfMs: number;
  /** Picks an earlier row to share leading blocks with; `whole` repeats its prompt. */
  readonly shareWith: number | null;
  readonly sharedBlocks: number;
  readonly whole: boolean;
}

/** The value one time in four, else null. */
function sometimes<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });
}

const halfMs = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 }));

const randomDraft: fc.Arbitrary<Draft> = fc.record({
  gapHalfMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 20 })),
  inputTokens: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 90 })),
  outputTokens: fc.oneof(
    fc.constant(1),
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 20, max: 80 }),
  ),
  cancelHalfMs: sometimes(fc.integer({ min: 0, max: 90 })),
  parent: sometimes(fc.nat(50)),
  thinkHalfMs: halfMs,
  shareWith: fc.option(fc.nat(50)),
  sharedBlocks: fc.nat(12),
  whole: fc.boolean(),
});

function requestsOf(
  drafts: readonly Draft[],
  blockTokens: number,
  cancels: boolean,
): ObjectRequest[] {
  const requests: (ObjectRequest & { readonly blocks: readonly number[] })[] = [];
  let arrivalMs = 0;
  let nextBlock = 0;
  for (const draft of drafts) {
    const row = requests.length;
    const origin = draft.shareWith === null || row === 0 ? null : requests[draft.shareWith % row]!;
    const whole = origin !== null && draft.whole;
    const inputTokens = whole ? origin.inputTokens : draft.inputTokens;
    let blocks: number[] = [];
    if (whole) {
      blocks = [...origin.blocks];
    } else if (origin !== null) {
      // Only blocks that are full in both prompts can be the same block.
      const fullTokens = Math.min(inputTokens, origin.inputTokens);
      const full = Math.min(draft.sharedBlocks, Math.floor(fullTokens / blockTokens));
      blocks = origin.blocks.slice(0, full);
    }
    while (blocks.length < Math.ceil(inputTokens / blockTokens)) blocks.push(nextBlock++);
    arrivalMs += draft.gapHalfMs / 2;
    requests.push({
      id: row,
      arrivalMs,
      inputTokens,
      outputTokens: draft.outputTokens,
      blocks,
      ...(cancels && draft.cancelHalfMs !== null && { cancelAfterMs: draft.cancelHalfMs / 2 }),
      ...(draft.parent !== null &&
        row > 0 && { parentIndex: draft.parent % row, thinkMs: draft.thinkHalfMs / 2 }),
    });
  }
  return requests;
}
