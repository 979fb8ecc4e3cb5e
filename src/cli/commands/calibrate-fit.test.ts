import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkCalibration } from '../../cost/calibration/check/check.ts';
import { readConstantsFile } from '../../cost/calibration/constants-file.ts';
import { csvFolder } from '../../cost/calibration/csv-folder.fixture.ts';
import { addFit } from './calibrate-fit.ts';
import { addForms } from './calibrate-forms.ts';

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
  const calibrate = new Command('calibrate').exitOverride();
  for (const add of [addFit, addForms]) add(calibrate);
  for (const command of calibrate.commands) command.exitOverride();
  await calibrate.parseAsync(words, { from: 'user' });
  return texts;
}

/** Products that take 5 us and 1 ns for each million of FLOPs, those of one shape twice that. */
function data(): string {
  const rows = [1024, 2048, 3072, 4096, 5120].flatMap((n) =>
    [1, 32, 1024, 8192].map((m) => {
      const slow = n === 5120 ? 2 : 1;
      return `${m},${n},4096,bf16,${5 + (slow * 2 * m * n * 4096) / 500e6}`;
    }),
  );
  const { path, remove } = csvFolder({
    'info.csv': 'key,value\nname,NVIDIA H200\n',
    'gemm.csv': `m,n,k,dtype,latency_us\n${rows.join('\n')}\n`,
  });
  removals.push(remove);
  return path;
}

describe('calibrate fit', () => {
  it('writes the constants and gives them with all errors as one JSON document', async () => {
    const folder = data();
    const output = join(folder, 'c.json');
    const { out, err } = await run(
      ...['fit', '--data', folder, '-o', output],
      ...['--draws', '4', '--seed', '5', '--json'],
    );
    const { families, elementwise_of_steps, host_links, ...file } = JSON.parse(out);
    expect(JSON.parse(readFileSync(output, 'utf8'))).toEqual(file);
    expect(file.created_from.seed).toBe(5);
    expect(families).toHaveLength(1);
    expect(families[0].held_out).toMatchObject({ rows: 20, shapes: 5 });
    expect(families[0].constants.map(({ path }: { path: string }) => path)).toContain(
      'gemm.flopsShare',
    );
    expect([elementwise_of_steps, host_links]).toEqual([null, []]);
    expect(err).toBe('');
  });

  it('prints constants with intervals, and errors of held-out and of fitted rows', async () => {
    const folder = data();
    const { out } = await run(
      ...['fit', '--data', folder, '-o', join(folder, 'c.json'), '--draws', '4'],
    );
    expect(out).toMatch(/gemm +gemm\.flopsShare +0\.\d+ +0\.\d+ to 0\.\d+/);
    expect(out).toMatch(/gemm\.waves +0\.000 +neutral: no better with it/);
    expect(out).toMatch(/gemm +held out +5 +20/);
    expect(out).toMatch(/gemm +fitted +5 +20/);
  });

  it('refuses what it could not write or does not know before it fits', async () => {
    const folder = data();
    const doFit = (...words: string[]) => run('fit', '--data', folder, '--draws', '4', ...words);
    const nowhere = join(folder, 'none', 'y.json');
    await expect(doFit('-o', nowhere)).rejects.toThrow(/no such folder .*none/);
    await expect(doFit('-o', folder)).rejects.toThrow(/is a folder/);
    const keep = doFit('-o', join(folder, 'c.json'), '--keep', 'wave');
    await expect(keep).rejects.toThrow(/unknown constant .*wave.* did you mean waves\?/);
  });

  it('fits a GPU that is not in the table on its peaks, and says what it needs without', async () => {
    const folder = data();
    writeFileSync(join(folder, 'info.csv'), 'key,value\nname,NVIDIA L40S\nsms,142\n');
    const output = join(folder, 'c.json');
    const doFit = (...words: string[]) =>
      run('fit', '--data', folder, '-o', output, '--draws', '0', ...words);
    await expect(doFit()).rejects.toThrow(/no peaks .* "NVIDIA L40S" .*--peaks flops=FLOP\/S,hbm=/);
    const { out } = await doFit('--peaks', 'flops=362e12,hbm=864e9');
    // No samples, no interval.
    expect(out).toMatch(/gemm +gemm\.startUs +\d[\d.]* +-$/m);
    const file = readConstantsFile(output);
    expect(file.constants.gemm.startUs).not.toHaveProperty('interval');
    expect([file.gpu, file.peaks]).toEqual([
      'NVIDIA L40S',
      { flopsPerS: 362e12, hbmBytesPerS: 864e9, smCount: 142 },
    ]);
    const { result } = await checkCalibration({ data: folder, constants: file });
    const [family] = result.families;
    expect(family).toMatchObject({ gpu: 'NVIDIA L40S', rows: 20, fitted_rows: 20 });
    expect(family!.mape).toBeLessThan(25);
  });

  it('says that it took the GPU to be an A100', async () => {
    const folder = data();
    rmSync(join(folder, 'info.csv'));
    const words = ['fit', '--data', folder, '-o', join(folder, 'c.json'), '--draws', '0'];
    expect((await run(...words)).out).toMatch(/nothing says which GPU .* a100-80gb/);
  });
});

describe('calibrate forms', () => {
  it('lists forms of what the folder holds beside each other', async () => {
    const { out } = await run('forms', '--data', data(), '--json');
    const forms = JSON.parse(out);
    expect(forms.map(({ of, form }: { of: string; form: string }) => `${of}: ${form}`)).toEqual([
      'gemm: roofline',
      'gemm: with waves',
      'gemm: times residuals',
    ]);
    expect(forms.every(({ rows }: { rows: number }) => rows === 20)).toBe(true);
    const table = await run('forms', '--data', data());
    expect(table.out).toMatch(/gemm +times residuals +20/);
  });
});
