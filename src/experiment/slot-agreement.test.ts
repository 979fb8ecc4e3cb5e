/**
 * The slot schedulers on the serving engine against a naive simulator of client slots that shares
 * no code with either, and the engine's two modes against each other where the simulator has no
 * say: requests that arrive over time, memory that ends, clients that give up.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AffineClock } from '../cost/affine-clock.ts';
import { type PolicySpec, Registry } from '../policy/registry.ts';
import type { Scheduler } from '../policy/scheduler.ts';
import { type InstanceSetup, replayServing } from '../replay/serving/engine.ts';
import { KvMemory } from '../replay/serving/kv-memory.ts';
import type { StepRow } from '../replay/serving/sink.ts';
import {
  longestFirstLists,
  roundRobinLists,
  type SlotCosts,
  type SlotPolicy,
  type SlotRule,
  type SlotSystem,
  simulateSlots,
} from '../replay/serving/testing/slot-simulator.ts';
import type { Workload } from '../replay/serving/workload.ts';
import { roundRobin } from '../scheduling/placers/round-robin.ts';
import { hybrid } from '../scheduling/schedulers/hybrid/hybrid.ts';
import { slotsQueue } from '../scheduling/schedulers/hybrid/slots-queue.ts';
import { readTrace } from '../trace/read.ts';

const schedulers = new Registry<Scheduler>('scheduler', [slotsQueue, hybrid]);
const seed = { seed: 1 };

interface Request {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly arrivalMs?: number;
  readonly cancelAfterMs?: number;
}

interface System {
  readonly requests: readonly Request[];
  readonly slots: number;
  readonly costs: SlotCosts;
  readonly scheduler: PolicySpec;
  /** Sign of the predicted length in the queue's key; 0: first come, first served. */
  readonly order: -1 | 0 | 1;
  readonly predicted: readonly number[];
  readonly capacityTokens?: number;
}

function runEngine(system: System, mode: 'fast' | 'step') {
  const { requests, slots, costs, predicted, capacityTokens = 1e9 } = system;
  const rows: StepRow[] = [];
  const instance: InstanceSetup = {
    clock: new AffineClock({
      kind: 'affine',
      roundMs: costs.a,
      perSequenceMs: costs.b,
      prefillBatchMs: costs.p0,
      prefillTokenMs: costs.p1,
    }),
    layers: 1,
    memory: new KvMemory(capacityTokens, 4, 0),
    scheduler: schedulers.create(system.scheduler, seed),
    order: { key: (one) => (system.order === 0 ? 0 : system.order * one.predictedTokens) },
    predictor: { predict: (task) => predicted[task] as number },
    slots,
  };
  const { tasks, preemptions } = replayServing({
    workload: workloadOf(requests),
    instances: [instance],
    placer: roundRobin.create({}, seed),
    firstToken: 'decode',
    coalesce: true,
    mode,
    sink: { step: (row) => rows.push({ ...row }), stay: () => {} },
  });
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const rounds = rows.filter((row) => row.decodes > 0);
  return {
    rows,
    preemptions,
    status: [...tasks.status],
    rounds: sum(rounds.map((row) => row.rounds)),
    stages: rows.filter((row) => row.prefillRequests > 0).length,
    idleSlotRounds: sum(rounds.map((row) => row.rounds * (slots - row.decodes))),
    startMs: [...tasks.admittedMs],
    finishMs: [...tasks.endMs],
    slot: [...tasks.slot],
  };
}

function workloadOf(requests: readonly Request[]): Workload {
  return {
    count: requests.length,
    row: Int32Array.from(requests.keys()),
    arrivalMs: Float64Array.from(requests, (one) => one.arrivalMs ?? 0),
    inputTokens: Int32Array.from(requests, (one) => one.inputTokens),
    outputTokens: Int32Array.from(requests, (one) => one.outputTokens),
    cancelAfterMs: Float64Array.from(requests, (one) => one.cancelAfterMs ?? Number.NaN),
    parent: null,
    thinkMs: null,
    blocks: null,
    blockTokens: 1,
    uniqueBlocks: 1,
    hasMedia: false,
    arrivals: { mode: 'open' },
  };
}

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  for (const [i, value] of found.entries()) {
    const one = wanted[i] as number;
    expect(Math.abs(value - one)).toBeLessThanOrEqual(1e-9 * one);
  }
}

