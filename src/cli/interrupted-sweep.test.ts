import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runHashes } from '../experiment/sweep/testing/run-hashes.ts';
import { packageRoot } from '../trace/locate.ts';
import { RandomStream } from '../units/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-kill-'));
afterAll(() => rmSync(folder, { recursive: true }));

const experiment = join(folder, 'many.experiment.json');
writeFileSync(
  experiment,
  JSON.stringify({
    name: 'many',
    paper: 'test',
    question: 'Does a killed sweep lose or repeat anything?',
    scenarios: {
      grid: {
        base: {
          trace: 'kimi-like',
          limits: { requests: 400 },
          groups: [{ model: 'llama-3.1-8b' }],
        },
        axes: { scheduler: { set: 'groups.0.scheduler.kind', to: ['chunked-prefill', 'orca'] } },
      },
      repetitions: 100,
    },
  }),
);

function start(out: string) {
  const launch = join(packageRoot(), 'src', 'cli', 'launch.mjs');
  const child = spawn(process.execPath, [launch, 'run', experiment, '--out', out, '--json'], {
    stdio: 'ignore',
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, ended };
}

const finished = (out: string) =>
  existsSync(out) ? readdirSync(out).filter((name) => !name.startsWith('.')) : [];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('loses nothing that is finished and repeats nothing, killed at 20 random points', async () => {
  const whole = join(folder, 'whole');
  expect(await start(whole).ended).toBe(0);
  const out = join(folder, 'killed');
  const random = new RandomStream(5, 'kills');
  const writtenAt = new Map<string, number>();
  let kills = 0;
  while (kills < 20) {
    const before = finished(out).length;
    const { child, ended } = start(out);
    while (child.exitCode === null && finished(out).length === before) await pause(1);
    await pause(random.uniform() * 30);
    child.kill('SIGKILL');
    await ended;
    if (child.signalCode !== 'SIGKILL') break;
    kills++;
    for (const run of finished(out)) {
      const at = statSync(join(out, run)).mtimeMs;
      expect(writtenAt.get(run) ?? at).toBe(at);
      writtenAt.set(run, at);
    }
  }
  expect(kills).toBe(20);
  expect(writtenAt.size).toBeGreaterThan(20);
  expect(writtenAt.size).toBeLessThan(200);
  expect(await start(out).ended).toBe(0);
  expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(runHashes(out)).toEqual(runHashes(whole));
  for (const [run, at] of writtenAt) expect(statSync(join(out, run)).mtimeMs).toBe(at);
}, 240_000);
