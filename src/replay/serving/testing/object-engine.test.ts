import { describe, expect, it } from 'vitest';
import { simulate } from './object-engine.ts';
import type { ObjectMoment, ObjectRequest, ObjectSimulation, ObjectWork } from './object-types.ts';

/** A request of the given tokens, arriving at 0 unless told. */
function request(
  inputTokens: number,
  outputTokens: number,
  rest: Partial<ObjectRequest> = {},
): ObjectRequest {
  return { id: 0, arrivalMs: 0, inputTokens, outputTokens, ...rest };
}

/** Replays on one roomy instance unless told; every step takes 1 ms. */
function run(requests: ObjectRequest[], rest: Partial<ObjectSimulation> = {}) {
  const works: ObjectWork[] = [];
  const moments: ObjectMoment[] = [];
  const result = simulate({
    requests,
    instances: 1,
    placement: 'round-robin',
    scheduler: { kind: 'chunked-prefill', budget: 100, maxSequences: 10 },
    kv: { capacityTokens: 1000, blockSize: 1 },
    prefixCache: null,
    arrivals: { mode: 'open' },
    stepMs: (work) => {
      works.push(work);
      return 1;
    },
    watch: (moment) => moments.push(moment),
    ...rest,
  });
  const { totals } = result;
  return {
    outcomes: result.requests,
    totals,
    works,
    moments,
    statuses: result.requests.map(({ status }) => status),
    tokens: result.requests.map(({ tokenTimesMs }) => tokenTimesMs),
    admitted: result.requests.map(({ admittedMs }) => admittedMs),
    cached: result.requests.map(({ cachedTokens }) => cachedTokens),
    instances: result.requests.map(({ instance }) => instance),
    prefills: totals.stepLog[0]!.map(({ prefills }) => prefills),
    decodes: totals.stepLog[0]!.map(({ decodes }) => decodes),
  };
}

const kv = (capacityTokens: number, blockSize = 1) => ({ kv: { capacityTokens, blockSize } });

describe('events', () => {
  it('ends at once without requests', () => {
    expect(run([]).totals).toEqual({ steps: 0, preemptions: 0, stepLog: [[]] });
  });

  it('starts a step with the first of equal arrivals alone', () => {
    const { works, tokens, outcomes } = run([request(5, 2), request(3, 1)]);
    expect(works).toEqual([
      { prefills: [{ newTokens: 5, cached: 0 }], contexts: [] },
      { prefills: [{ newTokens: 3, cached: 0 }], contexts: [6] },
    ]);
    expect(tokens).toEqual([[1, 2], [2]]);
    expect(outcomes[0]).toMatchObject({ firstTokenMs: 1, finishMs: 2, admittedMs: 0 });
    expect(outcomes[1]).toMatchObject({ firstTokenMs: 2, finishMs: 2, admittedMs: 1 });
  });

  it('handles an arrival before a step end at the same time', () => {
    const { admitted } = run([request(5, 3), request(3, 1, { arrivalMs: 1 })]);
    expect(admitted).toEqual([0, 1]);
  });

  it('keeps an arrival during a step waiting for its end', () => {
    const { admitted } = run([request(5, 3), request(3, 1, { arrivalMs: 0.25 })]);
    expect(admitted).toEqual([0, 1]);
  });

  it('idles between arrivals and logs each step', () => {
    const { totals } = run([request(5, 1, { arrivalMs: 2 }), request(3, 1, { arrivalMs: 9 })]);
    expect(totals.stepLog).toEqual([
      [
        { startMs: 2, durationMs: 1, decodes: 0, prefills: [[5, 0]] },
        { startMs: 9, durationMs: 1, decodes: 0, prefills: [[3, 0]] },
      ],
    ]);
  });
});

describe('placement', () => {
  const three = { instances: 3, ...kv(50) };

  it('goes round over all arrivals, rejected ones too', () => {
    const sizes = [1, 99, 1, 1, 99, 1];
    const { instances } = run(
      sizes.map((size) => request(size, 1)),
      three,
    );
    expect(instances).toEqual([0, null, 2, 0, null, 2]);
  });

  it('takes the least prompt tokens, the lowest index on ties', () => {
    const { instances } = run(
      [10, 3, 3, 5, 1].map((size) => request(size, 2)),
      { instances: 2, placement: 'least-loaded' },
    );
    expect(instances).toEqual([0, 1, 1, 1, 0]);
  });

  it('no longer counts a request that has ended', () => {
    const { instances } = run([request(10, 1), request(3, 9), request(1, 1, { arrivalMs: 1.5 })], {
      instances: 2,
      placement: 'least-loaded',
    });
    expect(instances).toEqual([0, 1, 0]);
  });

  it('still counts a request that ends at the very time of the arrival', () => {
    const { instances } = run([request(10, 1), request(3, 9), request(1, 1, { arrivalMs: 1 })], {
      instances: 2,
      placement: 'least-loaded',
    });
    expect(instances).toEqual([0, 1, 1]);
  });
});

