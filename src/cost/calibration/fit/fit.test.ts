import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { gpuNamed } from '../../../hardware/gpus.ts';
import { InputError } from '../../../units/input-error.ts';
import { contextOf } from '../../analytic-clock.ts';
import { breakDown } from '../../breakdown.ts';
import { valuesOf } from '../../constants.ts';
import { profileOfGpu } from '../../gpu-profiles.ts';
import { Kernels, kernelConstants } from '../../kernels.ts';
import { elementwiseConstants } from '../../plain-elementwise.ts';
import { profileNamed } from '../../profiles.ts';
import { addDecodes, addPrefill, newStepWork } from '../../work.ts';
import { checkCalibration } from '../check/check.ts';
import { decodeAttentionUs } from '../check/kernel-forms.ts';
import { parseConstantsFile, profileOfFile } from '../constants-file.ts';
import { csvFolder } from '../csv-folder.fixture.ts';
import { fitConstants } from './fit.ts';

const folders: (() => void)[] = [];
afterEach(() => {
  for (const remove of folders.splice(0)) remove();
});

function folderOf(files: Record<string, string>): string {
  const { path, remove } = csvFolder(files);
  folders.push(remove);
  return path;
}

const h200 = gpuNamed('h200');
const info = 'key,value\nname,NVIDIA H200\ntorch,2.11.0\n';

/** Products of a GPU with 60 % of its FLOPs and 90 % of its bandwidth. */
function gemmCsv(columns = 'm,n,k,dtype,latency_us', suffix = ''): string {
  const base = kernelConstants();
  const gemm = { startUs: 5, flopsShare: 0.6, bytesShare: 0.9, exponent: 3, waves: 0 };
  const kernels = new Kernels(h200, { ...base, gemm });
  const rows = [1024, 2048, 3072, 4096, 6144, 8192, 10_240, 12_288].flatMap((n) =>
    [1024, 4096].flatMap((k) =>
      [1, 16, 64, 256, 1024, 4096].map(
        (m) => `${m},${n},${k},bf16,${kernels.productUs(m, n, k).toFixed(3)}${suffix}`,
      ),
    ),
  );
  return `${[columns, ...rows].join('\n')}\n`;
}