/** Both engine modes decide as the simulator does; all times agree to 1e-9. */
function expectAgreement(system: System, policy: SlotPolicy, modes: readonly ('fast' | 'step')[]) {
  const { requests, slots, costs, scheduler } = system;
  const simulated: SlotSystem = {
    requests,
    slots,
    costs,
    policy,
    rule: scheduler.rule as SlotRule,
    priced: scheduler.meanPromptTokens === 0 ? 'chosen' : 'mean',
  };
  const expected = simulateSlots(simulated);
  for (const mode of modes) {
    const { rounds, stages, idleSlotRounds, slot, startMs, finishMs } = runEngine(system, mode);
    expect({ rounds, stages, idleSlotRounds, slot }).toEqual({
      rounds: expected.rounds,
      stages: expected.stages,
      idleSlotRounds: expected.idleSlotRounds,
      slot: expected.slot,
    });
    expectNear(startMs, expected.startMs);
    expectNear(finishMs, expected.finishMs);
    expectNear([Math.max(...finishMs)], [expected.totalMs]);
  }
}

/** Prices of the scheduler's rule, equal to the costs. */
function pricesOf({ a, b, p0, p1 }: SlotCosts) {
  return { roundMs: a, perSequenceMs: b, prefillBatchMs: p0, prefillTokenMs: p1 };
}

function meanPrompt(requests: readonly Request[]): number {
  return requests.reduce((sum, one) => sum + one.inputTokens, 0) / requests.length;
}

// Multiples of 1/64 ms: sums are exact in any order, so that both sides of a rule compare equal.
const sixtyFourths = (max: number) => fc.integer({ min: 0, max: 64 * max }).map((n) => n / 64);
const randomCosts: fc.Arbitrary<SlotCosts> = fc.record({
  a: sixtyFourths(8).map((ms) => ms + 1 / 64),
  b: sixtyFourths(1),
  p0: fc.oneof(fc.constant(0), sixtyFourths(60)),
  p1: fc.constantFrom(0, 1 / 64, 1 / 4),
});
const randomRequest = fc.record({
  inputTokens: fc.integer({ min: 1, max: 60 }),
  outputTokens: fc.integer({ min: 1, max: 40 }),
});
const randomBacklog = fc
  .record({
    pairs: fc.array(fc.tuple(randomRequest, fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 40,
    }),
    slots: fc.integer({ min: 1, max: 8 }),
    costs: randomCosts,
    rule: fc.constantFrom<SlotRule>('prefill-first', 'full-cost', 'fixed-part', 'exact'),
    priced: fc.constantFrom('mean', 'chosen'),
  })
  .map(({ pairs, rule, priced, costs, slots }) => {
    const requests = pairs.map(([request]) => request);
    const meanPromptTokens = priced === 'mean' ? meanPrompt(requests) : 0;
    return {
      requests,
      predicted: pairs.map(([, length]) => length),
      slots,
      costs,
      parameters: { rule, meanPromptTokens, ...pricesOf(costs) },
    };
  });

describe('slot schedulers on the engine, against the naive simulator', () => {
  it('agree on a queue of any order under any rule', () => {
    const orders = fc.constantFrom<-1 | 0 | 1>(-1, 0, 1);
    fc.assert(
      fc.property(randomBacklog, orders, ({ parameters, ...backlog }, order) => {
        const scheduler = { kind: 'slots-queue', ...parameters };
        const keys = backlog.predicted.map((length) => order * length);
        const system = { ...backlog, order, scheduler };
        expectAgreement(system, { kind: 'queue', keys }, ['fast', 'step']);
      }),
      { seed: 61, numRuns: 250 },
    );
  });

  it('agree on assigned lists, stolen from or not, under any rule', () => {
    const policies = fc.record({
      method: fc.constantFrom('lpt', 'round-robin'),
      steal: fc.constantFrom('none' as const, 'shortest' as const, 'longest' as const),
    });
    fc.assert(
      fc.property(randomBacklog, policies, ({ parameters, ...backlog }, { method, steal }) => {
        const { slots, requests } = backlog;
        const equal = method === 'round-robin';
        const weigh = equal ? 'equal' : 'predicted-output';
        const predicted = equal ? requests.map(() => 1) : backlog.predicted;
        const lists = equal
          ? roundRobinLists(requests.length, slots)
          : longestFirstLists(predicted, slots);
        const scheduler = { kind: 'hybrid', method, weigh, steal, ...parameters };
        const system = { ...backlog, order: 0 as const, scheduler };
        expectAgreement(system, { kind: 'lists', lists, predicted, steal }, ['fast', 'step']);
      }),
      { seed: 62, numRuns: 250 },
    );
  });
});

const { trace } = await readTrace('gsm8k');

