import { describe, expect, it } from 'vitest';
import { simulate } from './object-engine.ts';
import type { ObjectMoment, ObjectRequest, ObjectSimulation } from './object-types.ts';

/** A one-token-output request of four-token trace blocks, at 0 unless told. */
function request(
  inputTokens: number,
  blocks: number[],
  arrivalMs = 0,
  rest: Partial<ObjectRequest> = {},
): ObjectRequest {
  return { id: 0, arrivalMs, inputTokens, outputTokens: 1, blocks, ...rest };
}

function run(requests: ObjectRequest[], rest: Partial<ObjectSimulation> = {}) {
  const moments: ObjectMoment[] = [];
  const result = simulate({
    requests,
    instances: 1,
    placement: 'round-robin',
    scheduler: { kind: 'chunked-prefill', budget: 100, maxSequences: 10 },
    kv: { capacityTokens: 100, blockSize: 1 },
    prefixCache: { blockTokens: 4 },
    arrivals: { mode: 'open' },
    stepMs: () => 1,
    watch: (moment) => moment.kind !== 'idle' && moments.push(moment),
    ...rest,
  });
  return {
    ...result,
    moments,
    cached: result.requests.map(({ cachedTokens }) => cachedTokens),
    ends: moments.filter(({ kind }) => kind === 'end'),
  };
}

const kv = (capacityTokens: number, blockSize = 1) => ({ kv: { capacityTokens, blockSize } });
const prefillFirst = {
  scheduler: { kind: 'prefill-first' as const, maxBatchedTokens: 100, maxSequences: 10 },
};

