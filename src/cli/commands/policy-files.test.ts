import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../trace/locate.ts';
import { main } from '../program.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-policy-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function reprise(...argv: string[]) {
  let out = '';
  let err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
  return { code: await main(argv), out, err };
}

// A folder as researchers have them: without a package.json.
function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

write('step.ts', 'export const step = 1;');
write(
  'back-and-forth.ts',
  `import { definePolicy, type Placer } from 'reprise';
   import { step } from './step';
   const parameters = { turns: { type: 'integer', default: 1, doc: 'requests before it turns' } } as const;
   export default definePolicy<Placer, typeof parameters>({
     kind: 'back-and-forth', doc: 'goes up, then down', source: 'a test', parameters,
     oracle: () => ['future'],
     create: ({ turns }) => {
       let placed = 0;
       return {
         place(_task, view, out) {
           const round = Math.floor(placed++ / turns) * step;
           const at = round % (2 * view.instances);
           out.prefill = at < view.instances ? at : 2 * view.instances - 1 - at;
         },
       };
     },
   });`,
);
const system = {
  trace: 'kimi-like',
  limits: { requests: 120 },
  groups: [{ count: 3, model: 'llama-3.1-8b', tp: 2 }],
};
const scenario = write(
  'scenario.json',
  JSON.stringify({ ...system, placement: { kind: './back-and-forth.ts' } }),
);
const experiment = write(
  'mine.experiment.json',
  JSON.stringify({
    name: 'mine',
    paper: 'test',
    question: 'Does a file of mine run as the rest?',
    scenarios: {
      grid: {
        base: system,
        axes: {
          placement: { set: 'placement.kind', to: ['round-robin', './back-and-forth.ts'] },
          rate: { set: 'arrivals.rate.factor', to: [1, 2] },
        },
      },
    },
  }),
);

/** sha256 of each file of the runs in a folder, but run.json. */
function bytesOf(out: string): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const run of readdirSync(out).sort()) {
    for (const file of readdirSync(join(out, run)).sort()) {
      if (file === 'run.json') continue;
      const hash = createHash('sha256').update(readFileSync(join(out, run, file)));
      hashes[`${run}/${file}`] = hash.digest('hex');
    }
  }
  return hashes;
}

async function json(...argv: string[]) {
  const { code, out, err } = await reprise(...argv, '--json');
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  return JSON.parse(out);
}

describe('a policy that is a file', () => {
  const swept = join(folder, 'swept');
  const alone = join(folder, 'alone');

  it('gives the same keys and bytes on two workers of an experiment and in a replay', async () => {
    const counts = { scenarios: 4, ran: 4, skipped: 0, failed: 0 };
    expect(await json('run', experiment, '--workers', '2', '--out', swept)).toMatchObject(counts);
    for (const factor of [1, 2]) {
      await json('replay', scenario, '--set', `arrivals.rate.factor=${factor}`, '--out', alone);
    }
    expect(readdirSync(alone)).toHaveLength(2);
    expect(bytesOf(swept)).toMatchObject(bytesOf(alone));
    const again = await json('run', experiment, '--out', swept);
    expect(again).toMatchObject({ ran: 0, skipped: 4 });
  });

  it('shows by its path and its oracles in SQL, and with its hash in run.json', async () => {
    const rows = await json(
      'sql',
      'SELECT DISTINCT placement, oracles FROM runs ORDER BY ALL',
      '--runs',
      swept,
    );
    expect(rows).toEqual([
      { placement: './back-and-forth.ts', oracles: 'future' },
      { placement: 'round-robin', oracles: 'none' },
    ]);
    const [run] = readdirSync(alone);
    const sidecar = JSON.parse(readFileSync(join(alone, run!, 'run.json'), 'utf8'));
    expect(sidecar.policies).toEqual([
      {
        kind: './back-and-forth.ts',
        path: join(folder, 'back-and-forth.ts'),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    const written = readFileSync(join(alone, run!, 'scenario.json'), 'utf8');
    expect(written).toContain('"placement":{"kind":"./back-and-forth.ts","turns":1}');
    expect(written).not.toContain(folder);
  });

  it('is to run again when what it imports has changed', async () => {
    const dry = () => json('run', experiment, '--dry-run', '--out', swept);
    expect((await dry()).would_run).toEqual([]);
    const before = readdirSync(alone);
    write('step.ts', 'export const step = 2;');
    const { run } = await json('replay', scenario, '--out', alone);
    expect(before).not.toContain(run);
    const missing = (await dry()).would_run;
    expect(missing).toHaveLength(2);
    expect(JSON.stringify(missing)).toContain(run);
    write('step.ts', 'export const step = 1;');
  });

  it('that fails in the middle of an experiment leaves the other runs alone, and is named', async () => {
    write(
      'back-and-forth.ts',
      `export default { kind: 'x', doc: 'x', source: 'x', parameters: {},
         create: () => ({ place: (task, view) => { throw new Error('lost ' + task); } }) };`,
    );
    const out = join(folder, 'failing');
    const { code, out: text } = await reprise(
      'run',
      experiment,
      '--workers',
      '1',
      '--out',
      out,
      '--json',
    );
    expect(code).toBe(1);
    const { ran, failed, failures } = JSON.parse(text);
    expect([ran, failed]).toEqual([2, 2]);
    expect(failures[0].message).toMatch(
      /^the policy fails in place \(.*back-and-forth\.ts.*: lost 0/,
    );
    const replay = await reprise('replay', scenario, '--out', out);
    expect(replay.code).toBe(2);
    expect(replay.err).toContain('error: the policy fails in place (');
  });

  it('has a reference of its own', async () => {
    const file = join(packageRoot(), 'experiments', 'scenarios', 'my-policy.ts');
    const [section] = await json('policies', file);
    expect(section.policies).toMatchObject([
      { kind: 'power-of-choices', oracle: [], parameters: { choices: { default: 2, min: 1 } } },
    ]);
    const { out } = await reprise('policies', file);
    expect(out).toContain('choices = 2 instances');
    const { code, err } = await reprise('policies', './none.ts');
    expect([code, err]).toEqual([2, expect.stringContaining('no such policy file (none.ts)')]);
  });

  it('that is wrong is refused before anything runs', async () => {
    const { code, err } = await reprise('replay', scenario, '--set', 'placement.kind=./non.ts');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^error: no such policy file \(placement, .*non\.ts\): a policy's path is/m,
    );
  });
});