describe('the time-zero backlog of arXiv 2502.15763 on the engine', () => {
  const outputs = [...trace.outputTokens];
  const requests = outputs.map((outputTokens, i) => ({
    inputTokens: trace.inputTokens[i] as number,
    outputTokens,
  }));
  const slots = 200;
  /** 5 ms a stage; first come, first served takes 201.00 s. */
  const costs: SlotCosts = { a: 16_420 / 560, b: 0.226919, p0: 5, p1: 0.115 };
  const parameters = { ...pricesOf(costs), meanPromptTokens: meanPrompt(requests) };
  const base = { requests, slots, costs, predicted: outputs };
  const inOrder: SlotPolicy = { kind: 'queue', keys: outputs.map(() => 0) };

  it.each<[SlotRule, number, number]>([
    ['prefill-first', 2835, 857],
    ['fixed-part', 2846, 265],
    ['full-cost', 2960, 54],
  ])('takes %s as many rounds and stages as known, first come first served', (rule, r, k) => {
    const scheduler = { kind: 'slots-queue', ...parameters, rule };
    const system: System = { ...base, order: 0, scheduler };
    expect(runEngine(system, 'fast')).toMatchObject({ rounds: r, stages: k });
    expectAgreement(system, inOrder, ['fast']);
  });

  it.each<[SlotRule, number, number]>([
    ['prefill-first', 2321, 484],
    ['fixed-part', 2347, 188],
    ['full-cost', 2431, 44],
  ])('takes %s as many rounds and stages as known, lists by exact lengths', (rule, r, k) => {
    const scheduler = { kind: 'hybrid', method: 'lpt', ...parameters, rule };
    const system: System = { ...base, order: 0, scheduler };
    expect(runEngine(system, 'fast')).toMatchObject({ rounds: r, stages: k });
    const lists = longestFirstLists(outputs, slots);
    const policy = { kind: 'lists', lists, predicted: outputs, steal: 'shortest' } as const;
    expectAgreement(system, policy, ['fast']);
  });

  it('reaches the load bound of 2275 rounds with local search and nothing stolen', () => {
    const scheduler = { kind: 'hybrid', steal: 'none', ...parameters, rule: 'prefill-first' };
    const { rounds } = runEngine({ ...base, order: 0, scheduler }, 'fast');
    expect(rounds).toBe(Math.ceil(outputs.reduce((sum, one) => sum + one, 0) / slots));
  });
});

describe('slot schedulers in the fast and the step mode of the engine', () => {
  const drafts = fc.array(
    fc.record({
      gap: fc.oneof(fc.constant(0), sixtyFourths(40)),
      request: randomRequest,
      predicted: fc.double({ min: 1, max: 50, noNaN: true }),
      patience: fc.oneof(fc.constant(undefined), fc.constant(undefined), sixtyFourths(300)),
    }),
    { minLength: 1, maxLength: 40 },
  );
  const schedulersOf = fc.record({
    kind: fc.constantFrom('slots-queue', 'hybrid'),
    rule: fc.constantFrom('prefill-first', 'full-cost', 'fixed-part', 'exact', 'sub-gradient'),
    reserve: fc.constantFrom('prompt', 'sequence'),
    step: fc.constantFrom(1, 10, 100),
    prices: randomCosts,
  });
  const listsOf = fc.record({
    method: fc.constantFrom('round-robin', 'lpt', 'multifit', 'lpt-local-search'),
    weigh: fc.constantFrom('predicted-output', 'prompt', 'equal'),
    steal: fc.constantFrom('none', 'shortest', 'longest'),
    reoptimiseMs: fc.constantFrom(0, 5, 50, 500),
  });
  const systems = fc
    .record({
      drafts,
      slots: fc.integer({ min: 1, max: 8 }),
      costs: randomCosts,
      scheduler: schedulersOf,
      lists: listsOf,
      capacityTokens: fc.oneof(fc.integer({ min: 101, max: 400 }), fc.constant(4000)),
      order: fc.constantFrom<-1 | 0 | 1>(-1, 0, 1),
    })
    .map(({ drafts, scheduler, lists, ...rest }): System => {
      const { kind, prices, ...parameters } = scheduler;
      const spec = { kind, ...parameters, ...pricesOf(prices) };
      let arrivalMs = 0;
      const requests = drafts.map(({ gap, request, patience }) => {
        arrivalMs += gap;
        return { ...request, arrivalMs, ...(patience && { cancelAfterMs: patience }) };
      });
      return {
        ...rest,
        requests,
        predicted: drafts.map((one) => one.predicted),
        scheduler: kind === 'hybrid' ? { ...spec, ...lists } : spec,
      };
    });

  it('agree bit by bit, and no hold is false', () => {
    const seen = { preemptions: 0, cancelled: 0 };
    fc.assert(
      fc.property(systems, (system) => {
        const fast = runEngine(system, 'fast');
        expect(runEngine(system, 'step')).toEqual(fast);
        const ended = fast.finishMs.filter((ms) => !Number.isNaN(ms));
        expect(ended.length).toBe(system.requests.length);
        seen.preemptions += fast.preemptions;
        seen.cancelled += new Set(fast.status).size > 1 ? 1 : 0;
      }),
      { seed: 63, numRuns: 1500 },
    );
    expect(seen.preemptions).toBeGreaterThan(50);
    expect(seen.cancelled).toBeGreaterThan(50);
  });
});
