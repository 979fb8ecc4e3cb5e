/**
 * What this study must give before its experiments mean anything: the reference backlog, baseline,
 * bound and hybrid through `runScenario`, in memory, and the counts behind them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LoadedTrace, runScenario } from '../../src/experiment/run-scenario.ts';
import { runServing } from '../../src/replay/run-serving.ts';
import { parseScenario } from '../../src/replay/scenario.ts';
import { RunRecorder } from '../../src/results/event-rows.ts';
import { slotUsage } from '../../src/results/slot-usage.ts';
import { makespanBound } from '../../src/scheduling/bounds/makespan-bound.ts';
import { loadBound } from '../../src/scheduling/offline/loads.ts';
import { lptLocalSearch } from '../../src/scheduling/offline/lpt-local-search.ts';
import { newTrace } from '../../src/trace/new-trace.ts';
import { readTrace } from '../../src/trace/read.ts';
import type { RequestTrace } from '../../src/trace/request-trace.ts';
import { noiseFreeOutput, seededOutput } from './cases.ts';
import { backlog, profile } from './profile.ts';
import { fcfs, hybrid, levelled, offline, type Policy, seedsTo, system } from './systems.ts';

const { trace: reference } = await readTrace('gsm8k');

interface Options {
  readonly trace?: RequestTrace;
  readonly p0?: number;
  readonly slots?: number;
  readonly seed?: number;
}

/** A run in memory: its total, and the rounds and stages that the cost law leaves it. */
async function run(policy: Policy, { trace = reference, p0 = 0, slots = 200, seed }: Options = {}) {
  const scenario = { ...system(policy, { p0, slots }), seeds: { policy: seed ?? null } };
  const loaded: LoadedTrace = {
    located: { name: trace.meta.name, path: trace.meta.name, sha256: '' },
    trace,
  };
  const summary = await runScenario(scenario, { out: null, tables: ['runs'] }, loaded);
  const { roundMs, perSequenceMs, prefillTokenMs, prefillBatchMs } = profile(p0);
  const { steps, output_tokens, input_tokens, simulated_s } = summary;
  const tokensMs = perSequenceMs * output_tokens + prefillTokenMs * input_tokens;
  // T = a·R + b·N + p1·P + p0·(steps - R), solved for R.
  const solved =
    (1000 * simulated_s - tokensMs - prefillBatchMs * steps) / (roundMs - prefillBatchMs);
  const rounds = Math.round(solved);
  expect(Math.abs(solved - rounds)).toBeLessThan(1e-6);
  const stages = steps - rounds;
  const utilisation = output_tokens / (slots * rounds);
  const latencyS = (summary.e2e_ms.mean as number) / 1000;
  return { totalS: simulated_s, rounds, stages, utilisation, latencyS };
}

