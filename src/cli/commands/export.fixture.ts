/**
 * Small real runs, what `reprise export` makes of them, and plain formulas to compute over exported
 * values as their readers would. Shares no code with the exports.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { loadTrace, runScenario } from '../../experiment/run-scenario.ts';
import { openResults } from '../../results/views.ts';
import { main } from '../program.ts';

/** With room, with preemptions, with rejections, closed. */
export const systems = {
  roomy: { placement: { kind: 'least-loaded' }, groups: [group({ count: 2, tp: 2 })] },
  preempting: {
    groups: [
      group({
        scheduler: { kind: 'prefill-first', watermark: 0 },
        kv: { capacityTokens: 140_000 },
      }),
    ],
  },
  rejecting: { groups: [group({ scheduler: { kind: 'orca' }, kv: { capacityTokens: 30_000 } })] },
  closed: {
    arrivals: { mode: 'closed', concurrency: 8 },
    groups: [group({ prefixCache: { kind: 'lru' } })],
  },
};

const pools = {
  groups: [
    group({ roles: ['prefill'], scheduler: { kind: 'prefill-pool' } }),
    // So little memory for decoding that computed KV waits for it.
    group({
      roles: ['decode'],
      scheduler: { kind: 'decode-pool' },
      kv: { capacityTokens: 60_000 },
    }),
  ],
};

/** Prompts computed on one instance, decoded on another. */
export const clusters = {
  'layer-wise': pools,
  serial: { ...pools, network: { streaming: 'serial' } },
  'first token from decoding': { ...pools, firstToken: 'decode' },
  'first token from decoding, serial': {
    ...pools,
    firstToken: 'decode',
    network: { streaming: 'serial' },
  },
};

export function group(changes: object) {
  return { count: 1, model: 'llama-3.1-8b', ...changes };
}

export type SystemName = keyof typeof systems;
export const systemNames = Object.keys(systems) as SystemName[];

/** Runs every system in a temporary folder. */
export async function exportedRuns() {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-export-'));
  const runs = join(folder, 'runs');
  const ids: Record<string, string> = {};
  const loaded = await loadTrace('kimi-like');
  // The first requests of the trace all have longer answers.
  for (let i = 0; i < 300; i += 25) loaded.trace.outputTokens[i] = 1;
  for (const [name, system] of Object.entries(systems)) {
    const scenario = { ...system, limits: { requests: 300 } };
    ids[name] = (await runScenario(scenario, { out: runs }, loaded)).run;
  }
  const session = await openResults(runs);

  /** One row of a view or macro, of one run. */
  async function ours(from: string, name: string): Promise<Record<string, number>> {
    const [row] = await session.objects(`FROM ${from} WHERE run = '${ids[name]}'`);
    return row as Record<string, number>;
  }

  return {
    folder,
    runs,
    session,
    ours,
    idOf: (name: SystemName) => ids[name] as string,

    /** The document of `export vllm-bench`. */
    async vllmFile(name: SystemName, ...more: string[]) {
      const file = join(folder, `${name}.json`);
      const given = ['--runs', runs, '-o', file, ...more];
      expect((await exportRun('vllm-bench', ids[name] as string, ...given)).code).toBe(0);
      return JSON.parse(readFileSync(file, 'utf8'));
    },

    /** The two documents of `export aiperf`. */
    async aiperfFiles(name: SystemName, ...more: string[]) {
      const out = join(folder, `${name}.aiperf`);
      const given = ['--runs', runs, '-o', out, ...more];
      expect((await exportRun('aiperf', ids[name] as string, ...given)).code).toBe(0);
      const lines = readFileSync(join(out, 'profile_export.jsonl'), 'utf8').trimEnd().split('\n');
      return {
        summary: JSON.parse(readFileSync(join(out, 'profile_export_aiperf.json'), 'utf8')),
        records: lines.map((line) => JSON.parse(line)),
      };
    },

    /** Targets that some requests of a run meet and some miss. */
    async middling(name: SystemName) {
      const summary = await ours('summary', name);
      const p90 = (metric: string) => Math.round(summary[`${metric}_p90_ms`] as number);
      const [ttft, tpot, e2e] = [p90('ttft'), p90('tpot'), p90('e2e')] as [number, number, number];
      return { ttft, tpot, e2e, text: `ttft=${ttft},tpot=${tpot},e2e=${e2e}` };
    },

    close() {
      session.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type ExportedRuns = Awaited<ReturnType<typeof exportedRuns>>;

/** Runs `reprise export …` in this process. */
export async function exportRun(...words: string[]) {
  let stdout = '';
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  const error = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
  const code = await main(['export', ...words]);
  out.mockRestore();
  error.mockRestore();
  return { code, stdout, stderr };
}

// The formulas of the tools, as their documents have them, over exported values alone.

export const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
export const mean = (values: number[]) => sum(values) / values.length;

export function std(values: number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

export function percentile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = ((sorted.length - 1) * p) / 100;
  const low = sorted[Math.floor(rank)] as number;
  const high = sorted[Math.ceil(rank)] as number;
  return low + (high - low) * (rank - Math.floor(rank));
}

export function expectEqual(value: number, wanted: number): void {
  expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted));
}
