import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newStepRow, type StepRow } from '../replay/serving/sink.ts';
import { GapHistogram } from './gap-histogram.ts';
import { computeGaps } from './gaps.ts';
import { StepColumns } from './step-columns.ts';

fc.configureGlobal({ seed: 93, numRuns: 300 });

/** Times in eighths of a millisecond: every sum and difference of them is exact. */
const eighths = (max: number, min = 0) => fc.integer({ min, max }).map((n) => n / 8);

const action = fc.record({
  what: fc.constantFrom('prefill', 'mixed', 'mixed', 'decode', 'decode', 'leave'),
  instance: fc.nat(1),
  pick: fc.nat(),
  idleMs: fc.oneof(fc.constant(0), eighths(40)),
  firstMs: eighths(400, 1),
  slopeMs: fc.oneof(fc.constant(0), eighths(8)),
  rounds: fc.integer({ min: 1, max: 30 }),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface Stay {
  task: number;
  firstRow: number;
  sinceMs: number;
}

/** Replays actions on two instances: rows and stays for the sink, and every token by itself. */
class Expansion {
  readonly columns = new StepColumns(0);
  readonly tokensMs: number[][] = [];
  readonly #instances = [0, 1].map(() => ({
    timeMs: 0,
    rows: 0,
    stays: [] as Stay[],
    preempted: [] as number[],
  }));

  act(one: Action): void {
    const instance = this.#instances[one.instance]!;
    if (one.what === 'leave') this.#leave(one.instance, one.pick);
    else if (one.what !== 'decode') this.#step(one);
    else if (instance.stays.length > 0) this.#row(one, instance.stays.length, one.rounds);
  }

  end(): void {
    for (const index of [0, 1]) while (this.#leave(index, 0));
  }

  /** A step that yields a token of a new request, or of one that comes back. */
  #step(one: Action): void {
    const { instance: index, what, pick } = one;
    const instance = this.#instances[index]!;
    this.#row({ ...one, slopeMs: 0 }, what === 'mixed' ? instance.stays.length : 0, 1);
    const back = pick % 2 === 1 ? instance.preempted.shift() : undefined;
    const task = back ?? this.tokensMs.push([]) - 1;
    this.tokensMs[task]!.push(instance.timeMs);
    instance.stays.push({ task, firstRow: instance.rows, sinceMs: instance.timeMs });
  }

  #row({ instance: index, idleMs, firstMs, slopeMs }: Action, decodes: number, rounds: number) {
    const instance = this.#instances[index]!;
    const startMs = instance.timeMs + idleMs;
    let timeMs = startMs;
    for (let k = 0; k < rounds; k++) {
      timeMs += firstMs + k * slopeMs;
      if (decodes > 0) for (const { task } of instance.stays) this.tokensMs[task]!.push(timeMs);
    }
    const times = { startMs, endMs: timeMs, firstMs, slopeMs };
    const row: StepRow = { ...newStepRow(), instance: index, rounds, decodes, ...times };
    this.columns.step(row);
    instance.timeMs = timeMs;
    instance.rows++;
  }

  #leave(index: number, pick: number): boolean {
    const instance = this.#instances[index]!;
    const [stay] = instance.stays.splice(pick % Math.max(1, instance.stays.length), 1);
    if (stay === undefined) return false;
    const { task, firstRow, sinceMs } = stay;
    this.columns.stay(task, index, firstRow, instance.rows, sinceMs);
    instance.preempted.push(task);
    return true;
  }
}

function expand(actions: readonly Action[]): Expansion {
  const expansion = new Expansion();
  for (const one of actions) expansion.act(one);
  expansion.end();
  return expansion;
}

function gapsOf(tokensMs: readonly number[]): number[] {
  return tokensMs.slice(1).map((t, i) => t - (tokensMs[i] as number));
}

const replay = fc.array(action, { minLength: 1, maxLength: 60 });

describe('computeGaps', () => {
  it('counts every gap between two tokens of a request, in its bucket', () => {
    fc.assert(
      fc.property(replay, (actions) => {
        const { columns, tokensMs } = expand(actions);
        const expected = new GapHistogram();
        for (const gap of tokensMs.flatMap(gapsOf)) expected.add(gap);
        const { histogram } = computeGaps(columns, { tasks: tokensMs.length, instances: 2 });
        const found = histogram.buckets();
        expect(found.lowMs).toEqual(expected.buckets().lowMs);
        expect(found.gaps).toEqual(expected.buckets().gaps);
        expect(found.sumMs).toEqual(expected.buckets().sumMs);
        expect(histogram.maxMs).toBe(expected.maxMs);
        const less = { tasks: tokensMs.length, instances: 2, perRequest: false };
        expect(computeGaps(columns, less).histogram).toEqual(histogram);
        expect(computeGaps(columns, less).histogram.buckets()).toEqual(found);
      }),
    );
  });

  it('gives each request its longest gap and the mean of its longest tenth', () => {
    fc.assert(
      fc.property(replay, (actions) => {
        const { columns, tokensMs } = expand(actions);
        const { maxGapMs, tbtTop10Ms } = computeGaps(columns, {
          tasks: tokensMs.length,
          instances: 2,
        });
        for (const [task, tokens] of tokensMs.entries()) {
          const gaps = gapsOf(tokens).sort((a, b) => b - a);
          const tenth = gaps.slice(0, Math.ceil(gaps.length / 10));
          const mean = tenth.reduce((sum, gap) => sum + gap, 0) / tenth.length;
          expect(maxGapMs[task]).toBe(gaps[0] ?? Number.NaN);
          if (gaps.length === 0) expect(tbtTop10Ms[task]).toBeNaN();
          else expect(tbtTop10Ms[task]).toBeCloseTo(mean, 8);
        }
      }),
    );
  });

  it('gives no gaps to requests of one token, nor to those that never decoded', () => {
    const columns = new StepColumns(1);
    columns.step({ ...newStepRow(), rounds: 1, endMs: 5, firstMs: 5 });
    columns.stay(1, 0, 1, 1, 5);
    const { histogram, maxGapMs, tbtTop10Ms } = computeGaps(columns, { tasks: 2, instances: 1 });
    expect([...maxGapMs, ...tbtTop10Ms]).toEqual(Array(4).fill(Number.NaN));
    expect(histogram.buckets().gaps).toHaveLength(0);
  });
});
