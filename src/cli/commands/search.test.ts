import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { addSearch } from './search.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-search-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const space = join(folder, 'space.json');
writeFileSync(
  space,
  JSON.stringify({
    base: { trace: 'kimi-like', groups: [{ model: 'llama-3.1-8b' }], limits: { requests: 100 } },
    parameters: {
      instances: { set: 'groups.0.count', choices: [1, 2, 4] },
      model: { set: 'groups.0.model', choices: ['llama-3.1-8b', 'llama-65b'] },
    },
    constraints: ['e2e_p99_ms < 1e6'],
  }),
);

/** Runs the command; what it prints on stdout. */
async function search(...argv: string[]): Promise<string> {
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  const program = new Command().exitOverride().configureOutput({ outputError: () => {} });
  addSearch(program);
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  const out = ['--out', join(folder, 'runs'), '--workers', '1'];
  await program.parseAsync(['search', ...argv, ...out], { from: 'user' });
  return stdout;
}

const asked = [space, '--objective', 'min:ttft_p99_ms', '--budget', '6'];

describe('reprise search', () => {
  it('prints one JSON document with the fields that others build on', async () => {
    const result = JSON.parse(await search(...asked, '--compare-exhaustive', '--json'));
    expect(result).toMatchObject({
      ...{ objective: 'min:ttft_p99_ms', method: 'surrogate', budget: 6, evaluated: 6 },
      best: { parameters: { instances: 4, model: 'llama-3.1-8b' }, run: expect.any(String) },
      exhaustive: { points: 6, regret: 0, rank: 1 },
    });
    expect(result.history).toHaveLength(6);
    expect(result.best.value).toBe(result.history.at(-1).best);
  });

  it('prints the best points, the way there and why others do not count', async () => {
    const study = join(folder, 'study.csv');
    const text = await search(...asked, '--method', 'random', '--study', study);
    expect(text).toMatch(/6 of 6 points tried \(100\.0 %\), 6 of 6 full runs spent/);
    expect(text).toMatch(/3 x no memory left for KV/);
    expect(text).toMatch(/best so far {2}[▁▂▃▄▅▆▇█]+ /);
    expect(text).toMatch(/objective +instances +model +trial +run\n +[\d.]+ +4 +llama-3\.1-8b/);
    expect(text).toContain(study);
    expect(text).toMatch(/Next: reprise sql/);
  });

  it('says so when nothing meets the constraints', async () => {
    const impossible = join(folder, 'impossible.json');
    const parameters = { instances: { set: 'groups.0.count', choices: [1, 2] } };
    const base = {
      trace: 'kimi-like',
      groups: [{ model: 'llama-3.1-8b' }],
      limits: { requests: 50 },
    };
    writeFileSync(
      impossible,
      JSON.stringify({ base, parameters, constraints: ['ttft_p99_ms < 0'] }),
    );
    const argv = [impossible, '--objective', 'min:gpus', '--budget', '2'];
    const text = await search(...argv);
    expect(text).toMatch(/2 x breaks ttft_p99_ms < 0/);
    expect(text).toMatch(/No point meets the constraints/);
    expect(JSON.parse(await search(...argv, '--json')).best).toBeNull();
  });

  it.each([
    [['--objective', 'min:gpus'], /required option '--budget <n>'/],
    [['--objective', 'min:gpus', '--budget', '0'], /--budget\): a whole number, at least 1/],
    [
      ['--objective', 'min:gpus', '--budget', '2', '--method', 'halfing'],
      /unknown method "halfing": did you mean halving\?/,
    ],
    [['--objective', 'min:gpus', '--budget', '2', '--study', 'a.xls'], /no format for the study/],
  ])('refuses %j', async (options, message) => {
    await expect(search(space, ...options)).rejects.toThrow(message);
  });
});
