import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, withoutRedis } from '../../src/experiment/queue/testing/redis-server.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const clone = join(here, '..', '..');
const launcher = join(clone, 'src', 'cli', 'launch.mjs');
const run = promisify(execFile);
type Variables = Readonly<Record<string, string>>;

/** Runs a command from the clone, where a researcher would. */
function inClone(file: string, args: readonly string[], env: Variables = {}, cwd = clone) {
  return run(file, args, { cwd, env: { ...process.env, ...env }, timeout: 50_000 });
}

const rates = [1, 2, 3, 4, 5];
let root: string;
let experiment: string;
/** Of the runs of an unsharded sweep. */
let wanted: Record<string, string>;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'cluster-'));
  experiment = join(root, 'tiny.experiment.json');
  writeFileSync(
    experiment,
    JSON.stringify({
      name: 'tiny',
      paper: 'cluster',
      question: 'Do shards and queue give what one sweep gives?',
      scenarios: {
        grid: {
          base: {
            trace: 'kimi-like',
            limits: { requests: 40 },
            groups: [{ count: 1, model: 'llama-3.1-8b', gpu: 'a100-80gb' }],
          },
          axes: { rate: { set: 'arrivals.rate.factor', to: rates } },
        },
      },
    }),
  );
  await inClone(process.execPath, [launcher, 'run', experiment, '--out', join(root, 'whole')]);
  wanted = bytesOf(join(root, 'whole'));
  expect(new Set(Object.keys(wanted).map((path) => path.split('/')[0])).size).toBe(rates.length);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** sha256 of each file by RUN/FILE; run.json is no part of a run's bytes. */
function bytesOf(out: string): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const name of readdirSync(out).sort()) {
    for (const file of readdirSync(join(out, name)).sort()) {
      if (file === 'run.json') continue;
      const hash = createHash('sha256').update(readFileSync(join(out, name, file)));
      hashes[`${name}/${file}`] = hash.digest('hex');
    }
  }
  return hashes;
}

/** The shell text of a `command: [/bin/sh, -c, |]` in a file for Kubernetes. */
function commandOf(file: string, word: string): string {
  const text = readFileSync(join(here, file), 'utf8');
  const blocks = [...text.matchAll(/^( +)- \/bin\/sh\n +- -c\n +- \|\n((?:\1 {2}.*\n)+)/gm)];
  const found = blocks.map((block) => block[2] as string).find((block) => block.includes(word));
  expect(found, `a command with ${word} in ${file}`).toBeDefined();
  return (found as string).replace(/^ +/gm, '');
}

/** `name: value` of an env list in a file for Kubernetes. */
function variablesOf(file: string): Variables {
  const text = readFileSync(join(here, file), 'utf8');
  const found = [...text.matchAll(/- name: ([A-Z_]+)\n +value: "?([^"\n]*)"?\n/g)];
  return Object.fromEntries(found.map(([, name, value]) => [name as string, value as string]));
}

describe('slurm-array.sh', () => {
  const script = join(here, 'slurm-array.sh');

  function task(index: number, env: Variables) {
    return inClone('bash', [script, experiment], {
      SLURM_ARRAY_TASK_ID: String(index),
      SLURM_ARRAY_TASK_COUNT: '3',
      SLURM_CPUS_PER_TASK: '1',
      ...env,
    });
  }

  it('computes with three tasks what one sweep computes, each run once', async () => {
    const RUNS = join(root, 'slurm');
    const tasks = await Promise.all([0, 1, 2].map((index) => task(index, { RUNS })));
    expect(bytesOf(RUNS)).toEqual(wanted);
    const ran = tasks.map(({ stdout }) => Number(/^(\d+) ran, 0 were there/m.exec(stdout)?.[1]));
    expect(ran.sort()).toEqual([1, 2, 2]);
  });

  it('writes on the node and brings only what the shared folder lacks', async () => {
    const RUNS = join(root, 'slurm-local');
    const LOCAL = join(root, 'node');
    mkdirSync(LOCAL);
    for (const index of [0, 1, 2]) await task(index, { RUNS, LOCAL });
    expect(bytesOf(RUNS)).toEqual(wanted);
    expect(readdirSync(LOCAL)).toEqual([]);
    const { stdout } = await task(0, { RUNS, LOCAL });
    expect(stdout).toMatch(/^0 ran, 2 were there/m);
    expect(stdout).toMatch(/^0 copied, 0 completed with tables they lacked, 5 there already$/m);
  });

  it('takes a shard by itself when only some tasks are submitted again', async () => {
    const RUNS = join(root, 'slurm-again');
    await task(2, { RUNS, SHARDS: '5', SLURM_ARRAY_TASK_COUNT: '1' });
    expect(readdirSync(RUNS)).toEqual([readdirSync(join(root, 'whole')).sort()[2]]);
  });
});