describe('fitConstants', () => {
  it('writes a file that reads back, with hashes, versions and the families without data', async () => {
    const data = folderOf({ 'info.csv': info, 'gemm.csv': gemmCsv(), 'notes.csv': 'a\n1\n' });
    const { file, families } = await fitConstants({ data, draws: 5, seed: 2 });
    expect(families.map(({ family }) => family.name)).toEqual(['gemm']);
    expect(parseConstantsFile(JSON.parse(JSON.stringify(file)), 'c.json')).toEqual(file);
    const text = readFileSync(join(data, 'gemm.csv'));
    expect(file.created_from).toEqual({
      files: [{ file: 'gemm.csv', sha256: createHash('sha256').update(text).digest('hex') }],
      seed: 2,
      versions: { name: 'NVIDIA H200', torch: '2.11.0' },
    });
    expect(file.gpu).toBe('h200');
    expect(file.constants.gemm.flopsShare.value).toBeCloseTo(0.6, 3);
    expect(file.constants.gemm.flopsShare.source).toBe(
      'fitted on NVIDIA H200, PyTorch 2.11.0; seed 2',
    );
    const before = profileOfGpu(gpuNamed('h200')).constants;
    expect(file.constants.decodeAttention).toEqual(before.decodeAttention);
    // The element-wise constants that stay are of these steps.
    expect(file.fitted_steps).toEqual(profileOfGpu(gpuNamed('h200')).fittedSteps);
    expect(file.held_out.gemm!.shapes).toBe(2);
    expect(file.held_out.gemm!.mape).toBeLessThan(0.1);
    expect(file.fitted!.gemm!.shapes).toBe(14);
  });

  it('fits a name that no file says, and refuses two GPUs or no rows', async () => {
    const data = folderOf({ 'gemm.csv': gemmCsv() });
    expect((await fitConstants({ data, gpu: 'h200', draws: 0 })).file.gpu).toBe('h200');
    const both = gemmCsv('m,n,k,dtype,latency_us,hardware', ',h200_sxm').trim();
    const mixed = folderOf({ 'gemm.csv': `${both}\n1,64,64,bf16,9,h100_sxm\n` });
    await expect(fitConstants({ data: mixed, draws: 0 })).rejects.toThrow(
      /rows of h100-80gb and h200 .*: a fit is of one GPU: name it with --gpu/,
    );
    const one = await fitConstants({ data: mixed, gpu: 'h200', draws: 0 });
    expect(one.families[0]!.fitted.rows + one.families[0]!.heldOut!.rows).toBe(96);
    await expect(fitConstants({ data: mixed, gpu: 'rtx-4090' })).rejects.toThrow(InputError);
    await expect(fitConstants({ data, only: ['gem'] })).rejects.toThrow(/did you mean gemm\?/);
  });

  it("keeps the GPU's variants, and writes products in short bursts as one", async () => {
    const vllm = gemmCsv(
      'm,n,k,dtype,latency_us,source,framework,framework_version,hardware',
      ',aic,vllm,0.14.0,a100',
    );
    const { file } = await fitConstants({ data: folderOf({ 'gemm.csv': vllm }), draws: 0 });
    const profile = profileOfGpu(gpuNamed('a100'));
    const { 'gemm-microbenchmark': burst, ...others } = file.variants!;
    const { 'gemm-microbenchmark': before, ...kept } = profile.variants;
    expect(others).toEqual(kept);
    expect(burst).not.toEqual(before);
    expect(file.constants.gemm).toEqual(profile.constants.gemm);
    expect(parseConstantsFile(JSON.parse(JSON.stringify(file)), 'c.json')).toEqual(file);
    const data = folderOf({ 'gemm.csv': vllm });
    const [family] = (await checkCalibration({ data, constants: file })).result.families;
    expect(family).toMatchObject({ family: 'gemm-microbench', fitted_rows: 96 });
    expect(family!.mape).toBeLessThan(0.1);
    expect(family!.held_out_mape).toBeLessThan(0.1);
  });

  it('prices rows of a framework with what was fitted on them, not with its variant', async () => {
    const kernels = new Kernels(h200, kernelConstants());
    const rows = [1, 8, 64].flatMap((batch) =>
      [2048, 16_384].flatMap((context) =>
        [8, 32].map((heads) => {
          const shape = { batch, heads, kvHeads: 8, headDim: 128, context };
          const us = 1.5 * decodeAttentionUs(kernels, shape);
          return `vllm,0.14.0,h200,bf16,${batch},${context},${heads},8,128,${us}`;
        }),
      ),
    );
    const header =
      'framework,framework_version,hardware,dtype,batch,kv_len,n_heads,n_kv_heads,head_dim,latency_us';
    const data = folderOf({ 'attention_decode.csv': `${[header, ...rows].join('\n')}\n` });
    const { file, families } = await fitConstants({ data, draws: 0 });
    const [family] = (await checkCalibration({ data, constants: file })).result.families;
    expect(family!.mape).toBeCloseTo(families[0]!.fitted.mape, 6);
    expect(file.variants!['vllm-0.14-h200']!.experts).toBeDefined();
  });

  it('finds element-wise constants from whole steps, and marks these steps', async () => {
    const profile = profileOfGpu(gpuNamed('h200'));
    const truth = elementwiseConstants({ usPerLayer: 80, usPerMillionMoved: 1.7 });
    const context = {
      ...contextOf({ kind: 'analytic', model: 'llama-2-7b', gpu: 'h200' }),
      kernels: new Kernels(h200, { ...valuesOf(profile.constants), elementwise: truth }),
    };
    const step = (rows: number, batch: number, length: number) => {
      const work = newStepWork(1, 32);
      if (rows > 0) addPrefill(work.segments[0]!, rows, rows);
      if (batch > 0) addDecodes(work.segments[0]!, batch, batch * length);
      work.sequences = work.logitRows = Math.max(1, batch);
      return (1000 * breakDown(context, profileNamed('kernels-only'), work).totalMs).toFixed(2);
    };
    const decode = [1, 8, 64].map((batch) => `llama-2-7b,${batch},500,0,${step(0, batch, 500)}`);
    const prefill = [256, 1024, 4096].map((rows) => `llama-2-7b,${rows},0,${step(rows, 0, 0)}`);
    const data = folderOf({
      'info.csv': info,
      'decode.csv': ['model,batch,context,chunk_tokens,latency_us', ...decode].join('\n'),
      'prefill.csv': ['model,new_tokens,prefix_tokens,latency_us', ...prefill].join('\n'),
    });
    const { elementwise, file } = await fitConstants({
      data,
      draws: 3,
      elementwiseOf: 'llama-2-7b',
    });
    expect(elementwise!.usPerLayer).toBeCloseTo(80, 1);
    expect(elementwise!.usPerMillionMoved).toBeCloseTo(1.7, 2);
    expect(elementwise!.fitted.rows).toBe(6);
    expect(file.constants.elementwise.rope.usPerMillion.value).toBeCloseTo(17, 1);
    expect(profileOfFile(file).fittedSteps).toEqual([
      { file: 'decode', model: 'llama-2-7b' },
      { file: 'prefill', model: 'llama-2-7b' },
    ]);
    await expect(fitConstants({ data, elementwiseOf: 'llama-2-13b' })).rejects.toThrow(
      /0 steps of llama-2-13b/,
    );
  });

  it('finds start and rate of copies from pinned memory', async () => {
    const copies = [1e5, 1e6, 1e7, 1e8].map((bytes) => `h2d,${bytes},True,${8 + bytes / 50e3}`);
    const pageable = [1e6, 1e8].map((bytes) => `h2d,${bytes},False,${900 + bytes / 9e3}`);
    const data = folderOf({
      'info.csv': info,
      'gemm.csv': gemmCsv(),
      'host_link.csv': `direction,bytes,pinned,latency_us\n${[...copies, ...pageable].join('\n')}\n`,
    });
    const { hostLinks, file } = await fitConstants({ data, draws: 3 });
    expect(hostLinks).toHaveLength(1);
    expect(hostLinks[0]!.startUs).toBeCloseTo(8, 2);
    expect(hostLinks[0]!.bytesPerS / 1e9).toBeCloseTo(50, 3);
    expect(file.created_from.files.map((one) => one.file)).toEqual(['gemm.csv', 'host_link.csv']);
  });
});
