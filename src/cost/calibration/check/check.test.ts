import { afterEach, describe, expect, it } from 'vitest';
import { a100Profile } from '../../gpu-profiles.ts';
import type { ConstantsFile } from '../constants-file.ts';
import { csvFolder } from '../csv-folder.fixture.ts';
import { type CheckOptions, checkCalibration } from './check.ts';

let removals: (() => void)[] = [];
afterEach(() => {
  for (const remove of removals) remove();
  removals = [];
});

async function check(files: Record<string, string>, options: Partial<CheckOptions> = {}) {
  const { path, remove } = csvFolder(files);
  removals.push(remove);
  return (await checkCalibration({ data: path, ...options })).result;
}

// A GEMM of 87.302972 us on the A100, 32.585804 us by the same shares on an H200.
const gemm = (latencies: readonly number[]) =>
  `m,n,k,dtype,latency_us\n${latencies.map((us) => `512,4096,4096,bf16,${us}\n`).join('')}`;

describe('checkCalibration', () => {
  it('summarises a family', async () => {
    const { families } = await check({ 'gemm.csv': gemm([87.302972 / 1.1, 87.302972 / 0.8]) });
    expect(families.length).toBe(1);
    expect(families[0]).toMatchObject({ family: 'gemm', gpu: 'a100-80gb', rows: 2 });
    expect(families[0]!.bias).toBeCloseTo(-5, 5);
    expect(families[0]!.mape).toBeCloseTo(15, 5);
    expect(families[0]!.median).toBeCloseTo(15, 5);
    expect(families[0]!.p90).toBeCloseTo(19, 5);
  });

  it('counts rows of no family by operation, source, framework and type', async () => {
    const header = 'source,framework,framework_version,dtype,m,n,k,latency_us,l2_hot\n';
    const row = (dtype: string) => `x,trtllm,1.0.0,${dtype},512,4096,4096,78.697344,False\n`;
    const { families, other } = await check({
      'gemm.csv': `${header}${row('sq')}${row('int4_wo')}${row('sq')}`,
      'mla.csv': 'phase,dtype,batch,q_len,kv_len,n_heads,latency_us\nprefill,bfloat16,1,4,4,16,9\n',
    });
    expect(families).toEqual([]);
    expect(
      other.map(({ op, source, framework, dtype, rows }) => [op, source, framework, dtype, rows]),
    ).toEqual([
      ['gemm', 'x', 'trtllm', 'sq', 2],
      ['gemm', 'x', 'trtllm', 'int4_wo', 1],
      ['mla prefill', null, null, 'bfloat16', 1],
    ]);
    expect(other[0]!.mape).toBeCloseTo(0, 5);
    expect(other[2]!.mape).toBeNull();
  });

  it('names the worst rows with their shapes', async () => {
    const { worst } = await check({ 'gemm.csv': gemm([87, 80, 200, 90, 60]) });
    expect(worst.map(({ measured }) => measured)).toEqual([200, 60, 80]);
    expect(worst[0]).toMatchObject({ group: 'gemm', unit: 'us', shape: { m: 512, n: 4096 } });
    expect(worst[0]!.error).toBeCloseTo(100 * (87.302972 / 200 - 1), 4);
  });

  it('takes the GPU from the profile, else the row, else info.csv, else the A100', async () => {
    const hardware = 'hardware,m,n,k,dtype,latency_us\nh100,512,4096,4096,bf16,40\n';
    const info = 'key,value\nname,NVIDIA H200\n';
    const gpuOf = async (files: Record<string, string>, options: Partial<CheckOptions> = {}) =>
      (await check(files, options)).families[0]?.gpu;
    const own = { 'gemm.csv': gemm([40]) };
    expect(await gpuOf(own)).toBe('a100-80gb');
    expect(await gpuOf({ ...own, 'info.csv': info })).toBe('h200');
    expect(await gpuOf({ 'gemm.csv': hardware, 'info.csv': info })).toBe('h100-80gb');
    expect(await gpuOf({ 'gemm.csv': hardware, 'info.csv': info }, { profile: 'a100' })).toBe(
      'a100-80gb',
    );
  });

  it('prices with the constants of a file, on the GPU of the row, else of the file', async () => {
    const gemmTree = {
      ...a100Profile.constants.gemm,
      startUs: { value: 105.18, unit: 'us', source: 'x' },
    };
    const constants: ConstantsFile = {
      gpu: 'h200',
      created_from: { files: [] },
      constants: { ...a100Profile.constants, gemm: gemmTree },
      held_out: {},
    };
    const { families } = await check({ 'gemm.csv': gemm([132.585804]) }, { constants });
    expect(families[0]).toMatchObject({ gpu: 'h200' });
    expect(families[0]!.mape).toBeCloseTo(0, 5);
  });

  it('skips rows of GPUs that are not known, with their number', async () => {
    const { families, skipped } = await check({
      'gemm.csv': 'hardware,m,n,k,dtype,latency_us\ntpu-v5,1,2,3,bf16,4\ntpu-v5,1,2,3,bf16,4\n',
    });
    expect(families).toEqual([]);
    expect(skipped).toEqual([{ model: 'gemm.csv', rows: 2, reason: 'unknown GPU "tpu-v5"' }]);
  });

  it('says which files it read and why it scores some not', async () => {
    const { files, ignored } = await check({
      'gemm.csv': gemm([90]),
      'decode_spread.csv': 'batch,sum_context,spread,latency_us\n8,8192,equal,6000\n',
      'else.csv': 'a\n1\n',
    });
    expect(files.map(({ file, rows, note }) => [file, rows, note !== undefined])).toEqual([
      ['decode_spread.csv', 1, true],
      ['gemm.csv', 1, false],
    ]);
    expect(ignored).toEqual(['else.csv']);
  });

  it('reports large calls of decode attention apart', async () => {
    const header = 'phase,batch,new_tokens,kv_len,heads,kv_heads,head_dim,latency_us\n';
    // 32 x 4096 tokens x 4 KiB: 537 MB; 2 x 1024 of them: 8 MB.
    const { families, selections } = await check({
      'attention.csv': `${header}decode,32,1,4096,32,8,128,374.584237\ndecode,2,1,1024,32,8,128,50\n`,
    });
    expect(families[0]!.rows).toBe(2);
    expect(selections.map(({ rows }) => rows)).toEqual([1]);
    expect(selections[0]!.selection).toContain('over 80 MB');
    expect(selections[0]!.mape).toBeCloseTo(0, 5);
  });
});
