import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate } from './object-engine.ts';
import type { ObjectMoment, ObjectResult } from './object-types.ts';
import { type RandomSystem, randomSystem, stepMsOf } from './random-systems.ts';

function replay({ system, clock }: RandomSystem): ObjectResult & { moments: ObjectMoment[] } {
  const moments: ObjectMoment[] = [];
  const watch = (moment: ObjectMoment) => moments.push(moment);
  return { ...simulate({ ...system, stepMs: stepMsOf(clock), watch }), moments };
}

function holdsFor(arbitrary: fc.Arbitrary<RandomSystem>, check: (random: RandomSystem) => void) {
  fc.assert(fc.property(arbitrary, check), { numRuns: 250, seed: 20261124 });
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Rows in the order in which they arrived. */
function byArrival(requests: ObjectResult['requests']): number[] {
  const rows = requests.map((_, row) => row);
  return rows.sort((a, b) => requests[a]!.arrivalMs - requests[b]!.arrivalMs || a - b);
}

describe('every random system', () => {
  it('ends each request once, with tokens that fit its status', () => {
    holdsFor(randomSystem(), (random) => {
      const { requests } = replay(random);
      expect(requests).toHaveLength(random.system.requests.length);
      requests.forEach((outcome, row) => {
        const { inputTokens, outputTokens, cancelAfterMs } = random.system.requests[row]!;
        const { status, generated, tokenTimesMs, arrivalMs, finishMs } = outcome;
        expect(generated).toBe(tokenTimesMs.length);
        expect(generated <= outputTokens).toBe(true);
        expect(status === 'finished').toBe(generated === outputTokens);
        expect(outcome.firstTokenMs).toBe(tokenTimesMs[0] ?? null);
        tokenTimesMs.forEach((ms, i) => {
          expect(ms).toBeGreaterThan(tokenTimesMs[i - 1] ?? arrivalMs);
        });
        if (status === 'finished') expect(finishMs).toBe(tokenTimesMs.at(-1));
        if (status === 'cancelled') {
          expect(finishMs).toBeGreaterThanOrEqual(arrivalMs + cancelAfterMs!);
        }
        if (status === 'rejected') expect(outcome.instance).toBe(null);
        expect(outcome.reason === null).toBe(status === 'finished' || status === 'cancelled');
        expect(outcome.cachedTokens).toBeLessThan(inputTokens);
      });
    });
  });

  it('makes every token in a step of its instance', () => {
    holdsFor(randomSystem({ cancels: false }), (random) => {
      const { requests, totals } = replay(random);
      totals.stepLog.forEach((log, instance) => {
        const here = requests.filter((request) => request.instance === instance);
        const ends = new Set(log.map(({ startMs, durationMs }) => startMs + durationMs));
        for (const { tokenTimesMs } of here) {
          for (const ms of tokenTimesMs) expect(ends.has(ms)).toBe(true);
        }
        // Each admission ends in a prompt's token; all other tokens are decodes.
        const admissions = sum(here, ({ cachedPerAdmission }) => cachedPerAdmission.length);
        const generated = sum(here, (request) => request.generated);
        expect(sum(log, ({ decodes }) => decodes)).toBe(generated - admissions);
        const preemptions = sum(here, (request) => request.preemptions);
        if (preemptions > 0) return;
        const admitted = requests.flatMap((request, row) =>
          request.instance === instance && request.admittedMs !== null ? [row] : [],
        );
        const computed = sum(log, ({ prefills }) => sum(prefills, ([tokens]) => tokens));
        expect(computed).toBe(
          sum(admitted, (row) => {
            return random.system.requests[row]!.inputTokens - requests[row]!.cachedTokens;
          }),
        );
      });
      expect(sum(requests, (request) => request.preemptions)).toBe(totals.preemptions);
      expect(sum(totals.stepLog, (log) => log.length)).toBe(totals.steps);
    });
  });

  it('never holds more keys and values than fit', () => {
    holdsFor(randomSystem(), (random) => {
      const { blockSize } = random.system.kv;
      for (const moment of replay(random).moments) {
        const { capacityBlocks, usedBlocks, evictableBlocks, growthBlocks } = moment;
        expect(moment.liveTokens).toBeLessThanOrEqual(capacityBlocks * blockSize);
        if (moment.kind !== 'start') continue;
        if (evictableBlocks > 0 || growthBlocks > 0) {
          expect(usedBlocks + growthBlocks + evictableBlocks).toBeLessThanOrEqual(capacityBlocks);
        }
      }
    });
  });

  it('plans at every step end and idles only with nobody left', () => {
    holdsFor(randomSystem(), (random) => {
      const { moments } = replay(random);
      for (let instance = 0; instance < random.system.instances; instance++) {
        const own = moments.filter((moment) => moment.instance === instance);
        own.forEach(({ kind, nowMs }, i) => {
          const before = own[i - 1];
          if (kind === 'end') expect(before!.kind).toBe('start');
          else if (before?.kind === 'end') expect(nowMs).toBe(before.nowMs);
          else expect(before?.kind ?? 'idle').toBe('idle');
        });
        for (const moment of own) {
          if (moment.kind !== 'idle') continue;
          expect(moment).toMatchObject({ usedBlocks: 0, prompts: [], decodes: [], waiting: [] });
        }
        expect(own.at(-1)?.kind ?? 'idle').toBe('idle');
      }
    });
  });

  it('keeps the limits of its scheduler', () => {
    holdsFor(randomSystem(), (random) => {
      const { scheduler } = random.system;
      const { totals, moments } = replay(random);
      for (const { prompts, decodes } of moments) {
        expect(prompts.length + decodes.length).toBeLessThanOrEqual(scheduler.maxSequences);
      }
      for (const { decodes, prefills } of totals.stepLog.flat()) {
        const tokens = sum(prefills, ([newTokens]) => newTokens);
        expect(decodes + tokens).toBeGreaterThan(0);
        if (scheduler.kind === 'chunked-prefill' && prefills.length > 0) {
          expect(decodes + tokens).toBeLessThanOrEqual(scheduler.budget);
        }
        if (scheduler.kind === 'prefill-first') {
          expect(decodes > 0 && prefills.length > 0).toBe(false);
          if (prefills.length > 1) expect(tokens).toBeLessThanOrEqual(scheduler.maxBatchedTokens);
        }
      }
    });
  });

  it('admits in the order of arrival on each instance', () => {
    holdsFor(randomSystem(), (random) => {
      const { requests } = replay(random);
      for (const a of requests) {
        for (const b of requests) {
          if (a.instance !== b.instance || a.arrivalMs >= b.arrivalMs) continue;
          if (a.admittedMs === null || b.admittedMs === null) continue;
          expect(a.admittedMs).toBeLessThanOrEqual(b.admittedMs);
        }
      }
    });
  });

  it('arrives as its mode says', () => {
    holdsFor(randomSystem(), ({ system, clock }) => {
      const { requests } = replay({ system, clock });
      const { arrivals } = system;
      requests.forEach(({ arrivalMs }, row) => {
        const { parentIndex, thinkMs, arrivalMs: tracedMs } = system.requests[row]!;
        if (arrivals.mode === 'open') {
          expect(arrivalMs).toBe(tracedMs);
        } else if (arrivals.mode === 'session') {
          const parent = parentIndex === undefined ? null : requests[parentIndex]!;
          expect(arrivalMs).toBe(parent === null ? tracedMs : parent.finishMs + thinkMs!);
        } else {
          const present = requests.filter(
            (other, index) => index < row && other.finishMs > arrivalMs,
          );
          expect(present.length).toBeLessThan(arrivals.concurrency);
          if (row < arrivals.concurrency) expect(arrivalMs).toBe(0);
          else expect(requests.some(({ finishMs }) => finishMs === arrivalMs)).toBe(true);
        }
      });
    });
  });

  it('goes round over the arrivals', () => {
    holdsFor(randomSystem(), (random) => {
      if (random.system.placement !== 'round-robin') return;
      const { requests } = replay(random);
      // Arrivals that others released at the same time may come after later rows.
      const times = requests.map(({ arrivalMs }) => arrivalMs);
      if (random.system.arrivals.mode !== 'open' && new Set(times).size < times.length) return;
      byArrival(requests).forEach((row, k) => {
        const { instance } = requests[row]!;
        if (instance !== null) expect(instance).toBe(k % random.system.instances);
      });
    });
  });

  it('caches what an unbounded cache would, where memory is loose and one runs at a time', () => {
    const alone = randomSystem({ modes: ['open'], cancels: false, maxRequests: 20 });
    holdsFor(alone, ({ system, clock }) => {
      if (system.prefixCache === null) return;
      const { blockTokens } = system.prefixCache;
      const { requests } = replay({
        clock,
        system: {
          ...system,
          instances: 1,
          scheduler: { ...system.scheduler, maxSequences: 1 },
          kv: { ...system.kv, capacityTokens: 100_000 },
        },
      });
      const seen = new Set<number>();
      system.requests.forEach(({ blocks = [], inputTokens }, row) => {
        const fresh = blocks.findIndex((id) => !seen.has(id));
        const leading = fresh < 0 ? blocks.length : fresh;
        expect(requests[row]!.cachedTokens).toBe(Math.min(leading * blockTokens, inputTokens - 1));
        for (const id of blocks) seen.add(id);
      });
    });
  });
});

describe('a random system', () => {
  it('has a legal trace', () => {
    holdsFor(randomSystem(), ({ system }) => {
      const blockTokens = system.prefixCache?.blockTokens;
      const known = new Map<number, string>();
      let before = 0;
      system.requests.forEach(({ arrivalMs, blocks = [], inputTokens, parentIndex }, row) => {
        expect(arrivalMs).toBeGreaterThanOrEqual(before);
        before = arrivalMs;
        expect(parentIndex ?? -1).toBeLessThan(row);
        if (blockTokens === undefined) return;
        expect(blocks).toHaveLength(Math.ceil(inputTokens / blockTokens));
        blocks.forEach((id, depth) => {
          const tokens = Math.min(blockTokens, inputTokens - depth * blockTokens);
          const place = `${depth} behind ${blocks[depth - 1]} with ${tokens}`;
          expect(known.get(id) ?? place).toBe(place);
          known.set(id, place);
        });
      });
    });
  });

  it('is often enough in trouble', () => {
    const seen = { preempted: 0, rejected: 0, cancelled: 0, unfinished: 0, cached: 0, tied: 0 };
    const systems = fc.sample(randomSystem(), { numRuns: 300, seed: 5 });
    for (const random of systems) {
      const { requests, totals } = replay(random);
      if (totals.preemptions > 0) seen.preempted++;
      for (const status of ['rejected', 'cancelled', 'unfinished'] as const) {
        if (requests.some((request) => request.status === status)) seen[status]++;
      }
      if (requests.some(({ cachedTokens }) => cachedTokens > 0)) seen.cached++;
      const ends = totals.stepLog.flat().map(({ startMs, durationMs }) => startMs + durationMs);
      if (requests.some(({ arrivalMs }) => ends.includes(arrivalMs))) seen.tied++;
    }
    for (const [what, count] of Object.entries(seen)) {
      expect(count, what).toBeGreaterThan(15);
    }
  });
});
