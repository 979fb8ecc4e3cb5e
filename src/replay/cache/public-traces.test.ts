import { describe, expect, it } from 'vitest';
import { findTraceMirror } from '../../trace/mirror.ts';
import { BlockStream } from './block-stream.ts';
import { replayBlocks, replayStream } from './replay-blocks.ts';
import { savedWork } from './saved-work.ts';
import { lruCurve } from './stack-distances.ts';
import { blockTrace, publicTrace } from './testing/block-traces.ts';
import { type ReferenceRow, referenceHits } from './testing/reference-hits.ts';

const mirror = findTraceMirror();

describe.skipIf(!mirror).each(['conversation', 'synthetic'] as const)(
  'block replay of the public %s trace (skipped without a trace mirror)',
  (name) => {
    const reference = referenceHits[name];
    const stream = new BlockStream(mirror ? publicTrace(mirror, name) : blockTrace([]));

    it.each(reference.rows as ReferenceRow[])('$rule rule: $policy', ({ policy, rule, hits }) => {
      const replayed = reference.capacities.map(
        (capacity) => replayBlocks(stream, { policy, rule, capacity }).hits,
      );
      expect(replayed).toEqual(hits);
      const unlimited = replayBlocks(stream, { policy, rule, capacity: Infinity });
      expect(unlimited).toMatchObject({ hits: reference.most, references: reference.references });
    });

    it.each(reference.rows.filter(({ policy }) => policy.kind === 'lru'))(
      'gives the hits of LRU at all capacities in one pass: $rule rule, $policy',
      ({ policy, rule, hits }) => {
        const curve = lruCurve(stream, { rule, headFirst: policy.touch === 'head-first' });
        expect(reference.capacities.map((capacity) => curve.at(capacity).hits)).toEqual(hits);
        expect(curve.at(Infinity).hits).toBe(reference.most);
      },
    );

    it.each(reference.lifetimes)('with a lifetime of %i s: %i hits', (seconds, hits) => {
      const policy = { kind: 'ttl', ttlMs: 1000 * seconds };
      const options = { policy, rule: 'prefix', capacity: Infinity } as const;
      expect(replayBlocks(stream, options).hits).toBe(hits);
    });

    it.each(reference.checkpoints)('after $requests requests', (checkpoint) => {
      const { requests, references, allHits = 0, hits = [] } = checkpoint;
      expect(stream.offsets[requests]).toBe(references);
      const policies = reference.rows.filter(({ rule }) => rule === 'prefix');
      const counts =
        hits.length > 0
          ? hits.map(([kind, capacity, count]) => [{ kind }, capacity, count] as const)
          : policies.map(({ policy }) => [policy, 1_000, allHits] as const);
      for (const [policy, capacity, count] of counts) {
        let sum = 0;
        const onRequest = (request: number, leading: number) => {
          if (request < requests) sum += leading;
        };
        replayBlocks(stream, { policy, capacity, rule: 'prefix', onRequest });
        expect([policy, capacity, sum]).toEqual([policy, capacity, count]);
      }
    });

    it.each(reference.roundRobin)('on %i nodes in turn: %s', (nodes, expected) => {
      const options = { policy: 'lru', rule: 'prefix', capacity: 5_859 } as const;
      const { hits, hitRatio } = replayBlocks(stream, { ...options, nodes });
      expect(typeof expected === 'number' ? hits : hitRatio.toFixed(4)).toBe(expected);
    });

    it('routes by the longest prefix', () => {
      for (const nodes of [8, 16]) {
        const options = { policy: 'lru', rule: 'prefix', capacity: 5_859 } as const;
        const routed = replayBlocks(stream, { ...options, nodes, routing: 'longest-prefix' });
        const most = Math.max(...routed.nodes.map(({ requests }) => requests));
        const missing = routed.nodes.map((node) => node.missing);
        const mean = missing.reduce((sum, blocks) => sum + blocks, 0) / nodes;
        if (name === 'conversation') {
          expect([routed.hits, most]).toEqual([39_258, stream.count]);
        } else {
          expect(routed.hits).toBe(reference.most);
          // 1.6 % as published, rounded.
          expect(Math.max(...missing) / mean).toBeLessThan(1.0165);
        }
      }
    });

    it('saves the tokens of an unlimited cache', () => {
      const marks = new Uint8Array(stream.ids.length);
      replayStream(stream, { policy: { kind: 'lru' }, rule: 'prefix', capacity: Infinity, marks });
      const { mostTokens, inputTokens } = reference;
      expect(savedWork(stream, marks)?.tokenRatio).toBeCloseTo(mostTokens / inputTokens, 12);
    });
  },
);
