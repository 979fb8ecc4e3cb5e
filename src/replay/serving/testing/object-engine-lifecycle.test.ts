import { describe, expect, it } from 'vitest';
import { simulate } from './object-engine.ts';
import type { ObjectRequest, ObjectSimulation } from './object-types.ts';

/** A request of the given tokens, arriving at 0 unless told. */
function request(
  inputTokens: number,
  outputTokens: number,
  rest: Partial<ObjectRequest> = {},
): ObjectRequest {
  return { id: 0, arrivalMs: 0, inputTokens, outputTokens, ...rest };
}

/** Outcomes on one roomy instance unless told; every step takes 1 ms. */
function run(requests: ObjectRequest[], rest: Partial<ObjectSimulation> = {}) {
  return simulate({
    requests,
    instances: 1,
    placement: 'round-robin',
    scheduler: { kind: 'chunked-prefill', budget: 100, maxSequences: 10 },
    kv: { capacityTokens: 100, blockSize: 1 },
    prefixCache: null,
    arrivals: { mode: 'open' },
    stepMs: () => 1,
    ...rest,
  });
}

describe('cancellation', () => {
  const cancelAfter = (cancelAfterMs: number) => ({ cancelAfterMs });
  const small = { kv: { capacityTokens: 8, blockSize: 1 } };

  it('removes a waiting request at once', () => {
    const { requests } = run([request(5, 3), request(5, 3, cancelAfter(1.5))], small);
    expect(requests[1]).toMatchObject({
      status: 'cancelled',
      finishMs: 1.5,
      generated: 0,
      admittedMs: null,
    });
  });

  it('precedes a step end at the same time for a waiting request', () => {
    const { requests } = run([request(5, 1), request(5, 3, cancelAfter(1))]);
    expect(requests[1]).toMatchObject({ status: 'cancelled', finishMs: 1, admittedMs: null });
  });

  it.each([1.5, 2])('takes an admitted request out at the step end that covers %d ms', (ms) => {
    const { requests, totals } = run([request(5, 5, cancelAfter(ms))]);
    expect(requests[0]).toMatchObject({ status: 'cancelled', finishMs: 2, generated: 2 });
    expect(totals.steps).toBe(2);
  });

  it('yields to an end in the same step', () => {
    expect(run([request(5, 2, cancelAfter(2))]).requests[0]!.status).toBe('finished');
    expect(run([request(5, 2, cancelAfter(7))]).requests[0]!.status).toBe('finished');
  });

  it('finds a request admitted that its own arrival started', () => {
    const { requests } = run([request(5, 5, cancelAfter(0))]);
    expect(requests[0]).toMatchObject({ status: 'cancelled', finishMs: 1, generated: 1 });
  });

  it('takes out an unfinished prompt', () => {
    const { requests } = run([request(5, 5, cancelAfter(1))], {
      scheduler: { kind: 'chunked-prefill', budget: 2, maxSequences: 10 },
    });
    expect(requests[0]).toMatchObject({ status: 'cancelled', finishMs: 1, generated: 0 });
  });

  it('takes out a decode that waits during a prefill step', () => {
    const { requests } = run([request(5, 9, cancelAfter(1.5)), request(5, 1)], {
      scheduler: { kind: 'prefill-first', maxBatchedTokens: 100, maxSequences: 10 },
    });
    expect(requests[0]).toMatchObject({ status: 'cancelled', finishMs: 2, generated: 1 });
  });

  it('frees memory for the next plan', () => {
    const { requests } = run([request(5, 5, cancelAfter(1.5)), request(5, 1)], small);
    expect(requests[1]!.admittedMs).toBe(2);
  });
});

describe('session arrivals', () => {
  const session = { arrivals: { mode: 'session' as const } };

  it('follow the end of the parent and the think time', () => {
    const { requests } = run(
      [request(2, 2), request(2, 1, { parentIndex: 0, thinkMs: 3, arrivalMs: 1 })],
      session,
    );
    expect(requests[1]).toMatchObject({ arrivalMs: 5, firstTokenMs: 6 });
  });

  it('follow a rejected, cancelled or unfinished parent too', () => {
    const { requests } = run(
      [
        request(99, 1, { arrivalMs: 2 }),
        request(5, 9, { arrivalMs: 4, cancelAfterMs: 1.5 }),
        request(8, 9, { arrivalMs: 20 }),
        request(1, 1, { parentIndex: 0, thinkMs: 0.5, arrivalMs: 20 }),
        request(1, 1, { parentIndex: 1, thinkMs: 0.5, arrivalMs: 20 }),
        request(1, 1, { parentIndex: 2, thinkMs: 0.5, arrivalMs: 20 }),
      ],
      { ...session, kv: { capacityTokens: 8, blockSize: 1 } },
    );
    expect(requests.slice(0, 3).map(({ status }) => status)).toEqual([
      'rejected',
      'cancelled',
      'unfinished',
    ]);
    expect(requests.slice(3).map(({ arrivalMs }) => arrivalMs)).toEqual([2.5, 6.5, 21.5]);
  });

  it('are handled between the ends and the plan of the same step', () => {
    const { totals } = run(
      [
        request(1, 1),
        request(2, 1, { arrivalMs: 0.5 }),
        request(3, 1, { parentIndex: 0, arrivalMs: 0.5 }),
      ],
      session,
    );
    expect(totals.stepLog[0]!.map(({ prefills }) => prefills)).toEqual([
      [[1, 0]],
      [
        [2, 0],
        [3, 0],
      ],
    ]);
  });

  it('are ordered by row when released together', () => {
    const { totals } = run(
      [
        request(1, 2),
        request(2, 1),
        request(3, 1, { parentIndex: 1 }),
        request(4, 1, { parentIndex: 0 }),
      ],
      session,
    );
    expect(totals.stepLog[0]!.map(({ prefills }) => prefills)).toEqual([
      [[1, 0]],
      [[2, 0]],
      [
        [3, 0],
        [4, 0],
      ],
    ]);
  });

  it('come in the order of the instances whose steps end together', () => {
    const { requests } = run(
      [
        request(1, 1),
        request(1, 1),
        request(1, 1, { parentIndex: 1 }),
        request(1, 1, { parentIndex: 0 }),
      ],
      { ...session, instances: 2 },
    );
    expect(requests.map(({ instance }) => instance)).toEqual([0, 1, 1, 0]);
  });

  it('keep their arrival in open mode', () => {
    const { requests } = run([request(2, 9), request(2, 1, { parentIndex: 0, arrivalMs: 1 })]);
    expect(requests[1]!.arrivalMs).toBe(1);
  });
});

describe('closed arrivals', () => {
  const closed = (concurrency: number) => ({ arrivals: { mode: 'closed' as const, concurrency } });

  it('release the next row at each end', () => {
    const { requests } = run(
      [request(1, 3), request(1, 1), request(1, 1), request(1, 1, { arrivalMs: 50 })],
      closed(2),
    );
    expect(requests.map(({ arrivalMs }) => arrivalMs)).toEqual([0, 0, 2, 3]);
  });

  it('go on after a rejection', () => {
    const { requests } = run([request(101, 1), request(102, 1), request(1, 1)], closed(1));
    expect(requests.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'finished']);
    expect(requests[2]!.finishMs).toBe(1);
  });

  it('start an idle instance before the one whose step ended plans', () => {
    const { requests } = run([request(1, 1), request(1, 1)], { ...closed(1), instances: 2 });
    expect(requests[1]).toMatchObject({ instance: 1, admittedMs: 1, finishMs: 2 });
  });
});
