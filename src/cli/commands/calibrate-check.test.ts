import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { csvFolder } from '../../cost/calibration/csv-folder.fixture.ts';
import { InputError } from '../../units/input-error.ts';
import { addCalibrate } from './calibrate.ts';

let removals: (() => void)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const remove of removals) remove();
  removals = [];
});

/** What the command line writes to stdout and stderr. */
async function run(...words: string[]): Promise<{ out: string; err: string }> {
  const texts = { out: '', err: '' };
  const capture = (name: 'out' | 'err') => (text: unknown) => {
    texts[name] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(capture('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(capture('err'));
  const program = new Command('reprise').exitOverride();
  addCalibrate(program);
  for (const command of program.commands.flatMap((c) => [c, ...c.commands])) command.exitOverride();
  await program.parseAsync(['calibrate', ...words], { from: 'user' });
  return texts;
}

function data(): string {
  const { path, remove } = csvFolder({
    'gemm.csv': 'm,n,k,dtype,latency_us\n512,4096,4096,bf16,100\n512,4096,4096,int4,100\n',
    'iterations.csv': `engine,engine_version,model,tp,phase,batch,prompt_len,ctx_per_request,latency_ms
vllm,0.6.0 (graphs),llama2-70b,8,decode,32,1,4096,20
vllm,0.6.0 (graphs),no-such-model,8,decode,32,1,4096,20\n`,
    'notes.csv': 'a\n1\n',
  });
  removals.push(remove);
  return path;
}

describe('calibrate check', () => {
  it('gives one JSON document with the errors of every level', async () => {
    const { out, err } = await run('check', '--data', data(), '--json');
    const result = JSON.parse(out);
    expect(err).toBe('');
    expect(Object.keys(result)).toEqual(
      expect.arrayContaining(['families', 'other', 'end_to_end', 'skipped', 'worst']),
    );
    const [family] = result.families;
    expect(family).toMatchObject({ family: 'gemm', rows: 1 });
    for (const error of ['mape', 'median', 'p90']) expect(family[error]).toBeCloseTo(12.697, 3);
    expect(family.bias).toBeCloseTo(-12.697, 3);
    expect(result.other).toMatchObject([{ source: null, framework: null, dtype: 'int4', rows: 1 }]);
    expect(result.end_to_end).toMatchObject([
      { engine: 'vllm 0.6.0', model: 'llama2-70b', tp: 8, phase: 'decode', rows: 1 },
    ]);
    expect(result.skipped).toMatchObject([{ model: 'no-such-model', rows: 1 }]);
    expect(result.ignored).toEqual(['notes.csv']);
  });

  it('prints a table per level, and what was left out', async () => {
    const { out, err } = await run('check', '--data', data());
    expect(out).toMatch(/^gemm +a100-80gb +1 +-12\.7 +12\.7 +12\.7 +12\.7 +-$/m);
    // 23.04 ms with the default profile, which is the engine's own and was fitted on it.
    expect(out).toMatch(
      /^vllm 0\.6\.0 +llama2-70b +8 +decode +a100-80gb +1 +5\.5 +5\.5 +5\.5 +15\.2\* +15\.2\* +modern/m,
    );
    expect(out).toMatch(/^no-such-model +1 +unknown model/m);
    expect(err).toBe('ignored, no known name: notes.csv\n');
  });

  it('prices another GPU on request, and refuses one that there is not', async () => {
    const { out } = await run('check', '--data', data(), '--profile', 'h100', '--json');
    expect(JSON.parse(out).families[0].gpu).toBe('h100-80gb');
    await expect(run('check', '--data', data(), '--profile', 'h300')).rejects.toThrow(InputError);
  });

  it('exits 1 and says why where nothing was scored', async () => {
    const row = '512,4096,4096,bf16,100\n';
    const header = 'm,n,k,dtype,latency_us\n';
    const scored = async (files: Record<string, string>, ...words: string[]) => {
      const { path, remove } = csvFolder(files);
      removals.push(remove);
      process.exitCode = undefined;
      const { err } = await run('check', '--data', path, ...words);
      const code = process.exitCode;
      process.exitCode = undefined;
      return [code, err];
    };
    const info = { 'gemm.csv': header + row, 'info.csv': 'key,value\nname,NVIDIA L40S\n' };
    const [code, said] = await scored(info);
    expect(code).toBe(1);
    expect(said).toMatch(/^nothing was scored: unknown GPU "NVIDIA L40S"; .*--peaks flops=/);
    expect(await scored({ 'gemm.csv': header }, '--json')).toEqual([
      1,
      'nothing was scored: the files hold no rows that are scored\n',
    ]);
    expect(await scored(info, '--peaks', 'flops=362e12,hbm=864e9')).toEqual([undefined, '']);
    await expect(scored(info, '--peaks', 'flop=362e12')).rejects.toThrow(/did you mean flops\?/);
    await expect(scored(info, '--peaks', 'flops=many')).rejects.toThrow(/a number above 0/);
  });

  it('says that it took the GPU to be an A100', async () => {
    const { out } = await run('check', '--data', data());
    expect(out).toMatch(/Nothing says which GPU was measured: taken to be a100-80gb/);
  });

  it('takes a profile or constants, not both', async () => {
    const both = run('check', '--data', data(), '--profile', 'a100', '--constants', 'c.json');
    await expect(both).rejects.toThrow(/cannot be used with/);
  });

  it('records the figures of one GPU, with no measured time and no folder of this machine', async () => {
    const folder = data();
    const file = join(folder, 'a100.json');
    const { err } = await run('check', '--data', folder, '--of', 'a100', '--record', file);
    expect(err).toContain(`wrote ${file}`);
    const text = readFileSync(file, 'utf8');
    const record = JSON.parse(text);
    expect(record.command).toBe('reprise calibrate check --data DATA --of a100 --record FILE');
    expect(record.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(record.families).toMatchObject([{ family: 'gemm', rows: 1, mape: 12.7 }]);
    expect(record.sources).toMatchObject([
      { file: 'gemm.csv', rows: 2 },
      { file: 'iterations.csv', rows: 2 },
    ]);
    expect(text).not.toContain(folder);
    expect(text).not.toContain('"measured"');
  });

  it('writes a page that loads nothing', async () => {
    const folder = data();
    const file = join(folder, 'pages', 'check.html');
    await run('check', '--data', folder, '--page', file);
    expect(existsSync(file)).toBe(true);
    const html = readFileSync(file, 'utf8');
    expect(html).toContain('How far is the clock from these measurements?');
    expect(html).toContain('id="measured-a100-80gb"');
    const bare = html.replaceAll(/<script[\s\S]*?<\/script>/g, '');
    const outside = bare.match(/(?:src|href)="(?!#|data:)[^"]*"/g);
    expect(outside).toBeNull();
  });
});
