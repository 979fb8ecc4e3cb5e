import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeRequestTrace } from '../../trace/encode.ts';
import { newTrace, type TraceParts } from '../../trace/new-trace.ts';
import { InputError } from '../../units/input-error.ts';
import type { CapacitySpec, Experiment, ScenarioPatch } from '../define.ts';
import { planExperiment, TraceShelf } from '../plan.ts';
import { checkCapacities } from './check-capacities.ts';
import { findCapacities } from './find-capacities.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-check-capacity-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, parts: Partial<TraceParts> = {}): string {
  const path = join(folder, `${name}.arrow`);
  const columns = { arrivalMs: [0, 100, 200], inputTokens: [9, 9, 9], outputTokens: [1, 1, 1] };
  writeFileSync(path, encodeRequestTrace(newTrace({ name, ...columns, ...parts })));
  return path;
}
const plain = write('plain');
const once = write('once', { arrivalMs: [0, 0, 0] });

const spec: CapacitySpec = { name: 'load', rates: [1, 2], slo: { ttftMs: 100 }, attainment: 0.9 };

async function check(
  capacity: Partial<CapacitySpec>,
  { cell = {}, ...parts }: Partial<Experiment> & { cell?: ScenarioPatch } = {},
): Promise<void> {
  const experiment: Experiment = {
    name: 'capacity',
    paper: 'test',
    question: 'how much load?',
    scenarios: {
      list: {
        base: { trace: plain, groups: [{ model: 'llama-3.1-8b' }] },
        cells: { one: cell, two: { groups: [{ model: 'llama-3.1-8b', count: 2 }] } },
      },
    },
    capacities: [spec, { ...spec, ...capacity }],
    ...parts,
  };
  const traces = new TraceShelf();
  await checkCapacities(experiment, await planExperiment(experiment, traces), traces);
}

describe('checkCapacities', () => {
  it('takes what can be searched for', async () => {
    const wanted: Partial<CapacitySpec>[] = [
      {},
      { cells: { system: 'two' }, bisections: 3, confidence: 0.9 },
      { slo: { multipleOf: { system: 'one' }, ttft: 5 } },
    ];
    for (const capacity of wanted) await check(capacity);
    await check({}, { capacities: [] });
  });

  const byClass = { byClass: { chat: { ttftMs: 100 } } };
  it.each<[string, Partial<CapacitySpec>, RegExp]>([
    ['rates that do not rise', { rates: [2, 1] }, /^rates 2,1 \(capacity load\): rate factors/],
    ['no rates', { rates: [] }, /^rates \(none\) \(capacity load\)/],
    ['a share in per cent', { attainment: 90 }, /^attainment 90 \(capacity load\)/],
    ['no limits', { slo: {} }, /^an SLO without limits \(capacity load, slo\)/],
    ['a limit of 0', { slo: { ttftMs: 0 } }, /^limit 0 \(capacity load, slo\.ttftMs\)/],
    [
      'labels of no cell',
      { cells: { system: 'three' } },
      /^its labels name no cell \(capacity load/,
    ],
    [
      'multiples of no cell',
      { slo: { multipleOf: { system: 'three' }, ttft: 5 } },
      /^no such cell \(capacity load, slo\.multipleOf system=three\)/,
    ],
    [
      'no multiples',
      { slo: { multipleOf: { system: 'one' } } },
      /^an SLO without limits \(capacity load, slo\)/,
    ],
    [
      'a negative multiple',
      { slo: { multipleOf: { system: 'one' }, ttft: 5, tpot: -1 } },
      /^multiple -1 \(capacity load, slo\.tpot\): above 0/,
    ],
    [
      'classes on a trace without them',
      { slo: byClass },
      /^no slo_class \(capacity load, trace plain\)/,
    ],
  ])('refuses %s', async (_, capacity, message) => {
    await expect(check(capacity)).rejects.toThrow(InputError);
    await expect(check(capacity)).rejects.toThrow(message);
  });

  it('refuses a class without limits', async () => {
    const trace = write('classes', {
      sloClass: { codes: Int32Array.of(0, 1, 0), labels: ['chat', 'batch'] },
    });
    const list = { base: { trace, groups: [{ model: 'llama-3.1-8b' }] }, cells: { one: {} } };
    await expect(check({ slo: byClass }, { scenarios: { list } })).rejects.toThrow(
      /^no SLO of class "batch" \(capacity load, trace classes\): limits for each class; given for chat/,
    );
  });

  it('refuses cells that have no rate', async () => {
    await expect(check({}, { cell: { arrivals: { mode: 'closed' } } })).rejects.toThrow(
      /^no capacity of closed arrivals \(capacity load, arrivals\.mode\)/,
    );
    await expect(check({}, { cell: { trace: once } })).rejects.toThrow(
      /^all requests arrive at once \(capacity load, trace once\)/,
    );
  });

  it('refuses seeds that vary two things at once', async () => {
    const cells = [1, 2].map((n) => ({
      labels: { 'seeds.policy': n, 'seeds.workload': n },
      scenario: {
        trace: plain,
        seeds: { policy: n, workload: n },
        groups: [{ model: 'llama-3.1-8b' }],
      },
    }));
    await expect(check({}, { scenarios: () => cells })).rejects.toThrow(
      /vary at once \(capacity load\)/,
    );
  });

  it('agrees with the search itself', async () => {
    const experiment: Experiment = {
      name: 'capacity',
      paper: 'test',
      question: 'how much load?',
      scenarios: {
        list: { base: { trace: plain, groups: [{ model: 'llama-3.1-8b' }] }, cells: { one: {} } },
      },
      capacities: [{ ...spec, slo: {} }],
    };
    const traces = new TraceShelf();
    const plans = await planExperiment(experiment, traces);
    const searched = findCapacities(experiment, plans, { out: join(folder, 'runs'), traces });
    await expect(searched).rejects.toThrow('an SLO without limits (capacity load, slo)');
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });
});