describe('chunked-prefill', () => {
  const budget = (tokens: number, maxSequences = 10) => ({
    scheduler: { kind: 'chunked-prefill' as const, budget: tokens, maxSequences },
  });

  it('splits a prompt by the budget', () => {
    const { works, tokens } = run([request(10, 2)], budget(4));
    expect(works).toEqual([
      { prefills: [{ newTokens: 4, cached: 0 }], contexts: [] },
      { prefills: [{ newTokens: 4, cached: 4 }], contexts: [] },
      { prefills: [{ newTokens: 2, cached: 8 }], contexts: [] },
      { prefills: [], contexts: [11] },
    ]);
    expect(tokens).toEqual([[3, 4]]);
  });

  it('serves decodes first, then unfinished prompts, then the queue', () => {
    const { prefills, decodes, tokens } = run(
      [request(2, 5), request(7, 1), request(2, 1)],
      budget(4),
    );
    expect(prefills).toEqual([
      [[2, 0]],
      [[3, 0]],
      [[3, 3]],
      [
        [1, 6],
        [2, 0],
      ],
      [],
    ]);
    expect(decodes).toEqual([0, 1, 1, 1, 1]);
    expect(tokens).toEqual([[1, 2, 3, 4, 5], [4], [4]]);
  });

  it('lets all decodes run where they exceed the budget', () => {
    const { decodes } = run([request(1, 4), request(1, 3), request(1, 3)], budget(1));
    // One prompt at a time is all that the budget allows beside no decode.
    expect(decodes).toEqual([0, 1, 1, 1, 0, 1, 1, 0, 1, 1]);
  });

  it('admits no more than maxSequences', () => {
    const { admitted } = run([request(1, 3), request(1, 3), request(1, 3)], budget(100, 2));
    expect(admitted).toEqual([0, 1, 3]);
  });

  it('lets nobody overtake a head that does not fit', () => {
    const { admitted } = run([request(6, 3), request(5, 1), request(1, 1)], kv(10));
    expect(admitted).toEqual([0, 3, 3]);
  });

  it('preempts the decode that joined last, which recomputes its tokens', () => {
    const { tokens, prefills, outcomes, totals, works } = run(
      [request(4, 6), request(4, 6)],
      kv(10),
    );
    expect(tokens).toEqual([
      [1, 2, 3, 4, 5, 6],
      [2, 7, 8, 9, 10, 11],
    ]);
    expect(prefills[6]).toEqual([[5, 0]]);
    expect(works[7]!.contexts).toEqual([6]);
    expect(outcomes[1]).toMatchObject({ preemptions: 1, firstTokenMs: 2, admittedMs: 1 });
    expect(totals.preemptions).toBe(1);
  });

  it('puts the preempted request in front of the queue', () => {
    const { admitted, tokens } = run([request(4, 6), request(4, 6), request(6, 1)], kv(10));
    expect(tokens[1]![1]).toBe(7);
    expect(admitted[2]).toBe(11);
  });

  it('ends a lone decode that cannot grow', () => {
    const { outcomes, totals } = run([request(4, 10)], kv(6));
    expect(outcomes[0]).toMatchObject({
      status: 'unfinished',
      reason: 'kv-exhausted',
      generated: 2,
      finishMs: 2,
    });
    expect(totals.preemptions).toBe(0);
  });

  it('lets a prompt of the whole memory yield one token', () => {
    expect(run([request(6, 1)], kv(6)).statuses).toEqual(['finished']);
    const { outcomes } = run([request(6, 2)], kv(6));
    expect(outcomes[0]).toMatchObject({ status: 'unfinished', generated: 1, finishMs: 1 });
  });

  it('rejects a prompt larger than the memory and goes on', () => {
    const { outcomes, statuses } = run([request(7, 1, { arrivalMs: 3 }), request(6, 1)], kv(6));
    expect(statuses).toEqual(['rejected', 'finished']);
    expect(outcomes[0]).toMatchObject({ reason: 'kv-capacity', finishMs: 3, instance: null });
  });

  it('counts memory in blocks', () => {
    const twice = [request(4, 3), request(4, 3)];
    // Three blocks of four: two requests of five tokens need four.
    expect(run(twice, kv(15, 4)).tokens).toEqual([
      [1, 2, 3],
      [2, 4, 5],
    ]);
    expect(run(twice, kv(16, 4)).tokens).toEqual([
      [1, 2, 3],
      [2, 3, 4],
    ]);
  });

  it('keeps blocks free for the decodes of the step', () => {
    // After its prompt the first holds four of four tokens: its next one takes the second block.
    const { admitted } = run([request(3, 2), request(4, 1)], kv(8, 4));
    expect(admitted).toEqual([0, 2]);
  });
});

