import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findCalibrationData } from '../../cost/calibration/data-folder.ts';
import { RandomStream } from '../../units/random.ts';
import { systemOf } from './logged-system.ts';
import { chunkedFour, writeLogs } from './testing/log-files.ts';
import { type ServingValidation, validateServing } from './validate-serving.ts';

const system = systemOf({ profile: 'h200', model: 'llama-3.1-8b', tp: 1 });

let remove = () => {};
afterEach(() => remove());

describe('a validation', () => {
  it('has both levels, and the clock prices every step and request', async () => {
    const files = writeLogs(chunkedFour);
    remove = files.remove;
    const result = await validateServing({ ...files, rules: 'chunked-4', system });
    expect(result.scheduling.matching_share).toBe(1);
    expect(result.step_time.rows).toBe(4);
    expect(result.step_time.by_kind.map(({ rows }) => rows)).toEqual([1, 1, 2]);
    expect(result.per_request.requests).toBe(2);
    expect(result.ttft_error.p50).not.toBeNull();
    expect(result.first_lengths).toMatchObject({ count: 2, from: 'measured' });
  });

  it('prices first lengths in their row too, and marks no log that no profile saw', async () => {
    const files = writeLogs(chunkedFour);
    remove = files.remove;
    const options = { ...files, rules: 'chunked-4', system };
    const [free, priced] = await Promise.all(
      [0, 1000].map((firstLength) => validateServing({ ...options, firstLength })),
    );
    const biasOf = ({ step_time }: ServingValidation | undefined = free!) =>
      step_time.by_kind.map(({ bias }) => bias as number);
    expect(biasOf(priced).slice(0, 2)).toEqual(biasOf(free).slice(0, 2));
    // Steps of 10 ms with a first length each.
    expect(biasOf(priced)[2]! - biasOf(free)[2]!).toBeCloseTo(10_000, 6);
    expect(free!.calibrated_on).toEqual({
      logs: expect.arrayContaining(['code-chunked512.steps.csv']),
      this_log: false,
    });
  });

  it('counts as finished no request that the replay rejects', async () => {
    const files = writeLogs(chunkedFour);
    remove = files.remove;
    const limits = { sequences: 128, pages: 2, pageTokens: 4 };
    const result = await validateServing({ ...files, rules: 'chunked-4', system, limits });
    expect(result.per_request).toMatchObject({ requests: 1, dropped: 1 });
    expect(result.ttft_error.p90).not.toBeNull();
  });

  it('replays the same whatever the log says of what its steps computed', async () => {
    const files = writeLogs(chunkedFour);
    remove = files.remove;
    const options = { ...files, rules: 'chunked-4', system };
    const straight = await validateServing(options);
    writeFileSync(files.steps, shuffled(readFileSync(files.steps, 'utf8')));
    const mixed = await validateServing(options);
    expect(mixed.scheduling.matching_share).toBeLessThan(1);
    for (const one of [straight, mixed]) {
      expect(one.scheduling.steps_replayed).toBe(4);
      expect(one.scheduling.finish_within_1pct_share).toBe(1);
    }
    expect(mixed.ttft_error).toEqual(straight.ttft_error);
    expect(mixed.tpot_error).toEqual(straight.tpot_error);
    expect(mixed.per_request).toEqual(straight.per_request);
    expect(mixed.first_lengths).toEqual(straight.first_lengths);
  });

  it('takes the cost of a first length from the profile, or as given', async () => {
    const files = writeLogs(chunkedFour);
    remove = files.remove;
    const options = { ...files, rules: 'chunked-4', system };
    const given = await validateServing({ ...options, firstLength: 7 });
    expect(given.first_lengths).toEqual({ count: 2, ms_each: 7, from: 'given' });
    const profile = await validateServing({ ...options, firstLength: 'profile' });
    expect(profile.first_lengths.ms_each).toBeGreaterThan(0);
  });
});

/** Each composition column in an order of its own; times stay. */
function shuffled(text: string): string {
  const [header, ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const stream = new RandomStream(7, 'columns');
  for (let column = 3; column < header!.length; column++) {
    for (let i = rows.length - 1; i > 0; i--) {
      const j = stream.integer(i + 1);
      const kept = rows[i]![column]!;
      rows[i]![column] = rows[j]![column]!;
      rows[j]![column] = kept;
    }
  }
  return [header!, ...rows].map((fields) => fields.join(',')).join('\n');
}

const data = findCalibrationData();

describe.skipIf(data === null)('the logs of the H200 (needs calibration data)', () => {
  it.each([
    ['code-chunked2048', 'chunked-2048', 781],
    ['code-chunked512', 'chunked-512', 63],
    ['code-prefill-first', 'prefill-first', 781],
  ])(
    '%s is replayed decision by decision, and the clock keeps its time',
    async (name, rules, count) => {
      const folder = join(data as string, 'h200', 'serving');
      const log = {
        steps: join(folder, `${name}.steps.csv`),
        requests: join(folder, `${name}.requests.csv`),
      };
      const result = await validateServing({ ...log, rules, system });
      const { scheduling, step_time, ttft_error, tpot_error, per_request } = result;
      expect(per_request).toMatchObject({ requests: count, dropped: 0 });
      expect(result.calibrated_on.this_log).toBe(true);
      expect(scheduling.matching_share).toBeGreaterThanOrEqual(0.99);
      expect(scheduling.finish_within_1pct_share).toBeGreaterThanOrEqual(0.95);
      expect(step_time.median_ape).toBeLessThanOrEqual(10);
      expect(Math.abs(ttft_error.p50!)).toBeLessThanOrEqual(10);
      expect(Math.abs(tpot_error.p50!)).toBeLessThanOrEqual(10);
      if (count < 200) return;
      expect(Math.abs(ttft_error.p90!)).toBeLessThanOrEqual(12);
      expect(Math.abs(tpot_error.p90!)).toBeLessThanOrEqual(12);
    },
  );
});
