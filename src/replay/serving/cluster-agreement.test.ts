/**
 * The engine against the independent cluster simulator of testing/: equal decisions on random
 * clusters, equal tables in both of its modes, and small clusters reckoned by hand.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runCluster } from './testing/cluster-run.ts';
import { simulateCluster } from './testing/cluster-simulator.ts';
import { type ClusterOptions, randomCluster } from './testing/cluster-systems.ts';
import type { Cluster, ClusterFlow, ClusterInstance } from './testing/cluster-types.ts';
import type { ObjectRequest } from './testing/object-types.ts';

const runs = { numRuns: 75, seed: 20261126 };

/** By end; flows that end together in an order of their own. */
function sorted(flows: readonly ClusterFlow[]): ClusterFlow[] {
  return flows.toSorted(
    (a, b) => a.endMs - b.endMs || a.request - b.request || a.startMs - b.startMs,
  );
}

function agree(cluster: Cluster): void {
  const fast = runCluster(cluster, 'fast');
  expect(runCluster(cluster, 'step')).toEqual(fast);
  const expected = simulateCluster(cluster);
  // Shares of a link that are no powers of two are rounded, in an order that is nobody's rule.
  if (!expected.exact) return;
  expect(fast.requests).toEqual(expected.requests);
  expect(fast.steps).toEqual(expected.steps);
  expect(sorted(fast.flows)).toEqual(sorted(expected.flows));
}

const calm: ClusterOptions = {
  sources: false,
  tightDecode: false,
  wholePrompts: true,
  refusals: false,
};

describe('serving engine on random clusters', () => {
  it.each<[string, ClusterOptions]>([
    ['prompts, KV and decodes', { ...calm, modes: ['open'], cancels: false, stores: false }],
    ['who leaves, is refused or arrives by others', { ...calm, refusals: true, stores: false }],
    ['host stores', { ...calm, modes: ['open', 'session'], coupled: false }],
    ['memory that runs out', { ...calm, tightDecode: true, refusals: true }],
  ])('decides as the simulator does: %s', (_name, options) => {
    fc.assert(fc.property(randomCluster(options), agree), runs);
  });

  for (const [name, options] of [
    ['fetches', { ...calm, sources: true }],
    ['pipelines of chunks', { ...calm, wholePrompts: false }],
    ['everything', {}],
  ] as const) {
    it(`decides as the simulator does: ${name}`, () => {
      fc.assert(fc.property(randomCluster(options), agree), { ...runs, endOnFailure: true });
    });
  }
});

const clock = (fixedMs: number) => ({
  fixedMs,
  perPrefillTokenMs: 0,
  perPrefillPairMs: 0,
  perDecodeMs: 0,
  perContextTokenMs: 0,
});

function prefills(rest: Partial<ClusterInstance> = {}): ClusterInstance {
  return {
    role: 'prefill',
    scheduler: { kind: 'prefill-pool', chunkTokens: 100, batch: false },
    clock: clock(1),
    capacityTokens: 100,
    blockSize: 1,
    layers: 1,
    stages: 1,
    hopMsPerToken: 0,
    storeBlocks: null,
    hostBytesPerMs: 16,
    nicBytesPerMs: 16,
    ...rest,
  };
}

function decodes(capacityTokens = 1000): ClusterInstance {
  return prefills({
    role: 'decode',
    scheduler: { kind: 'decode-pool', maxSequences: 4, recomputeTokens: 8 },
    capacityTokens,
  });
}

/** Requests of one-token blocks. */
function request(
  inputTokens: number,
  outputTokens: number,
  firstBlock = 0,
  arrivalMs = 0,
): ObjectRequest {
  const blocks = Array.from({ length: inputTokens }, (_, i) => firstBlock + i);
  return { id: 0, arrivalMs, inputTokens, outputTokens, blocks };
}

