import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runMissing, scenariosOf } from './run-scenarios.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-run-scenarios-'));
afterAll(() => rmSync(folder, { recursive: true }));

const scenario = (maxSequences: number) => ({
  trace: 'gsm8k',
  groups: [
    {
      model: 'llama-3.1-8b',
      gpu: 'a100-80gb',
      scheduler: { kind: 'prefill-first', maxSequences },
    },
  ],
});

describe('scenarios of a notebook', () => {
  it('run where they have not, and leave no other run behind', async () => {
    const runs = join(folder, 'runs');
    expect(await runMissing([scenario(100), scenario(200)], runs)).toBe(2);
    const both = readdirSync(runs);
    expect(both).toHaveLength(2);
    mkdirSync(join(runs, '.being-written.tmp'));
    expect(await runMissing([scenario(200)], runs)).toBe(0);
    const left = readdirSync(runs);
    expect(left).toHaveLength(2);
    expect(left).toContain('.being-written.tmp');
    expect(both).toEqual(expect.arrayContaining(left.filter((name) => !name.startsWith('.'))));
  });

  it('may be analyses, and keep less than all tables', async () => {
    const runs = join(folder, 'less');
    const bounds = [{ name: 'x', value: 1, unit: 's', source: 'none' }];
    const analysis = { kind: 'quantities', quantities: bounds };
    const summary = { scenario: scenario(100), tables: 'summary' };
    expect(await runMissing([analysis, summary], runs)).toBe(2);
    const files = () => readdirSync(runs).map((run) => readdirSync(join(runs, run)).sort());
    const kept = ['run.json', 'runs.arrow', 'scenario.json'];
    expect(files()).toContainEqual(kept);
    expect(files().flat()).toContain('quantities.arrow');
    expect(await runMissing([analysis, summary], runs)).toBe(0);
    // Tables that are wanted later are added to the run that is there.
    const more = { ...summary, tables: ['requests'] };
    expect(await runMissing([analysis, more], runs)).toBe(1);
    expect(files()).toContainEqual(['requests.arrow', ...kept]);
    await expect(runMissing([{ ...summary, tables: ['request'] }], runs)).rejects.toThrow(
      `tables ["request"]: 'summary', or an array of some of requests`,
    );
    expect(await runMissing([analysis], runs)).toBe(0);
    expect(readdirSync(runs)).toHaveLength(1);
  });

  it('are refused before anything runs where one is wrong', async () => {
    await expect(runMissing([{ ...scenario(1), trase: 'gsm8k' }], folder)).rejects.toThrow('trase');
    await expect(runMissing([{ ...scenario(1), trace: null }], folder)).rejects.toThrow(
      'names no trace',
    );
  });

  it('stand in a module beside it, read again when it changed', async () => {
    const file = join(folder, 'some.scenarios.ts');
    const notebook = join(folder, 'some.html');
    expect(await scenariosOf(notebook)).toBeNull();
    writeFileSync(file, 'export const scenarios = [1];');
    expect(await scenariosOf(notebook)).toEqual([1]);
    writeFileSync(file, 'export const traces = [1];');
    await expect(scenariosOf(notebook)).rejects.toThrow('no scenarios');
  });
});
