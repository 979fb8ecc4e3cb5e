import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cachePolicies } from '../../caching/policies.ts';
import type { PolicySpec } from '../../policy/registry.ts';
import { BlockStream, type HitRule } from './block-stream.ts';
import { replayBlocks } from './replay-blocks.ts';
import { lruCurve } from './stack-distances.ts';
import { blockTrace, busyForest, prefixClosed } from './testing/block-traces.ts';
import { naiveReplay } from './testing/naive-cache.ts';

const specs: PolicySpec[] = [
  ...cachePolicies.all().map(({ kind }) => ({ kind })),
  { kind: 'length-aware', evict: 'shallow-first' },
  { kind: 'gdsf', cost: 'uniform' },
  { kind: 's3-fifo', smallShare: 0.5, threshold: 1 },
  { kind: 's3-fifo', smallShare: 0.7 },
  { kind: '2q', inShare: 0.5, outShare: 1 },
  { kind: 'slru', protectedShare: 0.5 },
  { kind: 'lirs', highShare: 0.3 },
  { kind: 'w-tinylfu', windowShare: 0.3, protectedShare: 0.5 },
  { kind: 'lru-k', k: 3, history: 'resident' },
  { kind: 'hyperbolic', sample: 2 },
  { kind: 'ttl', ttlMs: 4000 },
  { kind: 'ttl', ttlMs: 4000, expiry: 'fixed' },
  { kind: 'session-aware', threshold: 0.3, patienceMs: 5000 },
  { kind: 'reuse-rate', oldMs: 20_000, prior: 2, relearn: 3 },
  { kind: 'reuse-rate', oldMs: 3000, relearn: 1, form: 'free' },
  ...['lfu', 'slru', 'fifo', 'mru', 'filo'].map((strategy) => ({ kind: 'sglang-radix', strategy })),
  { kind: 'min', bypass: true },
];

const named = specs.map((spec) => [JSON.stringify(spec), spec] as const);
const rules = fc.constantFrom<HitRule>('prefix', 'block');
const capacities = fc.integer({ min: 8, max: 20 });
const runs = { seed: 1, numRuns: 150 };

/** Common parameters, which every policy takes unless it fixes them. */
const shared = fc.record({
  form: fc.constantFrom('free', 'leaf-only'),
  touch: fc.constantFrom('tail-first', 'head-first'),
  room: fc.constantFrom('request', 'block'),
  admission: fc.constantFrom('always', 'always', 'second-hit', 'depth-cap', 'used-again'),
  rememberedMisses: fc.constantFrom(0, 3),
  maxDepth: fc.constantFrom(2, 4),
  ttlMs: fc.constantFrom(0, 0, 3000),
  expiry: fc.constantFrom('sliding', 'fixed'),
});

function withShared(spec: PolicySpec, values: Record<string, unknown>): PolicySpec {
  const open = cachePolicies.named(spec.kind).parameters;
  const taken = Object.entries(values).filter(([name]) => Object.hasOwn(open, name));
  return { ...Object.fromEntries(taken), ...spec };
}

/** What the fast replay does: hits and residents after each request. */
function replayed(
  requests: readonly number[][],
  options: { policy: PolicySpec; capacity: number; rule: HitRule; inputTokens?: number[] },
) {
  const { inputTokens, ...rest } = options;
  const trace = blockTrace(requests, inputTokens && { inputTokens });
  // Partial blocks of vLLM have ids beyond the trace's, one for each request at most.
  const ids = Array.from({ length: trace.uniqueBlocks + requests.length }, (_, id) => id);
  const steps: { hits: number; residents: number[] }[] = [];
  replayBlocks(trace, {
    ...rest,
    onRequest: (_, hits, cache) =>
      steps.push({ hits, residents: ids.filter((id) => cache.isResident(id)) }),
  });
  return steps;
}