describe('prefill-first', () => {
  const limit = (maxBatchedTokens: number, maxSequences = 10) => ({
    scheduler: { kind: 'prefill-first' as const, maxBatchedTokens, maxSequences },
  });
  const later = { arrivalMs: 0.5 };

  it('makes decodes wait for whole prompts, up to the token limit', () => {
    const { prefills, decodes, tokens } = run(
      [request(4, 3), request(6, 1, later), request(5, 1, later)],
      limit(10),
    );
    expect(prefills).toEqual([[[4, 0]], [[6, 0]], [[5, 0]], [], []]);
    expect(decodes).toEqual([0, 0, 0, 1, 1]);
    expect(tokens).toEqual([[1, 4, 5], [2], [3]]);
  });

  it('batches prompts that meet the limit exactly', () => {
    const { prefills } = run(
      [request(1, 1), request(6, 1, later), request(4, 1, later)],
      limit(10),
    );
    expect(prefills[1]).toEqual([
      [6, 0],
      [4, 0],
    ]);
  });

  it('runs a prompt above the limit alone', () => {
    const { prefills } = run([request(1, 1), request(25, 1, later), request(1, 1)], limit(10));
    expect(prefills).toEqual([[[1, 0]], [[1, 0]], [[25, 0]]]);
    const behind = run([request(1, 1), request(25, 1, later), request(1, 1, later)], limit(10));
    expect(behind.prefills).toEqual([[[1, 0]], [[25, 0]], [[1, 0]]]);
  });

  it('counts waiting decodes in maxSequences', () => {
    const { admitted } = run([request(1, 3), request(1, 1), request(1, 1)], limit(100, 2));
    expect(admitted).toEqual([0, 1, 2]);
    const one = run([request(1, 3), request(1, 1)], limit(100, 1));
    expect(one.admitted).toEqual([0, 3]);
  });

  it('admits without keeping room for decodes, and preempts after that', () => {
    const { tokens, outcomes } = run([request(4, 4), request(5, 2, later)], {
      ...limit(100),
      ...kv(10),
    });
    expect(tokens).toEqual([
      [1, 3, 4, 5],
      [2, 6],
    ]);
    expect(outcomes[1]!.preemptions).toBe(1);
  });

  it('plans again where a plan ends the last decode and others wait', () => {
    const { outcomes } = run([request(4, 9), request(3, 1, later)], { ...limit(100), ...kv(6) });
    expect(outcomes[0]).toMatchObject({ status: 'unfinished', finishMs: 2, generated: 2 });
    expect(outcomes[1]).toMatchObject({ status: 'finished', admittedMs: 2, finishMs: 3 });
  });
});

describe('orca', () => {
  const orca = (maxSequences = 10) => ({ scheduler: { kind: 'orca' as const, maxSequences } });

  it('reserves prompt and output and never preempts', () => {
    const { admitted, tokens, totals, moments } = run(
      [request(5, 5), request(5, 5), request(1, 1)],
      { ...orca(), ...kv(20) },
    );
    expect(admitted).toEqual([0, 1, 5]);
    expect(tokens[1]).toEqual([2, 3, 4, 5, 6]);
    expect(totals.preemptions).toBe(0);
    expect(moments.map(({ usedBlocks }) => usedBlocks).slice(0, 4)).toEqual([10, 10, 20, 20]);
  });

  it('joins whole prompts to the decodes of the step', () => {
    const { prefills, decodes } = run([request(5, 3), request(300, 1), request(40, 1)], orca());
    expect(prefills).toEqual([
      [[5, 0]],
      [
        [300, 0],
        [40, 0],
      ],
      [],
    ]);
    expect(decodes).toEqual([0, 1, 1]);
  });

  it('rejects what could not be held to its end', () => {
    const { statuses } = run([request(15, 6), request(15, 5)], { ...orca(), ...kv(20) });
    expect(statuses).toEqual(['rejected', 'finished']);
  });

  it('admits no more than maxSequences', () => {
    expect(run([request(1, 2), request(1, 2)], orca(1)).admitted).toEqual([0, 2]);
  });
});
