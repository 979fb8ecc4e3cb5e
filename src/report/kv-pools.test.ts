import { describe, expect, it } from 'vitest';
import { parseScenario } from '../replay/scenario.ts';
import { aRun } from './fixtures/run-factory.ts';
import { kvPoolsOf } from './kv-pools.ts';

const node = { model: 'llama-3.1-70b', gpu: 'a100-80gb', tp: 8 };
const groups = [
  { count: 2, roles: ['prefill'], ...node, scheduler: { kind: 'prefill-pool' } },
  { count: 3, roles: ['decode'], ...node, scheduler: { kind: 'decode-pool' } },
  { count: 1, ...node, kv: { capacityTokens: 4096 } },
];
const scenario = JSON.stringify(parseScenario({ groups }));

describe('KV pools of a run', () => {
  it('are its groups, each with its own capacity and what it does', () => {
    const run = aRun({ scenario, instances: 6, kvCapacityTokens: 1234 });
    const [prefill, decode, both] = kvPoolsOf(run);
    expect(prefill).toMatchObject({ from: 0, to: 2, stage: 'prefill', capacityTokens: 1234 });
    expect(decode).toMatchObject({ from: 2, to: 5, stage: 'decode' });
    expect(decode?.capacityTokens).toBeGreaterThan(1_000_000);
    expect(both).toMatchObject({ from: 5, to: 6, stage: 'decode', capacityTokens: 4096 });
  });

  it('are there for policies of files that are not', () => {
    const ofFile = scenario.replace('"prefill-pool"', '"./gone.ts#0123"');
    expect(kvPoolsOf(aRun({ scenario: ofFile, instances: 6 }))).toHaveLength(3);
  });

  it.each([
    ['no JSON', 'not set'],
    ['no groups', '{}'],
    ['groups of other instances', scenario],
  ])('are one, of the capacity of the table, where the scenario has %s', (_, text) => {
    const run = aRun({ scenario: text, instances: 9, kvCapacityTokens: 77 });
    expect(kvPoolsOf(run)).toEqual([
      { run: run.run, from: 0, to: 9, stage: 'decode', capacityTokens: 77 },
    ]);
  });
});