function cluster(requests: readonly ObjectRequest[], instances: readonly ClusterInstance[]) {
  const one: Cluster = {
    requests,
    instances,
    blockTokens: 1,
    arrivals: { mode: 'open' },
    kvBytesPerToken: 1,
    discipline: 'fair',
    streaming: 'layer-wise',
    firstToken: 'prefill',
    placement: { decode: 'round-robin', late: false, sourceBlocks: 1 },
    refuseArrival: null,
    refuseDecode: null,
  };
  return one;
}

/** Four chunks of a token, each 2 ms in both stages: the last one enters at 6 and leaves at 10. */
const chunksInPipeline = cluster(
  [request(4, 1)],
  [
    prefills({
      clock: clock(4),
      stages: 2,
      scheduler: { kind: 'prefill-pool', chunkTokens: 1, batch: false },
    }),
    decodes(),
  ],
);

/**
 * When the second prompt is there the first request holds 33 + 3 of 43 blocks and takes one more
 * each round; the second needs 5 + 1 and one to grow, so it waits until the first has finished.
 */
const tightDecode = cluster([request(33, 4), request(5, 3, 33, 3)], [prefills(), decodes(43)]);

/**
 * Instance 0 has the prompt at 1 + 2/16. Instance 1 has its two blocks at 2 + 2/16; the step ends
 * there 1 of computing, 1/16 of loading and 1/16 of storing later.
 */
const fetched = cluster(
  [request(2, 1), request(2, 1, 0, 2)],
  [prefills({ storeBlocks: 10 }), prefills({ storeBlocks: 10 }), decodes()],
);

describe('clusters reckoned by hand', () => {
  const inBoth = [
    ['simulator', simulateCluster],
    ['engine', (one: Cluster) => runCluster(one, 'fast')],
  ] as const;

  it.each(inBoth)('sends KV layer-wise and decodes from the next round on: %s', (_name, run) => {
    // 40 tokens in chunks of 32 and 8 at 0 and 1; their KV takes 2 ms and half a millisecond.
    const chunks = { kind: 'prefill-pool', chunkTokens: 32, batch: false } as const;
    const { requests, flows } = run(
      cluster([request(40, 3)], [prefills({ scheduler: chunks }), decodes()]),
    );
    expect(flows.map(({ bytes, startMs, endMs }) => [bytes, startMs, endMs])).toEqual([
      [8, 1, 2],
      [32, 0, 2.5],
    ]);
    expect(requests[0]).toMatchObject({ prefillMs: 2, firstTokenMs: 2, endMs: 4.5, instance: 1 });
  });

  it('ends a prompt when its last chunk leaves the pipeline: simulator', () => {
    expect(simulateCluster(chunksInPipeline).requests[0]!.prefillMs).toBe(10);
  });

  it('ends a prompt when its last chunk leaves the pipeline: engine', () => {
    expect(runCluster(chunksInPipeline, 'fast').requests[0]!.prefillMs).toBe(10);
  });

  it('lets no decode join that the round would throw out at once: simulator', () => {
    expect(simulateCluster(tightDecode).requests[1]).toMatchObject({ preemptions: 0 });
  });

  it('lets no decode join that the round would throw out at once: engine', () => {
    expect(runCluster(tightDecode, 'fast').requests[1]).toMatchObject({ preemptions: 0 });
  });

  it('loads fetched blocks over the host link: simulator', () => {
    expect(simulateCluster(fetched).requests[1]!.prefillMs).toBe(3.25);
  });

  it('loads fetched blocks over the host link: engine', () => {
    expect(runCluster(fetched, 'fast').requests[1]!.prefillMs).toBe(3.25);
  });

  it('counts fetched tokens among the cached ones: simulator', () => {
    const [, second] = simulateCluster(fetched).requests;
    expect(second).toMatchObject({ cachedTokens: 1, fetchedTokens: 1 });
  });

  it('counts fetched tokens among the cached ones: engine', () => {
    const [, second] = runCluster(fetched, 'fast').requests;
    expect(second).toMatchObject({ cachedTokens: 1, fetchedTokens: 1 });
  });
});