/** As published: seconds and per cent. */
async function shown(policy: Policy, options: Options = {}): Promise<string> {
  const { totalS, utilisation } = await run(policy, options);
  return `${totalS.toFixed(2)} s, ${(100 * utilisation).toFixed(2)} %`;
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const sum = (values: Int32Array) => values.reduce((total, value) => total + value, 0);

const listed: Policy = { lists: 'lpt', sigma: 0 };

describe('the reference backlog', () => {
  it('has 90,258 prompt tokens, 68.43 a question, the start token counted', () => {
    expect(reference.count).toBe(backlog.requests);
    expect(sum(reference.inputTokens)).toBe(backlog.promptTokens);
    expect((backlog.promptTokens / reference.count).toFixed(2)).toBe('68.43');
    expect(sum(reference.outputTokens)).toBe(backlog.outputTokens);
  });

  it('follows from its seed', () => {
    expect(seededOutput.make(reference, 91).outputTokens).toEqual(reference.outputTokens);
  });

  it('takes 201.00 s first come, first served: 2835 rounds, 857 stages, 80.22 %', async () => {
    const { totalS, latencyS, ...counts } = await run(fcfs);
    expect(totalS.toFixed(2)).toBe('201.00');
    expect(counts.utilisation.toFixed(4)).toBe('0.8022');
    expect(counts).toMatchObject(backlog.baseline);
    expect(latencyS.toFixed(1)).toBe('100.4');
  });

  it.each<[string, Policy, string, string]>([
    ['FCFS', fcfs, '201.00 s, 80.22 %', '201.00 s, 80.22 %'],
    ['FCFS', { ...fcfs, rule: 'fixed-part' }, '201.00 s, 80.22 %', '198.36 s, 79.91 %'],
    ['FCFS', { ...fcfs, rule: 'full-cost' }, '204.55 s, 77.59 %', '200.65 s, 76.83 %'],
    [
      'lists in turn',
      { lists: 'round-robin', steal: 'none' },
      '246.58 s, 55.90 %',
      '237.20 s, 55.90 %',
    ],
    ['SJF', { order: 'shortest-output' }, '202.59 s, 79.02 %', '201.91 s, 79.02 %'],
    ['longest first', { order: 'longest-output' }, '182.00 s, 97.98 %', '184.06 s, 97.98 %'],
    ['lists, stealing', listed, '182.00 s, 97.98 %', '184.06 s, 97.98 %'],
    ['same', { ...listed, rule: 'fixed-part' }, '182.00 s, 97.98 %', '183.35 s, 96.90 %'],
    ['same', { ...listed, rule: 'full-cost' }, '185.92 s, 93.70 %', '185.09 s, 93.55 %'],
  ])('takes as long as known with exact lengths: %s %o', async (_, policy, free, fiveMs) => {
    expect(await shown(policy)).toBe(free);
    expect(await shown(policy, { p0: 5 })).toBe(fiveMs);
  });
});

describe('the backlog without noise', () => {
  const trace = noiseFreeOutput.make(reference, 0);
  // The laws are those fitted to the reference backlog.
  it.each<[string, Policy, string, string]>([
    ['FCFS', fcfs, '196.53 s, 83.80 %', '196.98 s, 83.80 %'],
    ['longest first', { order: 'longest-output' }, '182.63 s, 97.27 %', '183.91 s, 97.27 %'],
    [
      'lists, fixed-part rule',
      { ...listed, rule: 'fixed-part' },
      '182.63 s, 97.27 %',
      '183.24 s, 96.82 %',
    ],
    ['SJF', { order: 'shortest-output' }, '208.36 s, 74.96 %', '204.67 s, 74.96 %'],
  ])('takes as long as known: %s', async (_, policy, free, fiveMs) => {
    expect(await shown(policy, { trace })).toBe(free);
    expect(await shown(policy, { trace, p0: 5 })).toBe(fiveMs);
  });
});

describe('the lower bound', () => {
  const boundS = ({ inputTokens, outputTokens }: RequestTrace, clients: number, p0: number) =>
    makespanBound({ inputTokens, outputTokens, clients }, profile(p0)).totalMs / 1000;

  it('is 180.30 s, and the levelled lists reach its rounds', async () => {
    expect(boundS(reference, 200, 0).toFixed(2)).toBe('180.30');
    expect(boundS(reference, 200, 5).toFixed(2)).toBe('180.33');
    expect(await run(levelled)).toMatchObject({ rounds: backlog.boundRounds });
  });

  it('is reached by LPT with local search: ceil(N / J) on the fullest slot', () => {
    const assign = lptLocalSearch.create({}, { seed: 1 });
    const { makespan } = assign.assign(reference.outputTokens, 200);
    expect(makespan).toBe(Math.ceil(backlog.outputTokens / 200));
    expect(makespan).toBe(loadBound(reference.outputTokens, 200));
  });

  it('is above no policy', async () => {
    const length = fc.integer({ min: 1, max: 400 });
    const policies = fc.record({
      lists: fc.constantFrom('round-robin' as const, 'lpt' as const, 'lpt-local-search' as const),
      steal: fc.constantFrom('none' as const, 'shortest' as const, 'longest' as const),
      rule: fc.constantFrom('prefill-first', 'fixed-part', 'full-cost', 'exact'),
      sigma: fc.constantFrom(0, 0.35, 1),
    });
    const backlogs = fc.array(fc.tuple(length, length), { minLength: 1, maxLength: 60 });
    const slotCounts = fc.integer({ min: 1, max: 12 });
    const fixedParts = fc.constantFrom(0, 5, 20);
    await fc.assert(
      fc.asyncProperty(
        backlogs,
        policies,
        slotCounts,
        fixedParts,
        async (pairs, one, slots, p0) => {
          const trace = newTrace({
            name: 'random',
            arrivalMs: pairs.map(() => 0),
            inputTokens: pairs.map(([input]) => input),
            outputTokens: pairs.map(([, output]) => output),
          });
          const { totalS } = await run(one as Policy, { trace, p0, slots });
          expect(totalS).toBeGreaterThanOrEqual(boundS(trace, slots, p0) * (1 - 1e-9));
        },
      ),
      { seed: 71, numRuns: 150 },
    );
  });
});

describe('the hybrid with predicted lengths', () => {
  const overSeeds = async (policy: Policy, p0: number) => {
    const runs = [];
    for (const seed of seedsTo(20)) runs.push(await run(policy, { p0, seed }));
    const utilisation = mean(runs.map((one) => one.utilisation));
    return { utilisation, totalS: mean(runs.map((one) => one.totalS)) };
  };

  it.each([0, 5])('is near 190.58 s and 89.1 % at sigma 0.35, p0 = %i ms', async (p0) => {
    const { utilisation, totalS } = await overSeeds(hybrid(0.35), p0);
    expect(utilisation).toBeGreaterThan(0.875);
    expect(utilisation).toBeLessThan(0.905);
    expect(totalS).toBeGreaterThan(189);
    expect(totalS).toBeLessThan(193);
  });

  it('falls below the baseline without its online part, from sigma 0.35', async () => {
    const { totalS } = await overSeeds(offline(0.35), 0);
    expect(totalS).toBeGreaterThan(205);
  });

  it('is better than the baseline on at least 98 of 100 backlogs', async () => {
    let better = 0;
    for (const seed of seedsTo(100)) {
      const trace = seededOutput.make(reference, seed);
      const baseline = await run(fcfs, { trace });
      const { utilisation } = await run(hybrid(0.35), { trace, seed });
      if (utilisation > baseline.utilisation) better++;
    }
    expect(better).toBeGreaterThanOrEqual(98);
  });

  it('prefills at once where a stage costs nothing of itself', async () => {
    const scenario = { ...hybrid(0.35), rule: 'prefill-first' } as const;
    expect(await run(hybrid(0.35), { seed: 4 })).toEqual(await run(scenario, { seed: 4 }));
    expect(await run({ ...hybrid(0.35), rule: 'exact' }, { seed: 4 })).toEqual(
      await run(scenario, { seed: 4 }),
    );
  });
});

describe('the identities of the cost model', () => {
  /** A run of the hybrid, its slots as counted, and the preemptions in it. */
  function counted(p0: number, kvTokens?: number) {
    const options = kvTokens === undefined ? { p0 } : { p0, kvTokens };
    const scenario = parseScenario(system(hybrid(0.35), options));
    let recorder: RunRecorder | undefined;
    const { outcome } = runServing(reference, scenario, {
      mode: 'fast',
      sink: (workload) => {
        recorder = new RunRecorder(workload.count);
        return recorder;
      },
    });
    const { endMs, preemptions } = outcome.tasks;
    const totalMs = Math.max(...endMs);
    const usage = slotUsage(recorder as RunRecorder, outcome.tasks, [200], totalMs);
    return { totalMs, usage, preemptions: sum(preemptions) };
  }

  it.each([0, 5])('hold in counted rounds and stages, p0 = %i ms', (p0) => {
    const { totalMs, usage } = counted(p0);
    const rounds = usage.decode_rounds as number;
    const { roundMs, perSequenceMs, prefillTokenMs, prefillBatchMs } = profile(p0);
    const lawMs =
      roundMs * rounds +
      perSequenceMs * backlog.outputTokens +
      prefillTokenMs * backlog.promptTokens +
      prefillBatchMs * (usage.prefill_steps as number);
    expect(Math.abs(totalMs - lawMs)).toBeLessThanOrEqual(1e-9 * lawMs);
    expect(200 * rounds).toBe(backlog.outputTokens + (usage.idle_slot_rounds as number));
  });

  it('count each token once where requests are preempted and computed again', () => {
    const { usage, preemptions } = counted(5, 60_000);
    expect(preemptions).toBeGreaterThan(100);
    const offered = 200 * (usage.decode_rounds as number);
    expect(offered).toBe(backlog.outputTokens + (usage.idle_slot_rounds as number));
  });
});
