/**
 * Hits of a trace's prompt blocks under cache policies and capacities: what `reprise cache` prints,
 * as rows. Rules of the replay: replay-blocks.ts. Prefill seconds are those of LLaMA3-70B on one
 * node of 8 A800 (caching/prefill-cost.ts): they weigh hits, whatever system the trace is of.
 */
import { z } from 'zod';
import { parseCachePolicy } from '../../caching/parse-policy.ts';
import { cachePolicies } from '../../caching/policies.ts';
import { prefillCost } from '../../caching/prefill-cost.ts';
import type { PolicySpec } from '../../policy/registry.ts';
import { decodeRequestTrace } from '../../trace/decode.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import { InputError } from '../../units/input-error.ts';
import { schemaError } from '../../units/schema-error.ts';
import { columnsOf, defineAnalyser } from '../analyser.ts';
import { BlockStream } from './block-stream.ts';
import { checkCapacity, replayStream } from './replay-blocks.ts';
import { routings } from './routing.ts';
import { savedWork } from './saved-work.ts';
import { countFrom, firstFrom, windowOf } from './window.ts';

/** Seconds of prefill per unit of `prefillCost`, one token's linear part (Mooncake, FAST 2025). */
const secondsPerUnit = 0.11569 / 1024;

export const blockCacheSchema = z.strictObject({
  kind: z.literal('block-cache'),
  trace: z.string(),
  /** Kinds, with parameters as in `lru:touch=head-first`, or as objects. */
  policies: z.array(z.union([z.string(), z.looseObject({ kind: z.string() })])).min(1),
  /** In blocks; null: unlimited. */
  capacities: z.array(z.int().min(1).nullable()).min(1),
  rule: z.enum(['prefix', 'block']).default('prefix'),
  /** Separate caches of that capacity each. */
  nodes: z.int().min(1).default(1),
  routing: z.enum(routings).default('round-robin'),
  /** Of policies and routings that draw. */
  seed: z.int().min(0).default(1),
  /** Requests that are counted; those before warm the cache, or do not exist. */
  window: z
    .strictObject({
      fromMs: z.number().min(0).default(0),
      toMs: z.number().positive().nullable().default(null),
      start: z.enum(['warm', 'cold']).default('warm'),
    })
    .nullable()
    .default(null),
});

type BlockCacheSpec = Omit<z.output<typeof blockCacheSchema>, 'policies'> & {
  readonly policies: readonly PolicySpec[];
  readonly [member: string]: unknown;
};

export const blockCacheAnalyser = defineAnalyser<BlockCacheSpec, RequestTrace>({
  kind: 'block-cache',
  doc: "hits of a trace's prompt blocks, by policy and capacity",
  source: 'src/replay/cache/README.md',
  tables: ['block_cache'],
  parse(given) {
    const result = blockCacheSchema.safeParse(given);
    if (!result.success) throw schemaError(blockCacheSchema, result.error, given, 'analysis');
    return { ...result.data, policies: result.data.policies.map(completePolicy) };
  },
  decode: decodeRequestTrace,
  check(spec, trace) {
    const { stream } = counted(spec, trace);
    for (const policy of spec.policies) {
      const { bypass } = cachePolicies.create(policy, { seed: spec.seed });
      for (const capacity of spec.capacities) {
        checkCapacity(capacity ?? Number.POSITIVE_INFINITY, stream, bypass ? 'block' : spec.rule);
      }
    }
  },
  analyse(spec, trace) {
    const { stream, first } = counted(spec, trace);
    const rows = spec.policies.flatMap((policy) =>
      spec.capacities.map((capacity) => rowOf({ spec, stream, first }, policy, capacity)),
    );
    return { block_cache: columnsOf(rows) };
  },
});

function completePolicy(given: string | PolicySpec, i: number): PolicySpec {
  if (typeof given === 'string') return parseCachePolicy(given);
  return cachePolicies.complete(given, `policies.${i}`);
}

/** A policy as the command line takes it: its kind, and the parameters that are not the default. */
export function policyWord({ kind, ...values }: PolicySpec): string {
  const { parameters } = cachePolicies.named(kind);
  const others = Object.entries(values).filter(
    ([name, value]) => value !== parameters[name]?.default,
  );
  return [kind, ...others.map(([name, value]) => `${name}=${value}`)].join(':');
}

/** The requests that are replayed, and the first of them that is counted. */
function counted({ window, trace: name }: BlockCacheSpec, trace: RequestTrace) {
  if (trace.blocks === null) {
    const rule = 'traces with blocks: reprise traces list';
    throw new InputError('a trace without block_ids has nothing to cache', { where: name, rule });
  }
  if (window === null) return { stream: new BlockStream(trace), first: 0 };
  const { fromMs, toMs, start } = window;
  const part = windowOf(trace, { fromMs, toMs: toMs ?? Number.POSITIVE_INFINITY }, start);
  return { stream: new BlockStream(part), first: firstFrom(part.arrivalMs, fromMs) };
}

interface Counted {
  readonly spec: BlockCacheSpec;
  readonly stream: BlockStream;
  readonly first: number;
}

function rowOf(
  { spec: { rule, nodes, routing, seed }, stream, first }: Counted,
  policy: PolicySpec,
  capacity: number | null,
) {
  const marks = new Uint8Array(stream.ids.length);
  const blocks = capacity ?? Number.POSITIVE_INFINITY;
  const options = { policy, capacity: blocks, rule, nodes, routing, seed, marks };
  const { evictions } = replayStream(stream, options);
  const { references, hits } = countFrom(stream, marks, first);
  const saved = savedWork(stream, marks, first);
  let inputTokens = 0;
  let cost = 0;
  for (let request = first; request < stream.count; request++) {
    inputTokens += stream.inputTokens[request]!;
    cost += prefillCost(0, stream.inputTokens[request]!);
  }
  return {
    policy: policyWord(policy),
    capacity_blocks: capacity,
    block_tokens: stream.blockTokens,
    rule,
    nodes,
    routing,
    oracles: cachePolicies.oraclesOf(policy).join(', ') || 'none',
    requests: stream.count - first,
    block_references: references,
    hits,
    hit_ratio: references === 0 ? 0 : hits / references,
    input_tokens: inputTokens,
    hit_tokens: saved && Math.round(saved.tokenRatio * inputTokens),
    prefill_s: saved && secondsPerUnit * cost,
    saved_prefill_s: saved && secondsPerUnit * cost * saved.prefillRatio,
    evictions,
  };
}
