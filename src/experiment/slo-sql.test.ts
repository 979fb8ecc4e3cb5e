import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeRow, writeFakeRun } from '../results/testing/fake-run.ts';
import { openResults } from '../results/views.ts';
import { encodeRequestTrace } from '../trace/encode.ts';
import { newTrace } from '../trace/new-trace.ts';
import type { ResolvedSlo } from './slo.ts';
import { attainmentSql, type MeasureWindow, metRequestsSql } from './slo-sql.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-slo-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A trace whose requests alternate between two classes and come in sessions of three. */
function classTrace(count: number) {
  const path = join(folder, 'classes.arrow');
  const rows = Array.from({ length: count }, (_, i) => i);
  const trace = newTrace({
    name: 'classes',
    arrivalMs: rows,
    inputTokens: rows.map(() => 1),
    outputTokens: rows.map(() => 1),
    sessionId: Int32Array.from(rows, (i) => Math.floor(i / 3)),
    sloClass: { codes: Int32Array.from(rows, (i) => i % 2), labels: ['chat', 'batch'] },
  });
  writeFileSync(path, encodeRequestTrace(trace));
  return { name: 'classes', path };
}

async function ask(requests: readonly FakeRow[], sql: string) {
  const numbered = requests.map((row, i) => ({ request_id: i, ...row }));
  const runs = join(folder, 'runs');
  writeFakeRun(runs, 'aa', { requests: numbered, runs: [{ trace: 'classes', gpus: 4 }] });
  const session = await openResults(runs, { traces: [classTrace(requests.length)] });
  try {
    return await session.objects(sql);
  } finally {
    session.close();
  }
}

function finished(ttft: number, tpot: number | null, arrival = 0): FakeRow {
  const e2e = ttft + 10 * (tpot ?? 0);
  return {
    status: 'finished',
    arrival_ms: arrival,
    ttft_ms: ttft,
    tpot_ms: tpot,
    max_gap_ms: tpot,
    e2e_ms: e2e,
    finish_ms: arrival + e2e,
  };
}

const limits = { limits: { ttftMs: 100, tpotMs: 10 } };

describe('attainmentSql', () => {
  it('counts rejected, cancelled and unfinished requests as misses, one token without TPOT not', async () => {
    const lost = { ttft_ms: null, tpot_ms: null, finish_ms: null, e2e_ms: null, max_gap_ms: null };
    const rows = [
      finished(100, 10),
      finished(50, null),
      finished(101, 1),
      finished(1, 11),
      { status: 'rejected', ...lost },
      { status: 'cancelled', ...lost, ttft_ms: 1, tpot_ms: 1 },
      { status: 'unfinished', ...lost },
    ];
    const [row] = await ask(rows, attainmentSql(limits));
    expect(row).toMatchObject({ run: 'aa', arrivals: 7, met: 2 });
    expect(row?.attainment).toBeCloseTo(2 / 7, 12);
    // From the first arrival (0) to the last finish (200 ms), on 4 GPUs.
    expect(row?.goodput_per_s).toBeCloseTo(2 / 0.2, 9);
    expect(row?.goodput_per_gpu_s).toBeCloseTo(2 / 0.2 / 4, 9);
  });

  it('counts arrivals of the window alone, goodput over the window', async () => {
    const rows = [0, 500, 999, 1000].map((arrival) => finished(10, 1, arrival));
    const [row] = await ask(rows, attainmentSql(limits, { fromMs: 500, toMs: 1000 }));
    expect(row).toMatchObject({ arrivals: 2, met: 2, goodput_per_s: 4 });
  });

  it('holds each class to its own limits', async () => {
    const slo: ResolvedSlo = { byClass: { chat: { ttftMs: 10 }, batch: { ttftMs: 1000 } } };
    const rows = [finished(500, 1), finished(500, 1), finished(5, 1), finished(2000, 1)];
    const met = await ask(rows, `SELECT slo_class, met FROM (${metRequestsSql(slo)})`);
    expect(met).toEqual([
      { slo_class: 'chat', met: false },
      { slo_class: 'batch', met: true },
      { slo_class: 'chat', met: true },
      { slo_class: 'batch', met: false },
    ]);
    const [row] = await ask(rows, attainmentSql(slo));
    expect(row).toMatchObject({ arrivals: 4, met: 2 });
  });

  it('refuses a class without limits', async () => {
    const slo: ResolvedSlo = { byClass: { chat: { ttftMs: 10 } } };
    const rows = [finished(1, 1), finished(1, 1)];
    await expect(ask(rows, attainmentSql(slo))).rejects.toThrow(/no SLO of class batch/);
  });

  it('gives the session of each request', async () => {
    const rows = [1, 2, 3, 4].map((ttft) => finished(ttft, 1));
    const sessions = await ask(rows, `SELECT session_id FROM (${metRequestsSql(limits)})`);
    expect(sessions.map((row) => row.session_id)).toEqual([0, 0, 0, 1]);
  });

  it('agrees with the macro for limits without classes', async () => {
    const ms = fc.integer({ min: 0, max: 20 });
    const request = fc.oneof(
      fc.tuple(ms, fc.option(ms, { nil: null }), ms).map((x) => finished(...x)),
      fc.record({ status: fc.constantFrom('rejected', 'unfinished'), arrival_ms: ms }).map(
        (row): FakeRow => ({
          ...row,
          ttft_ms: null,
          tpot_ms: null,
          e2e_ms: null,
          finish_ms: null,
        }),
      ),
    );
    const limit = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
    const slo = fc.record({ ttftMs: limit, tpotMs: limit, e2eMs: limit, gapMs: limit });
    const window = fc.record({
      fromMs: fc.constantFrom(undefined, 5),
      toMs: fc.constantFrom(undefined, 15),
    });
    const given = (name: string, value: number | undefined) =>
      value === undefined ? [] : [`${name} := ${value}`];
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 12 }),
        slo,
        window,
        async (rows, chosen, between: MeasureWindow) => {
          const known = Object.fromEntries(Object.entries(chosen).filter(([, ms]) => ms));
          const parts = [
            ...given('ttft_slo_ms', chosen.ttftMs),
            ...given('tpot_slo_ms', chosen.tpotMs),
            ...given('e2e_slo_ms', chosen.e2eMs),
            ...given('gap_slo_ms', chosen.gapMs),
            ...given('from_ms', between.fromMs),
            ...given('to_ms', between.toMs),
          ];
          const macro = await ask(rows, `FROM attainment(${parts.join(', ')})`);
          expect(await ask(rows, attainmentSql({ limits: known }, between))).toEqual(macro);
        },
      ),
      { seed: 1, numRuns: 40 },
    );
  });
});
