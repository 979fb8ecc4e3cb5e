import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../units/input-error.ts';
import { addCost } from './cost.ts';

/** What a command line writes to stdout and stderr. */
async function run(...words: string[]): Promise<{ out: string; err: string }> {
  const texts = { out: '', err: '' };
  const capture = (name: 'out' | 'err') => (text: unknown) => {
    texts[name] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(capture('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(capture('err'));
  const program = new Command('reprise').exitOverride();
  addCost(program);
  for (const command of program.commands.flatMap((c) => [c, ...c.commands])) command.exitOverride();
  await program.parseAsync(['cost', ...words], { from: 'user' });
  return texts;
}

const llama = ['step', '--model', 'llama-2-70b', '--gpu', 'a100-80gb', '--tp', '8'];

afterEach(() => vi.restoreAllMocks());

describe('cost step', () => {
  it('gives one JSON document whose operations add up to the kernels', async () => {
    const { out, err } = await run(...llama, '--decode', '32x4096', '--json');
    const result = JSON.parse(out);
    expect(Object.keys(result)).toEqual(['total_ms', 'kernels_ms', 'operations']);
    expect(result.kernels_ms).toBeCloseTo(21.10054, 4);
    expect(result.total_ms).toBeCloseTo(result.kernels_ms + 0.5 + 160 * 0.009, 9);
    expect(Object.keys(result.operations[0])).toEqual(['name', 'calls', 'ms', 'roofline_ms']);
    const sum = result.operations.reduce((s: number, o: { ms: number }) => s + o.ms, 0);
    expect(sum).toBeCloseTo(result.kernels_ms, 9);
    expect(err).toBe('');
  });

  it('takes prompts after cached tokens, several at a time, with decoding sequences', async () => {
    const ms = async (...work: string[]) =>
      JSON.parse((await run(...llama, ...work, '--profile', 'kernels-only', '--json')).out)
        .total_ms;
    expect(await ms('--prefill', '512+8192')).toBeCloseTo(76.95171, 2);
    const two = await ms('--prefill', '512+8192', '--prefill', '100');
    expect(two).toBeGreaterThan(76.952);
    expect(
      await ms('--prefill', '512+8192', '--prefill', '100', '--decode', '8x64'),
    ).toBeGreaterThan(two);
  });

  it('prints a table for people, with shares and efficiencies', async () => {
    const { out } = await run(...llama, '--prefill', '2048');
    expect(out).toMatch(/ffn-up +80 +84\.702 +34\.5 % +\d+\.\d+ +\d+\.\d %/);
    expect(out).toContain('engine modern-cuda-graphs');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('says on stderr what the calibration does not cover', async () => {
    const { err } = await run(
      'step',
      '--model',
      'deepseek-v2-lite',
      '--gpu',
      'h100',
      '--prefill',
      '9',
    );
    expect(err).toContain('constants fitted on the A100');
    expect(err).toContain('latent attention');
  });

  it.each([
    [['--model', 'lama-2-70b', '--prefill', '1'], 'did you mean llama-2-70b?'],
    [
      ['--model', 'llama-2-70b', '--tp', '3', '--prefill', '1'],
      'must divide its 64 attention heads',
    ],
    [['--model', 'llama-2-70b', '--decode', '32'], 'BxCONTEXT'],
    [['--model', 'llama-2-70b', '--decode', '0x5'], 'BxCONTEXT'],
    [['--model', 'llama-2-70b', '--prefill', '1+'], 'N or N+CACHED'],
    [['--model', 'llama-2-70b', '--prefill', '-1'], 'N or N+CACHED'],
    [['--model', 'llama-2-70b', '--tp', '2.5', '--prefill', '1'], 'a whole number from 1 on'],
    [['--model', 'llama-2-70b'], 'nothing to time'],
    [['--model', 'llama-2-70b', '--prefill', '1', '--gpu', 'a1000'], 'did you mean a100'],
  ])('refuses %o', async (words, message) => {
    const failure = run('step', ...words);
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(message);
  });
});

describe('cost profiles', () => {
  it('lists every profile, constant and link with its source', async () => {
    const listed = JSON.parse((await run('profiles', '--json')).out);
    expect(listed.profiles.map((p: { name: string }) => p.name)).toContain('modern-cuda-graphs');
    for (const entry of [
      ...listed.profiles,
      ...listed.constants,
      ...listed.links,
      ...listed.hosts,
    ]) {
      expect(entry.source).toBeTruthy();
    }
    for (const { terms, heldOutMape } of listed.profiles) {
      expect(terms.length).toBeGreaterThanOrEqual(8);
      expect(terms.every((t: { unit: string; source: string }) => t.unit && t.source)).toBe(true);
      expect(heldOutMape).toBeGreaterThan(0);
    }
    const { out } = await run('profiles');
    expect(out).toContain('gemm.flopsShare');
    expect(out).toContain('kernels alone 23.1 %, with the terms 5 %, held out 3.6 % (38 points)');
  });

  it('gives what only some engines have, with unit and source', async () => {
    const { profiles } = JSON.parse((await run('profiles', '--json')).out);
    const { terms, graphBatches, logs } = profiles.find(
      ({ name }: { name: string }) => name === 'h200-research-engine',
    );
    const names = terms.map(({ name }: { name: string }) => name.split('.').slice(2).join('.'));
    expect(names).toEqual(
      expect.arrayContaining([
        'prefill.launchMsPerExtraPrompt',
        'kernels.decodeAttention.kvShare',
        'firstLengthMs',
      ]),
    );
    expect(graphBatches.at(-1)).toBe(128);
    expect(logs).toHaveLength(3);
    const { out } = await run('profiles');
    expect(out).toMatch(/^ +prefill +0\.617 +3\.99 +0 +3\.59 +0$/m);
    expect(out).toContain('kernel of its own: decodeAttention.blockUs');
    expect(out).toContain('first prompt of each length: 44.9 ms');
    expect(out).toMatch(/checked, code-chunked2048: median \d/);
  });

  it('gives the constants of every GPU, and the measured errors of engines and families', async () => {
    const listed = JSON.parse((await run('profiles', '--json')).out);
    expect(listed.gpu_profiles.map(({ gpu }: { gpu: string }) => gpu)).toEqual([
      'a100-80gb',
      'h200',
    ]);
    for (const { constants } of listed.gpu_profiles) {
      expect(constants.every((c: { unit: string; source: string }) => c.unit && c.source)).toBe(
        true,
      );
    }
    const modern = listed.profiles[0].measured;
    expect(modern.some(({ fitted_rows }: { fitted_rows: number }) => fitted_rows > 0)).toBe(true);
    expect(modern.some(({ fitted_rows }: { fitted_rows: number }) => fitted_rows === 0)).toBe(true);
    expect(listed.errors.map(({ family }: { family: string }) => family)).toContain('allreduce');
  });

  it('is at most 100 columns wide', async () => {
    const { out } = await run('profiles');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