describe('prefix cache', () => {
  it('serves leading blocks that are resident', () => {
    const { cached, totals } = run([request(10, [0, 1, 2]), request(10, [0, 1, 3], 5)]);
    expect(cached).toEqual([0, 8]);
    expect(totals.stepLog[0]!.map(({ prefills }) => prefills)).toEqual([[[10, 0]], [[2, 8]]]);
  });

  it('always leaves one prompt token to compute', () => {
    const requests = [request(10, [0, 1, 2]), request(10, [0, 1, 2], 5), request(8, [0, 1], 7)];
    expect(run(requests).cached).toEqual([0, 9, 7]);
  });

  it('hits blocks of a running request once the step that computed them has ended', () => {
    const running = request(10, [0, 1, 2], 0, { outputTokens: 9 });
    const { cached } = run([running, request(10, [0, 1, 3], 0.5)]);
    expect(cached).toEqual([0, 8]);
  });

  it('hits the finished blocks of a prompt in chunks', () => {
    const { cached, totals } = run([request(10, [0, 1, 2]), request(10, [0, 1, 3])], {
      scheduler: { kind: 'chunked-prefill', budget: 6, maxSequences: 10 },
    });
    // Six tokens done: block 0 is whole; in the second step the other prompt takes what is left.
    expect(totals.stepLog[0]!.map(({ prefills }) => prefills)).toEqual([
      [[6, 0]],
      [
        [4, 6],
        [2, 4],
      ],
      [[4, 6]],
    ]);
    expect(cached).toEqual([0, 4]);
  });

  it('keeps a copy private that was computed beside the resident one, and all behind it', () => {
    const filler = request(1, [9]);
    const twins = [request(8, [0, 1], 0.5), request(8, [0, 2], 0.5)];
    const later = [request(8, [0, 2], 5), request(8, [0, 1], 7)];
    const { cached, ends } = run([filler, ...twins, ...later], prefillFirst);
    expect(cached).toEqual([0, 0, 0, 4, 7]);
    // Of the twins only the first left its blocks: 1 + 4 + 4 tokens.
    expect(ends[1]!.evictableBlocks).toBe(9);
  });

  it('keeps the rest of a prompt private even after the resident copy is evicted', () => {
    const { cached, totals } = run(
      [
        request(1, [9]),
        request(5, [0, 1], 0.5),
        request(12, [0, 2, 3], 0.5), // its block 0 comes second
        request(8, [5, 6], 2.5), // evicts block 0 while that prompt still runs
        request(12, [0, 2, 3], 9),
      ],
      { ...kv(20), scheduler: { kind: 'chunked-prefill', budget: 8, maxSequences: 10 } },
    );
    expect(totals.stepLog[0]!.map(({ prefills }) => prefills).slice(1, 4)).toEqual([
      [
        [5, 0],
        [3, 0],
      ],
      [[8, 3]],
      [
        [1, 11],
        [7, 0],
      ],
    ]);
    expect(cached).toEqual([0, 0, 0, 0, 0]);
  });

  it('counts moved tokens once and private copies fully', () => {
    const filler = request(1, [9], 0);
    const twin = () => request(10, [0, 1, 2], 0.5, { outputTokens: 3 });
    const { ends } = run([filler, twin(), twin()], prefillFirst);
    expect(ends[1]).toMatchObject({ usedBlocks: 10 + 1 + 11, evictableBlocks: 1, liveTokens: 20 });
  });

  it('evicts the least recently released block, deepest first', () => {
    const { cached } = run(
      [
        request(8, [0, 1]),
        request(8, [2, 3], 2), // evicts 1
        request(8, [0, 1], 4), // hits 0, evicts 3
        request(8, [2, 3], 6), // hits 2, evicts 1
        request(8, [0, 1], 8), // hits 0
      ],
      kv(12),
    );
    expect(cached).toEqual([0, 0, 4, 4, 4]);
  });

  it('prefers an old block of another chain to one just released', () => {
    const { cached } = run(
      [
        request(4, [0]),
        request(4, [1], 2),
        request(5, [0, 7], 4), // hits 0 and so releases it after 1
        request(4, [2], 6), // evicts 1
        request(4, [1], 8), // evicts 7
        request(4, [0], 10), // hits 0
      ],
      kv(12),
    );
    expect(cached).toEqual([0, 0, 4, 0, 0, 3]);
  });

  it('never evicts what a running request holds', () => {
    const holder = request(8, [0, 1], 0, { outputTokens: 3 });
    const { requests, cached } = run(
      [holder, request(8, [2, 3], 0.5), request(8, [0, 1], 0.5)],
      kv(12),
    );
    // The head finds four free tokens only and waits for the holder; its blocks then go.
    expect(requests[1]!.admittedMs).toBe(3);
    expect(cached).toEqual([0, 0, 4]);
  });

  it('evicts for the growth of decodes before it preempts', () => {
    const { requests, totals, moments } = run(
      [request(8, [0, 1]), request(4, [2], 2, { outputTokens: 8 })],
      kv(12),
    );
    expect(requests[1]!.status).toBe('finished');
    expect(totals.preemptions).toBe(0);
    expect(moments.map(({ evictableBlocks }) => evictableBlocks)).toEqual([
      0, 8, 8, 8, 4, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 4,
    ]);
  });

  it('matches again after a preemption', () => {
    const { requests, totals } = run(
      [request(4, [0], 0, { outputTokens: 3 }), request(4, [1], 0, { outputTokens: 6 })],
      kv(11),
    );
    expect(requests[1]).toMatchObject({ cachedPerAdmission: [0, 3], preemptions: 1 });
    expect(totals.stepLog[0]![3]!.prefills).toEqual([[2, 3]]);
  });

  it('rounds every resident block up', () => {
    const { moments } = run([request(6, [0, 1], 0, { outputTokens: 2 })], {
      ...kv(100, 4),
      prefixCache: { blockTokens: 3 },
    });
    // Six tokens take two blocks; as two cached blocks and one token beside them they take three.
    expect(moments.map(({ usedBlocks }) => usedBlocks)).toEqual([2, 3, 3, 0]);
    expect(moments[3]!.evictableBlocks).toBe(2);
  });

  it('computes the last token of a resident prompt where it stands, in no memory of its own', () => {
    const { requests } = run([request(8, [0, 1]), request(8, [0, 1], 2)], kv(8));
    expect(requests[1]).toMatchObject({ status: 'finished', cachedTokens: 7, finishMs: 3 });
  });

  it('ends a head that could wait for ever', () => {
    // Two hits on a prompt that fills the memory: the first to grow ends, the other one's prompt
    // and its first output no longer fit either.
    const { requests } = run(
      [
        request(8, [0, 1]),
        request(8, [0, 1], 2, { outputTokens: 3 }),
        request(8, [0, 1], 2, { outputTokens: 3 }),
        request(8, [2, 3], 2),
      ],
      kv(8),
    );
    const ends = requests.map(({ status, reason }) => reason ?? status);
    expect(ends).toEqual(['finished', 'kv-exhausted', 'kv-exhausted', 'finished']);
  });

  it('moves tokens out of the reservation of orca', () => {
    const { moments } = run([request(6, [0, 1], 0, { outputTokens: 4 })], {
      scheduler: { kind: 'orca', maxSequences: 4 },
    });
    expect(moments.map(({ usedBlocks }) => usedBlocks)).toEqual([10, 10, 10, 10, 10, 10, 10, 0]);
  });

  it('is per instance', () => {
    const requests = [request(10, [0, 1, 2]), request(10, [0, 1, 2], 5), request(10, [0, 1, 2], 7)];
    expect(run(requests, { instances: 2 }).cached).toEqual([0, 0, 9]);
  });

  it('can be left out', () => {
    const requests = [request(10, [0, 1, 2]), request(10, [0, 1, 2], 5)];
    expect(run(requests, { prefixCache: null }).cached).toEqual([0, 0]);
  });
});