describe.each(named)('%s', (_, spec) => {
  it('does what a plain reading of its rule does, with every common parameter', () => {
    fc.assert(
      fc.property(
        fc.oneof(prefixClosed, busyForest),
        fc.nat(10),
        rules,
        fc.oneof(fc.constant({}), shared),
        fc.infiniteStream(fc.boolean()),
        (requests, spare, rule, values, partials) => {
          const longest = Math.max(1, ...requests.map((ids) => ids.length));
          const capacity = rule === 'prefix' ? longest + spare : 1 + spare;
          const policy = withShared(spec, values);
          const partial = requests.map(() => partials.next().value);
          const inputTokens = requests.map((ids, i) => 4 * ids.length - (partial[i] ? 1 : 0));
          const arrivalMs = requests.map((_, i) => 1000 * i);
          const fast = replayed(requests, { policy, capacity, rule, inputTokens });
          expect(fast).toEqual(
            naiveReplay(requests, { policy, capacity, rule, arrivalMs, partial }),
          );
        },
      ),
      runs,
    );
  });

  it('never has more hits than Belady with bypass', () => {
    fc.assert(
      fc.property(prefixClosed, capacities, rules, (requests, capacity, rule) => {
        const hits = (policy: PolicySpec, by: HitRule) =>
          replayBlocks(blockTrace(requests), { policy, capacity, rule: by }).hits;
        const bound = hits({ kind: 'min', bypass: true }, 'block');
        expect(hits(spec, rule)).toBeLessThanOrEqual(bound);
      }),
      runs,
    );
  });

  it('hits every block seen before where nothing is evicted', () => {
    if (spec.kind === 'vllm' || spec.kind === 'ttl') return;
    fc.assert(
      fc.property(prefixClosed, rules, (requests, rule) => {
        const { hits, references } = replayBlocks(blockTrace(requests), {
          policy: spec,
          capacity: Infinity,
          rule,
        });
        expect(references - hits).toBe(new Set(requests.flat()).size);
      }),
      runs,
    );
  });

  it('keeps residents closed under ancestors in the leaf-only form', () => {
    const policy = spec.kind === 'sglang-radix' ? spec : { ...spec, form: 'leaf-only' };
    fc.assert(
      fc.property(prefixClosed, capacities, rules, shared, (requests, capacity, rule, values) => {
        const given = { ...withShared(spec, values), ...policy };
        for (const { residents } of replayed(requests, { policy: given, capacity, rule })) {
          expect(isClosed(requests, residents)).toBe(true);
        }
      }),
      runs,
    );
  });
});

/** Whether every resident's parent is resident too, after each request. */
function isClosed(requests: readonly number[][], residents: readonly number[]): boolean {
  return residents.every((id) => {
    const path = requests.find((ids) => ids.includes(id))!;
    const parent = path[path.indexOf(id) - 1];
    return parent === undefined || residents.includes(parent);
  });
}

const closedKinds = ['lru', 'lfu', 'lfu-perfect', 'lfu-da', 'length-aware', 'slru', 'lru-k', 'min'];

describe.each(closedKinds)('%s, free, rule prefix, leaf first', (kind) => {
  it('keeps residents closed under ancestors without being told to', () => {
    fc.assert(
      fc.property(fc.oneof(prefixClosed, busyForest), fc.nat(10), (requests, spare) => {
        const capacity = spare + Math.max(1, ...requests.map((ids) => ids.length));
        const policy = { kind };
        for (const { residents } of replayed(requests, { policy, capacity, rule: 'prefix' })) {
          expect(isClosed(requests, residents)).toBe(true);
        }
      }),
      runs,
    );
  });
});

describe.each(['lru', 'min'])('%s', (kind) => {
  it('never loses hits with more capacity', () => {
    fc.assert(
      fc.property(prefixClosed, capacities, rules, (requests, capacity, rule) => {
        const hits = (blocks: number) =>
          replayBlocks(blockTrace(requests), { policy: kind, capacity: blocks, rule }).hits;
        expect(hits(capacity)).toBeLessThanOrEqual(hits(capacity + 1));
      }),
      runs,
    );
  });
});

describe('lruCurve', () => {
  it('gives at every capacity what a replay of that capacity gives', () => {
    const touches = fc.constantFrom('tail-first', 'head-first');
    fc.assert(
      fc.property(prefixClosed, rules, touches, (requests, rule, touch) => {
        const stream = new BlockStream(blockTrace(requests));
        const curve = lruCurve(stream, { rule, headFirst: touch === 'head-first' });
        for (let capacity = 8; capacity < 30; capacity++) {
          const policy = { kind: 'lru', touch };
          const { hits } = replayBlocks(stream, { policy, capacity, rule });
          expect(curve.at(capacity).hits).toBe(hits);
        }
      }),
      runs,
    );
  });
});
