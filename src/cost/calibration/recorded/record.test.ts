import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../units/canonical.ts';
import { checkCalibration } from '../check/check.ts';
import { csvFolder } from '../csv-folder.fixture.ts';
import { recordOf } from './record.ts';
import { sourcesOf } from './sources.ts';

const folder = csvFolder({
  'gemm.csv':
    'm,n,k,dtype,hardware,latency_us\n512,4096,4096,bf16,a100,100\n512,4096,4096,bf16,h200,40\n512,4096,4096,bf16,h200,60\n',
  'iterations.csv': `engine,engine_version,model,tp,phase,batch,prompt_len,ctx_per_request,latency_ms
vllm,0.6.0,llama2-70b,8,decode,32,1,4096,20
vllm,2023,llama2-70b,8,decode,32,1,4096,60
`,
  'info.csv': 'key,value\nname,a100\n',
});
afterAll(folder.remove);

const head = { command: 'c', date: '2026-01-02', sources: [] };

describe('a record of a check', () => {
  it('holds the figures of one GPU, to two decimals', async () => {
    const { result } = await checkCalibration({ data: folder.path });
    const all = recordOf(result, head);
    expect(all.families.map(({ gpu, rows }) => [gpu, rows])).toEqual([
      ['a100-80gb', 1],
      ['h200', 2],
    ]);
    const { families, end_to_end } = recordOf(result, { ...head, gpus: 'h200' });
    expect(families).toEqual(all.families.slice(1));
    expect(end_to_end).toEqual([]);
    const found = result.families[1];
    expect(families[0]?.mape).toBeCloseTo(found?.mape as number, 1);
    expect(Math.round((families[0]?.mape as number) * 100) / 100).toBe(families[0]?.mape);
  });

  it('keeps the three pricings of steps beside each other, with what was fitted', async () => {
    const { result } = await checkCalibration({ data: folder.path });
    const { end_to_end } = recordOf(result, head);
    expect(end_to_end).toMatchObject([
      {
        engine: 'vllm 0.6.0',
        rows: 1,
        composed: { profile: 'kernels-only', fitted_rows: 0 },
        own: { profile: 'modern-cuda-graphs', fitted_rows: 1 },
        default: { profile: 'modern-cuda-graphs', fitted_rows: 1 },
      },
      {
        engine: 'vllm 2023',
        own: { profile: 'python-eager-ray-2023', fitted_rows: 1 },
        default: { profile: 'modern-cuda-graphs', fitted_rows: 0 },
      },
    ]);
  });

  it('names the files with rows of the GPU by their hash', async () => {
    const hash = sha256(readFileSync(join(folder.path, 'gemm.csv')));
    expect(await sourcesOf(folder.path, {}, 'h200')).toEqual([
      { file: 'gemm.csv', rows: 2, sha256: hash },
    ]);
    const a100 = await sourcesOf(folder.path, {}, 'a100');
    expect(a100.map(({ file, rows }) => [file, rows])).toEqual([
      ['gemm.csv', 1],
      ['iterations.csv', 2],
    ]);
  });
});
