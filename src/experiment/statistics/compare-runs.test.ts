import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeRow, writeFakeRun } from '../../results/testing/fake-run.ts';
import { openResults } from '../../results/views.ts';
import { RandomStream } from '../../units/random.ts';
import { type CompareOptions, compareRuns } from './compare-runs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-compare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Requests with the given TTFT, 100 ms apart, then 10 tokens at 10 ms. */
function requests(ttft: readonly number[]): FakeRow[] {
  return ttft.map((ms, i) => ({
    request_id: i,
    status: 'finished',
    arrival_ms: 100 * i,
    ttft_ms: ms,
    tpot_ms: 10,
    e2e_ms: ms + 100,
    finish_ms: 100 * i + ms + 100,
  }));
}

function write(run: string, rows: readonly FakeRow[], parts: FakeRow = {}): void {
  const scenario = JSON.stringify({ trace: parts.trace ?? 'one' });
  const runs = [{ gpus: 1, gpu: 'a100-80gb', itl_p50_ms: 10, ...parts, scenario }];
  writeFakeRun(folder, run, { requests: rows, runs });
}

async function compare(options: CompareOptions = {}) {
  const session = await openResults(folder);
  try {
    return await compareRuns(session, { baseline: 'aa', run: 'bb' }, { draws: 200, ...options });
  } finally {
    session.close();
  }
}

function named(comparison: Awaited<ReturnType<typeof compare>>, name: string) {
  return comparison.metrics.find(({ metric }) => metric.name === name);
}

const stream = new RandomStream(1);
const base = Array.from({ length: 60 }, () => 20 + stream.exponential(100));

describe('compareRuns', () => {
  it('pairs requests: what is the same for all of them has an interval of width 0', async () => {
    write('aa', requests(base));
    write('bb', requests(base.map((ms) => ms + 7)));
    const comparison = await compare();
    expect(comparison).toMatchObject({
      sameTrace: true,
      equalGpus: true,
      paired: 60,
      unpaired: 0,
      units: 'requests',
    });
    for (const name of ['ttft_mean_ms', 'ttft_p50_ms', 'ttft_p99_ms', 'e2e_p90_ms']) {
      const { difference } = named(comparison, name) ?? {};
      expect(difference?.value).toBeCloseTo(7, 9);
      expect(difference?.interval?.low).toBeCloseTo(7, 9);
      expect(difference?.interval?.high).toBeCloseTo(7, 9);
      expect(difference?.interval).toMatchObject({ source: 'workload', draws: 200 });
    }
    expect(named(comparison, 'tpot_p50_ms')).toMatchObject({ baseline: 10, value: 10 });
  });

  it('gives figures of whole runs without an interval', async () => {
    write('aa', requests(base), { itl_p50_ms: 10, gpu_s_busy: 4 });
    write('bb', requests(base), { itl_p50_ms: 15, gpu_s_busy: 0 });
    const comparison = await compare();
    expect(named(comparison, 'itl_p50_ms')).toMatchObject({
      baseline: 10,
      value: 15,
      difference: { value: 5, interval: null },
      ratio: { value: 1.5, interval: null },
    });
    expect(named(comparison, 'gpu_s_busy')?.ratio).toEqual({ value: 0, interval: null });
  });

  it('compares over the requests of both where one has more', async () => {
    write('aa', requests(base));
    write('bb', requests(base.slice(0, 50)));
    const comparison = await compare();
    expect(comparison).toMatchObject({ paired: 50, unpaired: 10 });
    expect(named(comparison, 'ttft_mean_ms')?.difference?.value).toBe(0);
  });

  it('pairs nothing between different traces', async () => {
    write('aa', requests(base), { ttft_mean_ms: 5 });
    write('bb', requests(base), { ttft_mean_ms: 6, trace: 'two' });
    const comparison = await compare();
    expect(comparison).toMatchObject({ sameTrace: false, paired: 0, units: null });
    expect(named(comparison, 'ttft_mean_ms')).toMatchObject({
      baseline: 5,
      value: 6,
      difference: { value: 1, interval: null },
    });
  });

  it('falls back to the summary where a run keeps no requests', async () => {
    write('aa', requests(base), { ttft_mean_ms: 5 });
    write('bb', [], { ttft_mean_ms: 6 });
    const comparison = await compare();
    expect(comparison).toMatchObject({ sameTrace: true, units: null });
    expect(named(comparison, 'ttft_mean_ms')?.difference).toEqual({ value: 1, interval: null });
  });

  it('has attainment and goodput against SLOs alone', async () => {
    write('aa', requests([10, 10, 10, 10]));
    write('bb', requests([10, 99, 10, 99]), { gpus: 2 });
    expect(named(await compare(), 'attainment')).toBeUndefined();
    const comparison = await compare({ slo: { limits: { ttftMs: 50 } } });
    expect(comparison.equalGpus).toBe(false);
    expect(named(comparison, 'attainment')).toMatchObject({ baseline: 1, value: 0.5 });
    // From 0 to the last finish: 300 + 10 + 100 ms and 300 + 99 + 100 ms.
    const goodput = named(comparison, 'goodput_per_s');
    expect(goodput?.baseline).toBeCloseTo(4 / 0.41, 9);
    expect(goodput?.value).toBeCloseTo(2 / 0.499, 9);
  });

  it('leaves out figures of whole runs in a window', async () => {
    write('aa', requests([1, 2, 3, 4]));
    write('bb', requests([5, 6, 7, 8]));
    const slo = { limits: { ttftMs: 6 } };
    const comparison = await compare({ slo, window: { fromMs: 100, toMs: 300 } });
    expect(named(comparison, 'itl_p50_ms')).toBeUndefined();
    expect(named(comparison, 'ttft_mean_ms')).toMatchObject({ baseline: 2.5, value: 6.5 });
    expect(named(comparison, 'goodput_per_s')).toMatchObject({ baseline: 10, value: 5 });
  });

  it('counts only finished requests in latencies', async () => {
    write('aa', requests([1, 2, 3, 4]));
    const rows = requests([1, 2, 3, 400]);
    rows[3] = { ...rows[3], status: 'cancelled' };
    write('bb', rows);
    expect(named(await compare(), 'ttft_mean_ms')).toMatchObject({ baseline: 2.5, value: 2 });
  });

  it('refuses a run that is not there', async () => {
    write('aa', requests(base));
    await expect(compare()).rejects.toThrow(/unknown run "bb"/);
  });
});
