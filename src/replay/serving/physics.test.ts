/**
 * Queueing theory: with one request at a time per instance the replay is a textbook queue, whose
 * mean wait is known in closed form.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClock } from '../../cost/clock.ts';
import { orders } from '../../scheduling/orders.ts';
import { placers, schedulers } from '../../scheduling/registries.ts';
import { RandomStream } from '../../units/random.ts';
import { replayServing, type ServingOutcome } from './engine.ts';
import { KvMemory } from './kv-memory.ts';
import type { StepRow } from './sink.ts';
import { newEngineRun } from './testing/engine-run.ts';
import { meanWaitMD1, meanWaitMDc, meanWaitMM1 } from './testing/queueing.ts';
import { randomSystem } from './testing/random-systems.ts';
import type { Workload } from './workload.ts';

const serviceMs = 10;

/** Poisson arrivals of one-token requests, served one at a time, 10 ms a prompt token of 1000. */
function queue(options: {
  requests: number;
  load: number;
  servers: number;
  seed: number;
  tokens: (stream: RandomStream) => number;
}): { outcome: ServingOutcome; rows: StepRow[] } {
  const { requests, load, servers, seed, tokens } = options;
  const stream = new RandomStream(seed, 'queue');
  const rows: StepRow[] = [];
  let arrivalMs = 0;
  const arrivals = Float64Array.from({ length: requests }, () => {
    arrivalMs += stream.exponential(serviceMs / (load * servers));
    return arrivalMs;
  });
  const workload: Workload = {
    count: requests,
    row: Int32Array.from({ length: requests }, (_, i) => i),
    arrivalMs: arrivals,
    inputTokens: Int32Array.from({ length: requests }, () => tokens(stream)),
    outputTokens: new Int32Array(requests).fill(1),
    cancelAfterMs: null,
    parent: null,
    thinkMs: null,
    blocks: null,
    blockTokens: 1,
    uniqueBlocks: 0,
    hasMedia: false,
    arrivals: { mode: 'open' },
  };
  const clock = createClock({
    kind: 'affine',
    roundMs: 1,
    perSequenceMs: 0,
    prefillBatchMs: 0,
    prefillTokenMs: serviceMs / 1000,
  });
  const outcome = replayServing({
    workload,
    instances: Array.from({ length: servers }, () => ({
      clock,
      layers: 1,
      memory: new KvMemory(1_000_000, 1, 0),
      scheduler: schedulers.create(
        { kind: 'chunked-prefill', budget: 1_000_000, maxSequences: 1 },
        { seed },
      ),
      order: orders.create({ kind: 'fcfs' }, { seed }),
    })),
    placer: placers.create({ kind: 'round-robin' }, { seed }),
    mode: 'fast',
    sink: { step: (row) => rows.push({ ...row }), stay: () => {} },
  });
  return { outcome, rows };
}

/** Mean wait over independent replications, and the half-width of its 99.9 % interval. */
function waits(replications: number, run: (seed: number) => ServingOutcome) {
  const means = Array.from({ length: replications }, (_, seed) => {
    const { tasks } = run(seed + 1);
    // The first tenth warms the queue up.
    const from = Math.floor(tasks.arrivalMs.length / 10);
    let sum = 0;
    for (let i = from; i < tasks.arrivalMs.length; i++) {
      sum += (tasks.admittedMs[i] as number) - (tasks.arrivalMs[i] as number);
    }
    return sum / (tasks.arrivalMs.length - from);
  });
  const mean = means.reduce((a, b) => a + b) / replications;
  const variance = means.reduce((a, b) => a + (b - mean) ** 2, 0) / (replications - 1);
  // Student's t for 29 degrees of freedom, two-sided 0.1 %.
  return { mean, halfWidth: 3.66 * Math.sqrt(variance / replications) };
}

function expectNear(measured: { mean: number; halfWidth: number }, expected: number): void {
  expect(measured.halfWidth).toBeLessThan(0.08 * expected);
  expect(Math.abs(measured.mean - expected)).toBeLessThan(measured.halfWidth);
}

