import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { gpuNamed } from '../../../hardware/gpus.ts';
import { valuesOf } from '../../constants.ts';
import { a100Profile, treeOfVariant } from '../../gpu-profiles.ts';
import { h200Profile } from '../../h200.ts';
import { Kernels } from '../../kernels.ts';
import type { ConstantsFile } from '../constants-file.ts';
import { csvFolder } from '../csv-folder.fixture.ts';
import { type CheckOptions, checkCalibration, isScored } from './check.ts';

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

  it('prices a GPU that is not in the table by its peaks, of info.csv, options or constants', async () => {
    const own = { 'gemm.csv': gemm([87.302972]) };
    const named = 'key,value\nname,NVIDIA L40S\nsms,142\n';
    const peaks = { flopsPerS: 312e12, hbmBytesPerS: 2.039e12 };
    const said = `${named}flops_per_s,312e12\nhbm_bytes_per_s,2.039e12\n`;
    const fitted: ConstantsFile = {
      gpu: 'NVIDIA L40S',
      peaks,
      created_from: { files: [] },
      constants: a100Profile.constants,
      held_out: {},
    };
    for (const result of [
      await check({ ...own, 'info.csv': said }),
      await check({ ...own, 'info.csv': named }, { peaks }),
      await check({ ...own, 'info.csv': named }, { constants: fitted }),
      await check(own, { peaks, profile: 'NVIDIA L40S' }),
    ]) {
      expect(result.families).toMatchObject([{ family: 'gemm', gpu: 'NVIDIA L40S', rows: 1 }]);
      expect(result.families[0]!.mape).toBeCloseTo(0, 5);
    }
    const unsaid = await check({ ...own, 'info.csv': named });
    expect([unsaid.families, isScored(unsaid)]).toEqual([[], false]);
    await expect(check(own, { peaks, profile: 'h200' })).rejects.toThrow(/peaks of h200 are known/);
  });

  it('says where the GPU is a guess', async () => {
    expect((await check({ 'gemm.csv': gemm([90]) })).assumed_gpu).toBe('a100-80gb');
    expect((await check({ 'gemm.csv': gemm([90]) }, { profile: 'a100' })).assumed_gpu).toBeNull();
  });

  it('marks rows whose file or source the constants were fitted on', async () => {
    const text = gemm([90]);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const errors = { rows: 1, shapes: 1, bias: 0, mape: 7.5, median: 7.5, p90: 7.5 };
    const constants: ConstantsFile = {
      gpu: 'h200',
      created_from: { files: [{ file: 'elsewhere/gemm.csv', sha256 }] },
      constants: a100Profile.constants,
      held_out: { gemm: errors },
      fitted: { gemm: errors },
    };
    const fitted = await check({ 'gemm.csv': text }, { constants });
    expect(fitted.families[0]).toMatchObject({ fitted_rows: 1, held_out_mape: 7.5 });
    const other = await check({ 'gemm.csv': gemm([91]) }, { constants });
    expect(other.families[0]).toMatchObject({ fitted_rows: 0, held_out_mape: null });
    const header = 'hardware,source,m,n,k,dtype,latency_us\n';
    const vidur = (gpu: string) => `${gpu},microsoft/vidur@7d475133,512,4096,4096,bf16,90\n`;
    const shipped = await check({ 'gemm.csv': `${header}${vidur('a100')}${vidur('h100')}` });
    expect(shipped.families).toMatchObject([
      { gpu: 'a100-80gb', fitted_rows: 1, held_out_mape: 8.4 },
      { gpu: 'h100-80gb', fitted_rows: 0, held_out_mape: null },
    ]);
  });

  it("prices an engine's fused experts and all-reduces with its own constants", async () => {
    const moe =
      'framework,hardware,dtype,num_tokens,hidden,inter,topk,n_experts,moe_tp,moe_ep,latency_us\n';
    const collective = 'framework,hardware,collective,impl,n_gpus,gpus_per_node,bytes,latency_us\n';
    const predicted = async (framework: string) => {
      const { worst } = await check({
        'moe.csv': `${moe}${framework},h200,bf16,64,4096,1024,2,8,1,1,100\n`,
        'collective.csv': `${collective}${framework},h200,all_reduce,custom_graph,2,8,65536,10\n`,
      });
      return new Map(worst.map((row) => [row.group, row.predicted]));
    };
    const [own, common] = [await predicted('vllm'), await predicted('other')];
    const kernels = new Kernels(
      gpuNamed('h200'),
      valuesOf(treeOfVariant(h200Profile, 'vllm-0.14-h200')),
    );
    expect(own.get('allreduce')).toBeCloseTo(kernels.allReduceUs(65536, 2, 'custom'), 6);
    expect(own.get('allreduce')).not.toBeCloseTo(common.get('allreduce')!, 1);
    expect(own.get('moe')).toBeGreaterThan(0);
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
    expect(selections.map(({ selection, rows }) => [selection, rows])).toEqual([
      ['decode attention, over 80 MB of KV per call, all', 1],
      ['decode attention, over 80 MB of KV per call, up to 256 sequences', 1],
    ]);
    expect(selections[0]!.mape).toBeCloseTo(0, 5);
  });
});
