import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openResults } from '../results/views.ts';
import { encodeRequestTrace } from '../trace/encode.ts';
import { importMooncake } from '../trace/importers/mooncake.ts';
import { findTraceMirror } from '../trace/mirror.ts';
import { newTrace } from '../trace/new-trace.ts';
import { sha256 } from '../units/canonical.ts';
import { presetNamed } from './presets.ts';
import { type LoadedTrace, loadTrace, runScenario } from './run-scenario.ts';
import { withSetting } from './settings.ts';

const mirror = findTraceMirror();
const original = mirror === null ? null : join(mirror, 'mooncake', 'conversation_trace.jsonl');
const conversation = original !== null && existsSync(original) ? original : null;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reprise-runs-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Bytes of every file of a run but its sidecar, by name. */
async function bytesOf(out: string, run: string): Promise<Record<string, string>> {
  const files = (await readdir(join(out, run))).filter((name) => name !== 'run.json');
  const entries = files.sort().map(async (name) => {
    return [name, sha256(await readFile(join(out, run, name)))] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Runs a scenario in both modes and expects equal bytes. */
async function inBothModes(scenario: unknown, loaded: LoadedTrace, name: string) {
  const out = (mode: string) => join(folder, `${name}-${mode}`);
  const fast = await runScenario(scenario, { mode: 'fast', out: out('fast') }, loaded);
  const step = await runScenario(scenario, { mode: 'step', out: out('step') }, loaded);
  expect(step.run).toBe(fast.run);
  expect(await bytesOf(out('step'), step.run)).toEqual(await bytesOf(out('fast'), fast.run));
  return fast;
}

function group(changes: Record<string, unknown>) {
  return {
    placement: { kind: 'least-loaded' },
    limits: { requests: 600 },
    groups: [{ count: 1, model: 'llama-3.1-8b', ...changes }],
  };
}

describe('the latency columns of runs', () => {
  it('agree with what SQL computes from requests and gaps', async () => {
    const scenario = {
      ...group({ tp: 2 }),
      prices,
      groups: [{ ...group({}).groups[0], tp: 2, hostDramGib: 64 }],
    };
    const { run } = await runScenario(
      scenario,
      { out: join(folder, 'sql') },
      await loadTrace('kimi-like'),
    );
    const session = await openResults(join(folder, 'sql'));
    try {
      const [row] = await session.objects(`SELECT * FROM summary WHERE run = '${run}'`);
      for (const metric of ['ttft', 'tpot', 'e2e', 'queue']) {
        const quantiles = [50, 90, 95, 99].map(
          (p) => `quantile_cont(${metric}_ms, ${p / 100}) AS ${metric}_p${p}_ms`,
        );
        const [asked] = await session.objects(
          `SELECT avg(${metric}_ms) AS ${metric}_mean_ms, ${quantiles.join(', ')},
             max(${metric}_ms) AS ${metric}_max_ms
           FROM requests WHERE status = 'finished'`,
        );
        for (const [name, value] of Object.entries(asked as Record<string, number>)) {
          expect((row?.[name] as number) / value, name).toBeCloseTo(1, 12);
        }
      }
      const [itl] = await session.objects('FROM itl(0.99)');
      expect(row?.itl_p99_ms).toBe(itl?.itl_ms);
      const [rates] = await session.objects(
        `SELECT count(*) / ((max(finish_ms) - min(arrival_ms)) / 1000) AS per_s FROM requests`,
      );
      expect(row?.requests_per_s).toBeCloseTo(rates?.per_s as number, 9);
      const [used] = await session.objects(
        `SELECT 2 * sum(end_ms - start_ms) / 1000 AS busy,
           max(end_ms) / 1000 AS last_s FROM steps JOIN runs USING (run)`,
      );
      const [r] = await session.objects('FROM runs');
      expect(r?.gpu_s_busy).toBeCloseTo(used?.busy as number, 6);
      expect(r?.gpu_s_allocated).toBeCloseTo(2 * (used?.last_s as number), 6);
      const hours = (used?.last_s as number) / 3600;
      expect(r?.dram_gib_h).toBeCloseTo(64 * hours, 9);
      expect(r?.cost).toBeCloseTo(2 * hours * 1.5 + 64 * hours * 0.01, 9);
      expect(r?.currency).toBe('USD');
    } finally {
      session.close();
    }
  });
});

const prices = {
  date: '2026-01-31',
  source: 'a price list',
  currency: 'USD',
  gpuHour: 1.5,
  dramGibHour: 0.01,
};

describe('both modes write the same bytes', () => {
  for (const [name, scenario] of Object.entries({
    'chunked prefill with a prefix cache': group({ prefixCache: { kind: 'lru' }, tp: 2 }),
    'prefill-first, memory short': group({
      scheduler: { kind: 'prefill-first' },
      kv: { capacityTokens: 140_000, blockSize: 16 },
    }),
    'orca, memory short': group({
      scheduler: { kind: 'orca' },
      kv: { capacityTokens: 140_000, blockSize: 16 },
    }),
    'an engine whose launches set a floor, so that the cost line switches': {
      ...group({ tp: 4, kv: { capacityTokens: 400_000 } }),
      profile: 'cpp-eager-nccl',
    },
    'sessions, dequantised, at twice the rate': {
      ...group({ count: 2 }),
      arrivals: { mode: 'session', dequantise: true, rate: { factor: 2 } },
    },
    'closed arrivals': { ...group({}), arrivals: { mode: 'closed', concurrency: 8 } },
  })) {
    it(name, async () => {
      const summary = await inBothModes(scenario, await loadTrace('kimi-like'), name);
      expect(summary.finished).toBe(600);
      if (name.includes('prefill-first')) expect(summary.preemptions).toBeGreaterThan(0);
    });
  }
});

describe.skipIf(conversation === null)(
  `reference replay of the recorded conversation trace${conversation ? '' : ' (skipped: no trace mirror)'}`,
  () => {
    let loaded: LoadedTrace;
    beforeAll(async () => {
      const trace = await importMooncake(conversation as string);
      const bytes = encodeRequestTrace(trace);
      loaded = { trace, located: { path: '', name: 'c', sha256: sha256(bytes) } };
    });

    const { scenario, parameters } = presetNamed('reference-roofline');
    const figures = [
      {
        instances: 16,
        steps: 2_169_535,
        preemptions: 5,
        ttft: 3.958087560718,
        e2e: 13.16595766616,
      },
      {
        instances: 1,
        steps: 122_357,
        preemptions: 270,
        ttft: 12986.122174111,
        e2e: 13060.931038403,
      },
    ];
    for (const { instances, steps, preemptions, ttft, e2e } of figures) {
      it(`matches on ${instances} instances, in both modes`, async () => {
        const set = withSetting(scenario, `instances=${instances}`, parameters);
        const summary = await inBothModes(set, loaded, `reference-${instances}`);
        expect(summary).toMatchObject({ finished: 12_031, steps, preemptions });
        expect((summary.ttft_ms.mean as number) / 1e3 / ttft).toBeCloseTo(1, 9);
        expect((summary.e2e_ms.mean as number) / 1e3 / e2e).toBeCloseTo(1, 9);
      });
    }
  },
);

describe('a run', () => {
  const located = { path: 'x.arrow', name: 'x', sha256: '0'.repeat(64) };

  it('replays an empty trace to empty tables', async () => {
    const trace = newTrace({ name: 'x', arrivalMs: [], inputTokens: [], outputTokens: [] });
    const summary = await inBothModes(group({}), { trace, located }, 'empty');
    expect(summary).toMatchObject({ requests: 0, steps: 0, simulated_s: 0 });
    expect(summary.ttft_ms.mean).toBeNull();
  });

  it('loads the solver that its scheduler asks for: five requests on two slots', async () => {
    const outputTokens = [300, 300, 200, 200, 200];
    const trace = newTrace({
      name: 'x',
      arrivalMs: outputTokens.map(() => 0),
      inputTokens: outputTokens.map(() => 10),
      outputTokens,
    });
    const scheduler = { kind: 'hybrid', rule: 'prefill-first', steal: 'none' };
    const seconds = async (method: string) => {
      const hybrid = {
        ...group({ slots: 2, scheduler: { ...scheduler, method }, lengths: { kind: 'oracle' } }),
        arrivals: { coalesce: true },
      };
      return (await inBothModes(hybrid, { trace, located }, method)).simulated_s;
    };
    // LPT: 700 rounds on the fuller slot; the optimum: 600 on both.
    expect((await seconds('mip')) / (await seconds('lpt'))).toBeCloseTo(6 / 7, 1);
  });

  it('is found again under the same key, and its key does not depend on the mode', async () => {
    const trace = newTrace({ name: 'x', arrivalMs: [0], inputTokens: [5], outputTokens: [3] });
    const out = join(folder, 'again');
    const first = await runScenario(group({}), { out }, { trace, located });
    const again = await runScenario(group({}), { out, mode: 'step' }, { trace, located });
    expect(again.run).toBe(first.run);
    expect(await readdir(out)).toEqual([first.run]);
  });

  it('has another key for another seed, and the same for defaults written out', async () => {
    const trace = newTrace({ name: 'x', arrivalMs: [0], inputTokens: [5], outputTokens: [3] });
    const key = async (scenario: object) =>
      (await runScenario(scenario, { out: null }, { trace, located })).run;
    const plain = await key(group({}));
    expect(await key({ ...group({}), seed: 2 })).not.toBe(plain);
    expect(await key({ ...group({ tp: 1, model: 'Llama-3.1-8B' }), seed: 1 })).toBe(plain);
  });
});