describe('mean wait', () => {
  const deterministic = () => 1000;

  for (const load of [0.5, 0.8]) {
    it(`is that of M/D/1 at load ${load}`, () => {
      const measured = waits(
        30,
        (seed) =>
          queue({ requests: 20_000, load, servers: 1, seed, tokens: deterministic }).outcome,
      );
      expectNear(measured, meanWaitMD1(load / serviceMs, serviceMs));
    });
  }

  it('is that of M/M/1', () => {
    const exponential = (stream: RandomStream) => Math.max(1, Math.round(stream.exponential(1000)));
    const measured = waits(
      30,
      (seed) =>
        queue({ requests: 30_000, load: 0.6, servers: 1, seed, tokens: exponential }).outcome,
    );
    expectNear(measured, meanWaitMM1(0.6 / serviceMs, serviceMs));
  });

  it('is that of M/D/4: with equal service times, going round is one common queue', () => {
    const measured = waits(
      30,
      (seed) =>
        queue({ requests: 40_000, load: 0.8, servers: 4, seed, tokens: deterministic }).outcome,
    );
    expectNear(measured, meanWaitMDc((0.8 * 4) / serviceMs, serviceMs, 4));
  });
});

describe('conservation laws', () => {
  it('holds Little: the integral of requests in the system is the sum of their stays', () => {
    const { outcome } = queue({
      requests: 5000,
      load: 0.9,
      servers: 3,
      seed: 1,
      tokens: (stream) => 1 + stream.integer(2000),
    });
    const { arrivalMs, endMs } = outcome.tasks;
    const stays = arrivalMs.reduce((sum, at, i) => sum + (endMs[i] as number) - at, 0);
    const changes = [
      ...Array.from(arrivalMs, (at) => ({ at, by: 1 })),
      ...Array.from(endMs, (at) => ({ at, by: -1 })),
    ].sort((a, b) => a.at - b.at);
    let integral = 0;
    let present = 0;
    let since = 0;
    for (const { at, by } of changes) {
      integral += present * (at - since);
      present += by;
      since = at;
    }
    expect(present).toBe(0);
    expect(integral / stays).toBeCloseTo(1, 10);
  });

  it('conserves work: an instance is idle only while it has no request', () => {
    const random = randomSystem({ cancels: false, prefixCache: false });
    fc.assert(
      fc.property(random, (one) => {
        const { rows, requests } = newEngineRun(one, 'fast');
        for (let instance = 0; instance < one.system.instances; instance++) {
          const own = rows.filter((row) => row.instance === instance);
          const here = requests.filter((request) => request.instance === instance);
          const busy = own.reduce((sum, row) => sum + row.endMs - row.startMs, 0);
          expect(busy).toBeCloseTo(timeWithRequests(here), 6);
        }
      }),
      { numRuns: 200, seed: 20261124 },
    );
  });

  it('computes every prompt token once, and again only after preemptions', () => {
    fc.assert(
      fc.property(randomSystem({ cancels: false }), (one) => {
        const { rows, requests, preemptions } = newEngineRun(one, 'fast');
        const computed = rows.reduce((sum, row) => sum + row.prefillTokens, 0);
        const decoded = rows.reduce((sum, row) => sum + row.decodes * row.rounds, 0);
        const admitted = one.system.requests.map((request, i) => {
          const { admittedMs, cachedTokens } = requests[i] as (typeof requests)[number];
          return Number.isNaN(admittedMs) ? 0 : request.inputTokens - (cachedTokens as number);
        });
        const prompts = admitted.reduce((a, b) => a + b, 0);
        if (preemptions === 0) expect(computed).toBe(prompts);
        else expect(computed).toBeGreaterThan(prompts);
        const generated = requests.reduce((sum, request) => sum + (request.generated as number), 0);
        const admissions = requests.reduce(
          (sum, request) => sum + (request.preemptions as number),
          requests.filter((request) => !Number.isNaN(request.admittedMs)).length,
        );
        // A request preempted at the end of its life and never admitted again ends unfinished.
        expect(generated - decoded).toBeLessThanOrEqual(admissions);
        expect(generated - decoded).toBeGreaterThanOrEqual(
          admissions - requests.filter((request) => request.status === 'unfinished').length,
        );
      }),
      { numRuns: 300, seed: 20261124 },
    );
  });
});

/** Length of the union of the requests' stays. */
function timeWithRequests(
  requests: { arrivalMs: number | undefined; endMs: number | undefined }[],
) {
  const spans = requests
    .map(({ arrivalMs, endMs }) => [arrivalMs as number, endMs as number] as const)
    .sort((a, b) => a[0] - b[0]);
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const [from, to] of spans) {
    total += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return total;
}
