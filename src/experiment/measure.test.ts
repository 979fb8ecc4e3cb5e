import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openResults } from '../results/views.ts';
import { merged } from './cells.ts';
import { coldAndWarm, type MeasuredCell } from './measure.ts';
import { loadTrace, runScenario } from './run-scenario.ts';

const out = mkdtempSync(join(tmpdir(), 'reprise-measure-'));
afterAll(() => rmSync(out, { recursive: true }));

const scenario = {
  trace: 'kimi-like',
  arrivals: { rate: { factor: 0.5 } },
  placement: { kind: 'round-robin' },
  groups: [{ count: 2, model: 'llama-3.1-8b', tp: 4, prefixCache: { kind: 'lru' } }],
};
const window = { fromMs: 300_000, toMs: 420_000 };

/** Requests and cached tokens that a cell measures, by its condition and by its window. */
async function measured(given: object, cell: MeasuredCell) {
  const loaded = await loadTrace('kimi-like');
  const { run } = await runScenario(merged(given as never, cell.patch as never), { out }, loaded);
  const session = await openResults(out, { only: [run] });
  try {
    const sums = `count(*)::INTEGER AS requests, sum(cached_tokens)::DOUBLE AS cached,
      sum(request_id::DOUBLE * request_id) AS fingerprint FROM requests`;
    const [byTrace] = await session.objects(`SELECT ${sums} WHERE ${cell.where}`);
    if (cell.window) {
      const { fromMs, toMs } = cell.window;
      const arrivals = `arrival_ms >= ${fromMs} AND arrival_ms < ${toMs}`;
      expect(await session.objects(`SELECT ${sums} WHERE ${arrivals}`)).toEqual([byTrace]);
    }
    return byTrace as { requests: number; cached: number; fingerprint: number };
  } finally {
    session.close();
  }
}

describe('coldAndWarm', () => {
  it('measures the same requests, warm with more of them cached', async () => {
    const cells = coldAndWarm(scenario, window);
    expect(cells.cold.window).toEqual({ fromMs: 0, toMs: 240_000 });
    expect(cells.warm.window).toEqual({ fromMs: 600_000, toMs: 840_000 });
    const cold = await measured(scenario, cells.cold);
    const warm = await measured(scenario, cells.warm);
    expect(cold.requests).toBeGreaterThan(100);
    expect(warm.fingerprint).toBe(cold.fingerprint);
    expect(warm.requests).toBe(cold.requests);
    expect(warm.cached).toBeGreaterThan(cold.cached);
  });

  it('does so where the replay moves arrivals, by their arrival in the trace', async () => {
    const moved = { ...scenario, arrivals: { mode: 'session', dequantise: true } } as const;
    const cells = coldAndWarm(moved, window);
    expect(cells.warm.window).toBeNull();
    const cold = await measured(moved, cells.cold);
    const warm = await measured(moved, cells.warm);
    expect(warm.fingerprint).toBe(cold.fingerprint);
    expect(warm.cached).toBeGreaterThanOrEqual(cold.cached);
  });

  it('keeps within the window of the scenario', () => {
    const arrivals = { window: { fromMs: 1000, toMs: 9000 } };
    const { cold, warm } = coldAndWarm({ arrivals }, { fromMs: 4000, toMs: 6000 });
    expect(warm.patch.arrivals).toEqual({ window: { fromMs: 1000, toMs: 6000 } });
    expect(warm.window).toEqual({ fromMs: 3000, toMs: 5000 });
    expect(cold.window).toEqual({ fromMs: 0, toMs: 2000 });
    expect(() => coldAndWarm({ arrivals }, { fromMs: 500, toMs: 6000 })).toThrow(
      /window 500 to 6000 ms \(cold and warm\): a window inside the scenario's, 1000 to 9000 ms/,
    );
    expect(() => coldAndWarm({}, { fromMs: 5, toMs: 5 })).toThrow(/toMs after fromMs/);
  });

  it('refuses arrivals that draw other requests in each cell', () => {
    const rate = { by: 'thin', factor: 0.5 } as const;
    expect(() => coldAndWarm({ arrivals: { rate } }, window)).toThrow(/arrivals\.rate\.by/);
    expect(() => coldAndWarm({ limits: { requests: 9 } }, window)).toThrow(/limits\.requests/);
  });
});
