import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../units/canonical.ts';
import { GapHistogram, summariseGaps } from './gap-histogram.ts';
import { type TableName, tableSchemas } from './schema.ts';
import { type FakeRow, writeFakeRun, writeTable } from './testing/fake-run.ts';
import { openResults, type ResultsSession } from './views.ts';

let folder: string;
let runs: string;
let session: ResultsSession | undefined;
beforeEach(() => {
  // Brackets: the folder's own name must not be read as a pattern.
  folder = mkdtempSync(join(tmpdir(), 'results[1]-'));
  runs = join(folder, 'runs');
});
afterEach(() => {
  session?.close();
  session = undefined;
  rmSync(folder, { recursive: true });
});

async function ask(sql: string) {
  session ??= await openResults(runs);
  return session.objects(sql);
}

/** A finished request; TPOT is null for one output token. */
function finished(ttft: number, tpot: number | null, more: FakeRow = {}): FakeRow {
  const latencies = { ttft_ms: ttft, tpot_ms: tpot, max_gap_ms: tpot, e2e_ms: ttft + (tpot ?? 0) };
  const finish = Number(more.arrival_ms ?? 0) + latencies.e2e_ms;
  return { status: 'finished', ...latencies, finish_ms: finish, ...more };
}

/** Writes a trace file of one column; returns its path. */
function traceFile(file: string, inputTokens: readonly number[]): string {
  const path = join(folder, file);
  const rows = inputTokens.map((tokens, i) => ({ request_id: i, input_tokens: tokens }));
  writeTable(path, rows, {
    request_id: { kind: 'uint32', doc: '' },
    input_tokens: { kind: 'int32', doc: '' },
  });
  return path;
}

/** Writes the sidecar of a run that was made from the trace file as it is now. */
function sidecar(run: string, name: string, path: string): void {
  const trace = { name, path, sha256: sha256(readFileSync(path)) };
  mkdirSync(join(runs, run), { recursive: true });
  writeFileSync(join(runs, run, 'run.json'), JSON.stringify({ run, trace }));
}

describe('openResults', () => {
  it('gives empty tables of the known columns without runs', async () => {
    for (const table of Object.keys(tableSchemas) as TableName[]) {
      expect(await ask(`FROM ${table}`)).toEqual([]);
      const columns = (await ask(`DESCRIBE ${table}`)).map((row) => row.column_name);
      expect(columns).toEqual(Object.keys(tableSchemas[table].columns));
    }
    for (const macro of ['summary', 'attainment()', 'itl(0.5)', 'rounds']) {
      expect(await ask(`FROM ${macro}`)).toEqual([]);
    }
  });

  it('unites finished runs, new ones included, and passes over unfinished ones', async () => {
    writeFakeRun(runs, 'aa', { requests: [{ request_id: 1 }, { request_id: 2 }] });
    writeFakeRun(runs, '.cc.17.tmp', { requests: [{ request_id: 9 }] });
    writeFakeRun(runs, 'dd.tmp', { requests: [{ request_id: 9 }] });
    const sql = 'SELECT run, request_id FROM requests';
    expect(await ask(sql)).toEqual([
      { run: 'aa', request_id: 1 },
      { run: 'aa', request_id: 2 },
    ]);
    writeFakeRun(runs, 'bb', { requests: [{ request_id: 3 }] });
    expect(await ask(sql)).toHaveLength(3);
    expect(await ask('SELECT run FROM runs ORDER BY run')).toEqual([{ run: 'aa' }, { run: 'bb' }]);
  });

  it('sees further tables that some run holds', async () => {
    writeFakeRun(runs, 'aa');
    writeTable(join(runs, 'aa', 'uploads.arrow'), [{ bytes: 5 }], {
      bytes: { kind: 'float64', doc: '' },
    });
    expect(await ask('FROM uploads')).toEqual([{ bytes: 5 }]);
  });

  it('names the file whose column has another type than the schema', async () => {
    writeTable(join(runs, 'aa', 'runs.arrow'), [{ tp: 1 }], { tp: { kind: 'float64', doc: '' } });
    await expect(ask('FROM runs')).rejects.toThrow(
      `column tp is DOUBLE (${join(runs, 'aa', 'runs.arrow')})`,
    );
  });
});

