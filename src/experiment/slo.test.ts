import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeRequestTrace } from '../trace/encode.ts';
import { newTrace } from '../trace/new-trace.ts';
import { defineExperiment, type SloSpec } from './define.ts';
import { planExperiment, TraceShelf } from './plan.ts';
import { parseSlo, resolveSlo, sloText } from './slo.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-slo-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** All at once: prompts of 1000 tokens, 11 output tokens. */
function trace(name: string, parts: Partial<Parameters<typeof newTrace>[0]> = {}): string {
  const rows = Array.from({ length: 4 }, () => 0);
  const path = join(folder, `${name}.arrow`);
  const columns = { arrivalMs: rows, inputTokens: [1000, 1000, 1000, 2000] };
  const made = newTrace({ name, ...columns, outputTokens: rows.map(() => 11), ...parts });
  writeFileSync(path, encodeRequestTrace(made));
  return path;
}

async function resolve(slo: SloSpec, options: { path?: string; noRun?: boolean } = {}) {
  const { path = trace('plain'), noRun } = options;
  // Prefill 0.1 ms a token, a round 10 ms: unloaded TTFT 100 ms (200 for the last), TPOT 10 ms.
  const experiment = defineExperiment({
    name: 'slo',
    paper: 'test',
    question: 'none',
    scenarios: {
      grid: {
        base: { trace: path, clock: { kind: 'affine' }, groups: [{ model: 'llama-3.1-8b' }] },
        axes: {
          system: { one: {}, four: { placement: { kind: 'least-loaded' } } },
          load: { low: {}, high: { arrivals: { rate: { factor: 2 } } } },
        },
      },
      seeds: [1, 2],
    },
  });
  const traces = new TraceShelf();
  const plans = await planExperiment(experiment, traces);
  const out = join(folder, 'runs');
  return resolveSlo(slo, { experiment, plans, out, traces, workers: 1, noRun });
}

describe('resolveSlo', () => {
  it('takes absolute limits as they are', async () => {
    const found = await resolve({ ttftMs: 5, gapMs: 7 });
    expect(found).toEqual({ state: 'resolved', slo: { limits: { ttftMs: 5, gapMs: 7 } } });
  });

  it("multiplies a named cell's latency of one request at a time", async () => {
    const multipleOf = { system: 'one', load: 'high' };
    const found = await resolve({ multipleOf, ttft: 5, tpot: 2 });
    if (found.state !== 'resolved' || !('limits' in found.slo)) throw new Error('not resolved');
    const { limits, unloaded } = found.slo;
    expect(unloaded).toMatchObject({ requests: 4, statistic: 'mean' });
    expect(unloaded?.cell).toBe('system=one,load=high,seed=1');
    expect(limits.ttftMs).toBeCloseTo(5 * 125, 6);
    expect(limits.tpotMs).toBeCloseTo(2 * 10, 6);
    expect(Object.keys(limits)).toEqual(['ttftMs', 'tpotMs']);
    const p50 = await resolve({ multipleOf, ttft: 1, statistic: 'p50' });
    expect(p50).toMatchObject({ slo: { limits: { ttftMs: expect.closeTo(100, 6) } } });
  });

  it('reports what it would have to run', async () => {
    const path = trace('other', { outputTokens: [2, 2, 2, 2] });
    const slo = { multipleOf: { system: 'one', load: 'low' }, ttft: 5 };
    const found = await resolve(slo, { path, noRun: true });
    expect(found).toMatchObject({ state: 'missing', missing: [{ experiment: 'test/slo' }] });
  });

  it('refuses labels that name no cell, or several systems', async () => {
    await expect(resolve({ multipleOf: { system: 'two' }, ttft: 5 })).rejects.toThrow(
      /no such cell \(slo\.multipleOf system=two\): one of system=one,load=low,seed=1 /,
    );
    await expect(resolve({ multipleOf: { load: 'low' }, ttft: 5 })).rejects.toThrow(
      /it names system=one,load=low,seed=1 and system=four,load=low,seed=1/,
    );
  });

  it('refuses a multiple of a latency that no request has', async () => {
    const path = trace('single', { outputTokens: [1, 1, 1, 1] });
    const slo = { multipleOf: { system: 'one', load: 'low' }, tpot: 5 };
    await expect(resolve(slo, { path })).rejects.toThrow(/no unloaded TPOT/);
  });

  it('wants limits for every class of the trace', async () => {
    const codes = Int32Array.from([0, 0, 1, 1]);
    const path = trace('classes', { sloClass: { codes, labels: ['chat', 'batch', 'unused'] } });
    const chat = { ttftMs: 5 };
    await expect(resolve({ byClass: { chat } }, { path })).rejects.toThrow(
      /no SLO of class "batch" \(trace classes\)/,
    );
    const byClass = { chat, batch: { e2eMs: 9 } };
    expect(await resolve({ byClass }, { path })).toEqual({ state: 'resolved', slo: { byClass } });
    await expect(resolve({ byClass })).rejects.toThrow(/no slo_class \(trace plain\)/);
  });

  it('refuses limits that are none', async () => {
    await expect(resolve({})).rejects.toThrow(/an SLO without limits/);
    await expect(resolve({ ttftMs: 0 })).rejects.toThrow(/limit 0 \(slo\.ttftMs\)/);
  });
});

describe('parseSlo', () => {
  it('reads what sloText can say', () => {
    const limits = parseSlo('ttft=2000, tpot=100,e2e=1e4,gap=50.5');
    expect(limits).toEqual({ ttftMs: 2000, tpotMs: 100, e2eMs: 10_000, gapMs: 50.5 });
    expect(sloText({ limits })).toBe(
      'TTFT <= 2000 ms, TPOT <= 100 ms, end to end <= 10000 ms, longest gap <= 50.5 ms',
    );
  });

  it.each([
    ['ttfd=1', /unknown SLO "ttfd": did you mean ttft\?/],
    ['ttft', /limit NaN \(slo\.ttftMs\)/],
    ['ttft=fast', /limit NaN \(slo\.ttftMs\): milliseconds, above 0/],
    ['ttft=-5', /limit -5/],
    ['', /unknown SLO ""/],
  ])('refuses %o', (text, message) => {
    expect(() => parseSlo(text)).toThrow(message);
  });
});