describe('kubernetes-indexed-job.yaml', () => {
  const file = 'kubernetes-indexed-job.yaml';
  const variables = variablesOf(file);

  it('has as many shards as completions', () => {
    const completions = /completions: (\d+)/.exec(readFileSync(join(here, file), 'utf8'))?.[1];
    expect(variables.SHARDS).toBe(completions);
    expect(existsSync(join(clone, variables.EXPERIMENTS as string))).toBe(true);
  });

  it('computes with three indexes what one sweep computes', async () => {
    const RUNS = join(root, 'kubernetes');
    const env = { EXPERIMENTS: experiment, SHARDS: '3', RUNS, WORKERS: '1' };
    const command = commandOf(file, '--shard');
    await Promise.all(
      ['0', '1', '2'].map((JOB_COMPLETION_INDEX) =>
        inClone('sh', ['-c', command], { ...variables, ...env, JOB_COMPLETION_INDEX }),
      ),
    );
    expect(bytesOf(RUNS)).toEqual(wanted);
  });
});

describe.skipIf(withoutRedis !== '')(`kubernetes-workers.yaml${withoutRedis}`, () => {
  it('computes what one sweep computes, and its worker leaves when it is told', async () => {
    const server = await startRedis({ password: 'open-sesame' });
    const RUNS = join(root, 'queue');
    const env = { ...process.env, REPRISE_REDIS_URL: server.url, RUNS, WORKERS: '2' };
    const command = commandOf('kubernetes-workers.yaml', 'worker');
    const worker = spawn('sh', ['-c', command], { cwd: clone, env });
    let said = '';
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.on('data', (text) => {
        said += text;
      });
    }
    const left = new Promise((done) => worker.once('close', done));
    try {
      const args = [launcher, 'run', experiment, '--queue', '--out', RUNS, '--json'];
      const { stdout, stderr } = await inClone(process.execPath, args, env as Variables);
      expect(JSON.parse(stdout)).toMatchObject({ scenarios: 5, ran: 5, skipped: 0, failed: 0 });
      expect(bytesOf(RUNS)).toEqual(wanted);
      worker.kill('SIGTERM');
      expect(await left).toBe(0);
      expect(said).toMatch(/^5 ran, 0 were there, 0 failed/m);
      expect(said + stdout + stderr).not.toMatch(new RegExp(`open-sesame|${server.port}`));
    } finally {
      worker.kill('SIGKILL');
      await server.stop();
    }
  });
});

describe('Containerfile', () => {
  const text = readFileSync(join(here, 'Containerfile'), 'utf8');

  it('starts from a Node that the package runs on', () => {
    const { engines } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'));
    expect(engines.node).toMatch(/^>=20\./);
    expect(text).toMatch(/^FROM docker\.io\/library\/node:20-/m);
  });

  it('copies all that the build and a sweep need', async () => {
    const image = join(root, 'image');
    mkdirSync(image);
    for (const [, words] of text.matchAll(/^COPY (.+)$/gm)) {
      const paths = (words as string).split(' ');
      const target = paths.pop() as string;
      for (const path of paths) {
        cpSync(join(clone, path), join(image, target === './' ? path : target), {
          recursive: true,
        });
      }
    }
    symlinkSync(join(clone, 'node_modules'), join(image, 'node_modules'));
    await inClone(process.execPath, ['src/dev/build.mjs'], {}, image);
    const out = join(root, 'in-image');
    const args = [
      'src/cli/launch.mjs',
      'run',
      experiment,
      '--shard',
      '0/5',
      '--out',
      out,
      '--json',
    ];
    const { stdout } = await inClone(process.execPath, args, {}, image);
    expect(JSON.parse(stdout)).toMatchObject({ scenarios: 1, ran: 1, failed: 0 });
    const first = readdirSync(join(root, 'whole')).sort()[0] as string;
    expect(readdirSync(out)).toEqual([first]);
  });
});
