import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTrace, runScenario } from '../../experiment/run-scenario.ts';
import { openResults, type ResultsSession } from '../../results/views.ts';
import { loadRuns, type Run } from '../runs.ts';
import { requestStagesSql } from './request-stages.ts';
import { timeStripsSql } from './time-strips.ts';

const instance = { model: 'llama-3.1-8b' };
/** Decode memory so small that computed KV waits for it. */
const pools = {
  groups: [
    { count: 2, roles: ['prefill'], ...instance, scheduler: { kind: 'prefill-pool' } },
    {
      roles: ['decode'],
      ...instance,
      scheduler: { kind: 'decode-pool' },
      kv: { capacityTokens: 50_000 },
    },
  ],
  limits: { requests: 300 },
};

let folder: string;
let session: ResultsSession;
let runs: Run[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-cluster-'));
  const loaded = await loadTrace('kimi-like');
  await runScenario(pools, { out: folder }, loaded);
  await runScenario({ ...pools, firstToken: 'decode' }, { out: folder }, loaded);
  await runScenario(
    { groups: [{ ...instance, count: 3 }], limits: pools.limits },
    { out: folder },
    loaded,
  );
  session = await openResults(folder);
  runs = await loadRuns(session, []);
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

const isSplit = ({ topology }: Run) => topology === '2P+1D';

describe('KV use over time', () => {
  it('is of the memory of those that decode, and apart of those that compute prompts', async () => {
    const rows = await session.objects(
      `SELECT run, max(kv_share) AS decode, max(kv_share_prefill) AS prefill
       FROM (${timeStripsSql(runs)}) GROUP BY run`,
    );
    expect(runs.filter(isSplit)).toHaveLength(2);
    for (const run of runs) {
      const row = rows.find((one) => one.run === run.run);
      if (!isSplit(run)) {
        expect(row?.prefill).toBeNull();
        continue;
      }
      expect(row?.decode).toBeGreaterThan(0.7);
      expect(row?.decode).toBeLessThanOrEqual(1);
      expect(row?.prefill).toBeGreaterThan(0);
      expect(row?.prefill).toBeLessThan(0.2);
    }
  });
});

describe('stages of a request', () => {
  it('have a transfer and a wait where it decodes elsewhere, and add up', async () => {
    const rows = await session.objects(requestStagesSql(runs));
    for (const run of runs) {
      const own = rows.filter((row) => row.run === run.run);
      expect(own).toHaveLength(4);
      for (const row of own) {
        const stages = ['queue_ms', 'prefill_ms', 'handoff_ms', 'decode_ms'].map((s) =>
          Number(row[s]),
        );
        expect(Math.min(...stages)).toBeGreaterThanOrEqual(0);
        expect(stages.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(Number(row.e2e_ms), 6);
        if (isSplit(run)) expect(row.handoff_ms).toBeGreaterThan(0);
        else expect(row.handoff_ms).toBe(0);
      }
    }
  });

  it('find decode no earlier than the KV is there, and as long as its rounds', async () => {
    const handed = requestStagesSql(runs).replace(/,\s*staged AS [\s\S]*/, '');
    const [row] = await session.objects(`${handed}
      SELECT count(*) AS moved, count(*) FILTER (decode_from_ms < sent_ms - 1e-6) AS early,
        count(*) FILTER (decode_from_ms > sent_ms + 1) AS waited
      FROM handed JOIN sent USING (run, request_id)`);
    expect(Number(row?.moved)).toBeGreaterThan(300);
    expect(Number(row?.early)).toBe(0);
    expect(Number(row?.waited)).toBeGreaterThan(0);
  });
});
