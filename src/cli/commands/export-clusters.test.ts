import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTrace, runScenario } from '../../experiment/run-scenario.ts';
import { readRequests } from '../../results/exports/run-rows.ts';
import { readTokenGaps } from '../../results/exports/token-gaps.ts';
import { openResults, type ResultsSession } from '../../results/views.ts';
import { clusters } from './export.fixture.ts';

let folder: string;
let session: ResultsSession;
const runs = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-export-'));
  const loaded = await loadTrace('kimi-like');
  for (const [name, system] of Object.entries(clusters)) {
    const scenario = { ...system, limits: { requests: 200 } };
    runs.set(name, (await runScenario(scenario, { out: folder }, loaded)).run);
  }
  session = await openResults(folder);
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

describe('gaps between tokens on a cluster', () => {
  it.each(Object.keys(clusters))('are those that the replay counted: %s', async (name) => {
    const run = runs.get(name) as string;
    const requests = await readRequests(session, join(folder, run));
    const gaps = await readTokenGaps(session, join(folder, run), requests);
    const all = requests.map((_, i) => gaps.of(i));
    const finished = requests.filter(({ status }) => status === 'finished');
    expect(finished.length).toBeGreaterThan(100);
    expect(gaps.unknown.inconsistent).toBe(0);
    // Every request that was never preempted, token by token.
    for (const [i, { status, preemptions, firstTokenMs, finishMs }] of requests.entries()) {
      if (status !== 'finished' || preemptions > 0) continue;
      const sum = (all[i] as Float64Array).reduce((total, gap) => total + gap, 0);
      expect(sum).toBeCloseTo((finishMs as number) - (firstTokenMs as number), 5);
    }
  });
});
