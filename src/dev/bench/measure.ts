import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** CPU time (user and system) and peak memory of one process; the quickest of several runs. */
export interface Usage {
  readonly cpuMs: number;
  readonly peakMiB: number;
  readonly stdout: string;
}

const preload = join(dirname(fileURLToPath(import.meta.url)), 'usage.cjs');

/** Runs node with these arguments `times` times and returns the run with the least CPU time. */
export function measure(args: readonly string[], times = 3): Usage {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-bench-'));
  try {
    const file = join(folder, 'usage.json');
    let best: Usage | undefined;
    for (let i = 0; i < times; i++) {
      const child = spawnSync(process.execPath, ['--require', preload, ...args], {
        env: { ...process.env, REPRISE_USAGE: file },
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      if (child.status !== 0) throw new Error(`${args.join(' ')}: ${child.stderr}`);
      const { cpuMs, maxRSS } = JSON.parse(readFileSync(file, 'utf8'));
      if (best === undefined || cpuMs < best.cpuMs) {
        best = { cpuMs, peakMiB: maxRSS / 1024, stdout: child.stdout };
      }
    }
    return best as Usage;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