describe('trace_requests', () => {
  it('joins a run with the trace it replayed', async () => {
    const path = traceFile('chat.arrow', [100, 200]);
    writeFakeRun(runs, 'aa', {
      requests: [finished(5, null, { request_id: 1 })],
      runs: [{ trace: 'chat' }],
    });
    sidecar('aa', 'chat', path);
    const rows = await ask(`
      SELECT t.input_tokens, ttft_ms, t.block_ids FROM requests r JOIN runs USING (run)
      JOIN trace_requests t ON t.trace = runs.trace AND t.request_id = r.request_id`);
    expect(rows).toEqual([{ input_tokens: 200, ttft_ms: 5, block_ids: null }]);
    expect(session?.notes).toEqual([]);
  });

  it('leaves out a trace that changed, one that is gone, and a name with two traces', async () => {
    const changed = traceFile('changed.arrow', [1]);
    const gone = traceFile('gone.arrow', [1]);
    const [one, two] = [traceFile('one.arrow', [1]), traceFile('two.arrow', [2])];
    sidecar('aa', 'changed', changed);
    sidecar('bb', 'gone', gone);
    sidecar('cc', 'same', one);
    sidecar('dd', 'same', two);
    traceFile('changed.arrow', [2]);
    rmSync(gone);
    expect(await ask("FROM trace_requests WHERE trace IN ('changed', 'gone', 'same')")).toEqual([]);
    expect(session?.notes).toEqual([
      'trace_requests leaves out changed: its file is gone or has changed since its runs',
      'trace_requests leaves out gone: its file is gone or has changed since its runs',
      'trace_requests leaves out same: its runs were made from different traces',
    ]);
  });

  it('takes the traces given, with a note for one that it cannot read', async () => {
    const path = traceFile('mine.arrow', [7]);
    const broken = join(folder, 'broken.arrow');
    writeFileSync(broken, 'no Arrow');
    const traces = [
      { name: 'mine', path },
      { name: 'broken', path: broken },
    ];
    session = await openResults(runs, { traces });
    const rows = await ask("SELECT trace, input_tokens FROM trace_requests WHERE trace = 'mine'");
    expect(rows).toEqual([{ trace: 'mine', input_tokens: 7 }]);
    expect(session.notes).toHaveLength(1);
    expect(session.notes[0]).toContain('trace_requests leaves out broken: not an Arrow file');
  });
});

describe('attainment', () => {
  const requests = [
    finished(400, 20, { arrival_ms: 0 }),
    finished(600, 20, { arrival_ms: 1000 }),
    finished(400, 60, { arrival_ms: 2000 }),
    finished(500, null, { arrival_ms: 3000 }),
    { status: 'rejected', arrival_ms: 4000 },
    { status: 'unfinished', arrival_ms: 5000, ttft_ms: 1, tpot_ms: 1 },
    finished(1, 999, { arrival_ms: 9000 }),
  ];

  it('counts every arrival, and only finished requests within all SLOs', async () => {
    writeFakeRun(runs, 'aa', { requests, runs: [{ gpus: 4 }] });
    expect(await ask('FROM attainment(ttft_slo_ms := 500, tpot_slo_ms := 50)')).toEqual([
      {
        run: 'aa',
        arrivals: 7,
        met: 2,
        attainment: 2 / 7,
        goodput_per_s: 0.2,
        goodput_per_gpu_s: 0.05,
      },
    ]);
    const met = async (slos: string) => (await ask(`SELECT met FROM attainment(${slos})`))[0]?.met;
    expect(await met('')).toBe(5);
    expect(await met('e2e_slo_ms := 460')).toBe(2);
    expect(await met('gap_slo_ms := 20')).toBe(3);
  });

  it('looks at the arrivals of a window, from its start to before its end', async () => {
    writeFakeRun(runs, 'aa', { requests, runs: [{ gpus: 1 }] });
    const [row] = await ask('FROM attainment(ttft_slo_ms := 500, from_ms := 1000, to_ms := 5000)');
    expect(row).toMatchObject({ arrivals: 4, met: 2, attainment: 0.5, goodput_per_s: 0.5 });
  });
});

describe('itl', () => {
  it('agrees with the quantiles that the replay reports', async () => {
    const gaps = fc.array(fc.double({ min: 0.01, max: 1e4, noNaN: true }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.constantFrom('p50', 'p90', 'p99'), async (values, which) => {
        const histogram = new GapHistogram();
        for (const value of values) histogram.add(value);
        const buckets = histogram.buckets();
        const rows = Array.from(buckets.gaps, (count, i) => {
          return { gaps: count, low_ms: buckets.lowMs[i] ?? 0, high_ms: buckets.highMs[i] ?? 0 };
        });
        writeFakeRun(runs, 'aa', { gaps: rows });
        const q = Number(which.slice(1)) / 100;
        const [row] = await ask(`FROM itl(${q})`);
        expect(row?.itl_ms).toBeCloseTo(summariseGaps(histogram)[which] as number, 9);
      }),
      { numRuns: 25, seed: 3 },
    );
  });
});

describe('rounds', () => {
  it('unrolls a step row so that round after round begins where the last one ended', async () => {
    const step = { kind: 'decode', start_ms: 100, rounds: 5, first_ms: 10, slope_ms: 0.5 };
    writeFakeRun(runs, 'aa', {
      steps: [
        { ...step, decodes: 3, context_tokens: 50 },
        { ...step, start_ms: 155, rounds: 1 },
      ],
    });
    const rows = await ask('SELECT start_ms, step_ms, context_tokens FROM rounds ORDER BY 1');
    const starts = rows.map((row) => Number(row.start_ms));
    expect(starts.slice(0, -1).map((start, i) => start + Number(rows[i]?.step_ms))).toEqual(
      starts.slice(1),
    );
    expect(rows.slice(0, 5).map((row) => row.context_tokens)).toEqual([50, 53, 56, 59, 62]);
  });
});
