import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { encodeRequestTrace } from '../../trace/encode.ts';
import { newTrace } from '../../trace/new-trace.ts';
import { addCapacity } from './capacity.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-capacity-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** 200 prompts of 1000 tokens, 5 a second, for a server of 10 a second. */
const trace = join(folder, 'steady.arrow');
const rows = Array.from({ length: 200 }, (_, i) => i);
const columns = { arrivalMs: rows.map((i) => 200 * i), inputTokens: rows.map(() => 1000) };
const steady = newTrace({ name: 'steady', ...columns, outputTokens: rows.map(() => 1) });
writeFileSync(trace, encodeRequestTrace(steady));
const scenario = join(folder, 'server.json');
const scheduler = { kind: 'chunked-prefill', budget: 1000 };
writeFileSync(
  scenario,
  JSON.stringify({
    trace,
    clock: { kind: 'affine', prefillTokenMs: 0.1 },
    groups: [{ model: 'llama-3.1-8b', count: 1, tp: 2, scheduler }],
  }),
);

async function capacity(...words: string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const program = new Command('reprise').exitOverride();
  addCapacity(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr() {} });
  const runs = ['--out', join(folder, 'runs'), '--workers', '1'];
  await program.parseAsync(['capacity', ...words, ...runs], { from: 'user' });
  return out;
}

describe('reprise capacity', () => {
  it('gives the points and both capacities as one JSON document', async () => {
    const words = ['--rates', '1,2,3', '--slo', 'ttft=150', '--bisections', '1', '--json'];
    const found = JSON.parse(await capacity(scenario, ...words));
    const base = 200 / (199 * 0.2);
    expect(found).toMatchObject({
      slo: 'TTFT <= 150 ms',
      attainment_target: 0.9,
      confidence: 0.95,
      gpus: 2,
      seeds: 1,
      grid_factor: 2,
      at_least: false,
      monotone: true,
      reason: null,
    });
    expect(found.capacity_grid).toBeCloseTo(2 * base, 9);
    expect(found.capacity_grid_per_gpu).toBeCloseTo(base, 9);
    const points = found.points.map((point: { rate_factor: number }) => point.rate_factor);
    expect(points).toEqual([1, 2, 2.5, 3]);
    expect(found.points[2]).toMatchObject({ tried_by: 'bisection', passes: false, arrivals: 200 });
  });

  it('shows the points, the bounds and what the interval is', async () => {
    const text = await capacity(scenario, '--rates', '1,2', '--slo', 'ttft=150');
    expect(text).toMatch(/ 2x +10\.05 +100\.0 % .* passes/);
    expect(text).toMatch(/highest rate of the grid that passes +at least 2x +at least 10\.05/);
    expect(text).toMatch(/the highest rate of the scan meets the target: try higher --rates/);
    expect(text).toMatch(/Interval: workload; requests resampled by session/);
  });

  it('says where seeds make no difference', async () => {
    const words = ['--rates', '1,3', '--slo', 'ttft=150', '--seeds', '1,2,3'];
    const text = await capacity(scenario, ...words);
    expect(text).toMatch(/The 3 seeds made no difference: their replays are equal/);
    expect(text).toMatch(/Interval: workload; requests resampled by session, \d+ draws/);
    expect(JSON.parse(await capacity(scenario, ...words, '--json')).seeds_alike).toBe(true);
  });

  it.each([
    [['--rates', '1,two', '--slo', 'ttft=1'], /invalid number "two" \(--rates\)/],
    [['--rates', '2,1', '--slo', 'ttft=1'], /rates 2,1 .*rate factors above 0, rising/],
    [['--rates', '1', '--slo', 'ttft'], /limit NaN \(slo\.ttftMs\)/],
    [['--rates', '1', '--slo', 'ttft=1', '--attainment', '90'], /attainment 90 .*in \(0, 1\]/],
    [['--rates', '1', '--slo', 'ttft=1', '--attainment', ''], /invalid number "" \(--attainment\)/],
    [['--rates', '1', '--slo', 'ttft=1', '--set', 'arrivals.mode=closed'], /no capacity of closed/],
    [['--slo', 'ttft=1'], /required option '--rates <list>'/],
  ])('refuses %j', async (words, message) => {
    await expect(capacity(scenario, ...words)).rejects.toThrow(message);
  });

  it('asks for a trace where the scenario names none', async () => {
    const words = ['conversation-16xA100', '--rates', '1', '--slo', 'ttft=1'];
    await expect(capacity(...words)).rejects.toThrow(/names no trace \(trace\): give --trace/);
  });
});
