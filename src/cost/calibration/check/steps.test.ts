import { afterEach, describe, expect, it } from 'vitest';
import { csvFolder } from '../csv-folder.fixture.ts';
import { checkCalibration } from './check.ts';
import { selectionsOf } from './selections.ts';

let removals: (() => void)[] = [];
afterEach(() => {
  for (const remove of removals) remove();
  removals = [];
});

async function check(files: Record<string, string>) {
  const { path, remove } = csvFolder(files);
  removals.push(remove);
  return checkCalibration({ data: path });
}

const iterations =
  'engine,engine_version,hardware,model,tp,phase,batch,prompt_len,ctx_per_request,latency_ms,suspect\n';
const onA100 = 'key,value\nname,NVIDIA A100-SXM4-80GB\n';

describe('whole steps of engines', () => {
  it('are composed of kernels, then priced with their own and the default profile', async () => {
    // 21.10054 and 245.41704 ms: published predictions of the kernels, Llama-2-70B on 8 GPUs.
    const { result } = await check({
      'iterations.csv': `${iterations}vllm,0.6.0 (graphs),a100-80gb,llama2-70b,8,decode,32,1,4096,20,False
vllm,2023 (eager),a100-80gb,llama2-70b,8,decode,32,1,4096,50,False
vllm,2023 (eager),a100-80gb,llama2-70b,8,prefill,1,2048,0,250,False\n`,
    });
    const [graphs, eagerDecode, eagerPrefill] = result.end_to_end;
    expect(graphs).toMatchObject({
      engine: 'vllm 0.6.0',
      model: 'llama2-70b',
      tp: 8,
      phase: 'decode',
      rows: 1,
      profile: 'kernels-only',
      fitted_rows: 0,
    });
    expect(graphs!.bias).toBeCloseTo(100 * (21.10054 / 20 - 1), 1);
    expect(eagerDecode!.mape).toBeCloseTo(100 * (1 - 21.10054 / 50), 1);
    expect(eagerPrefill!.mape).toBeCloseTo(100 * (1 - 245.41704 / 250), 1);

    const [ownGraphs, ownDecode] = result.end_to_end_engine;
    // 160 all-reduces x 9 us + 0.5 ms; and max(21.1, 80 x 0.36) + 16.2 + 32 x 0.24 ms.
    expect(ownGraphs!.bias).toBeCloseTo(100 * (23.04054 / 20 - 1), 1);
    expect(ownDecode!.bias).toBeCloseTo(100 * (52.68 / 50 - 1), 3);
    expect([ownGraphs!.fitted_rows, ownDecode!.fitted_rows]).toEqual([1, 1]);

    const [, byDefault] = result.end_to_end_default;
    expect(byDefault!.bias).toBeCloseTo(100 * (23.04054 / 50 - 1), 1);
    expect(byDefault).toMatchObject({ profile: 'modern-cuda-graphs', fitted_rows: 0 });
  });

  it('mark only the prompts that terms were fitted on', async () => {
    const { rows } = await check({
      'iterations.csv': `${iterations}vllm,2023,a100-80gb,llama2-70b,8,prefill,1,2048,0,250,False
vllm,2023,a100-80gb,llama2-70b,8,prefill,1,4096,0,500,False
vllm,2023,h100-80gb,llama2-70b,8,prefill,1,2048,0,100,False\n`,
    });
    expect(rows.steps.map(({ fitted }) => fitted.engine)).toEqual([true, false, false]);
  });

  it('are skipped with a reason where they cannot be scored', async () => {
    const { result } = await check({
      'iterations.csv': `${iterations}vllm,0.6.0,a100-80gb,gpt-5,1,decode,1,1,100,20,False
vllm,0.6.0,a100-80gb,gpt-5,1,decode,2,1,100,20,False
vllm,0.6.0,a100-80gb,llama2-70b,8,decode,1,1,100,20,True
vllm,0.6.0,a100-80gb,llama2-70b,8,prefill,1,128,0,20,False
vllm,0.6.0,a100-80gb,llama2-70b,3,decode,1,1,100,20,False
vllm,0.6.0,abacus,llama2-70b,8,decode,1,1,100,20,False
vllm,0.6.0,a100-80gb,llama2-70b,8,training,1,1,100,20,False\n`,
    });
    expect(result.end_to_end).toEqual([]);
    const reasons = result.skipped.map(({ model, rows, reason }) => `${model} ${rows} ${reason}`);
    expect(reasons[0]).toMatch(/^gpt-5 2 unknown model "gpt-5"/);
    expect(reasons.slice(1)).toEqual([
      'llama2-70b 1 marked suspect in its file',
      'llama2-70b 1 a prefill of fewer than 512 tokens',
      expect.stringMatching(/^llama2-70b 1 tensor parallelism of 3/),
      'llama2-70b 1 unknown GPU "abacus"',
      'llama2-70b 1 neither prefill nor decode',
    ]);
  });
});

describe('whole steps of the plain decoder', () => {
  it('go to phases by what is in them, and to published predictions', async () => {
    const { result, rows } = await check({
      'info.csv': onA100,
      'prefill.csv':
        'model,new_tokens,prefix_tokens,latency_us\nllama2-7b,2048,0,138519.21\nllama2-7b,512,8192,54756.29\n',
      'decode.csv':
        'model,batch,context,chunk_tokens,latency_us\nllama2-7b,32,4096,0,55990.33\nllama2-7b,32,4096,512,90000\nno-such,1,1,0,5\n',
    });
    const phases = result.end_to_end.map(({ phase, rows: n, mape }) => ({ phase, n, mape }));
    expect(phases.map(({ phase, n }) => [phase, n])).toEqual([
      ['decode', 1],
      ['mixed', 1],
      ['prefill', 1],
      ['prefix', 1],
    ]);
    for (const phase of ['decode', 'prefill', 'prefix']) {
      expect(phases.find((one) => one.phase === phase)!.mape).toBeLessThan(0.1);
    }
    expect(result.skipped[0]).toMatchObject({ model: 'no-such', rows: 1 });
    // A chunk's step pays both attentions: more than either alone, less than one after the other.
    const mixed = rows.steps.find(({ phase }) => phase === 'mixed')!.predictedMs.composed;
    expect(mixed).toBeGreaterThan(55.99);
    expect(mixed).toBeLessThan(55.99 + 54.76);
  });

  it('price one GPU’s shard without communication', async () => {
    const { rows } = await check({
      'info.csv': onA100,
      'decode.csv':
        'model,batch,context,chunk_tokens,latency_us\nllama-2-70b/tp8,32,4096,0,19131.17\n',
    });
    // The published 21.10054 ms less its 1.96937 ms of all-reduces.
    expect(rows.steps[0]!.predictedMs.composed).toBeCloseTo(19.13117, 2);
  });

  it('narrow a token-selective prefill from its layer on', async () => {
    const { result, rows } = await check({
      'info.csv': onA100,
      'tsp_prefill.csv': `model,tokens,tsp_layer,tsp_rate,latency_us
llama-3.1-8b,65536,32,1,1000000
llama-3.1-8b,65536,16,0.2,600000
llama-3.1-8b,65536,16,1.0,1000000
llama-3.1-8b,8192,16,0.2,90000\n`,
    });
    const [full, half, all] = rows.steps.map(({ predictedMs }) => predictedMs.composed);
    // Half of the layers in full, and the others with a fifth of the rows but more than nothing.
    expect(half! / full!).toBeGreaterThan(0.5);
    expect(half! / full!).toBeLessThan(0.6);
    expect(all).toBeCloseTo(full!, 6);
    const share = result.selections.find(({ selection }) => selection.includes('from 32k'))!;
    expect(share.rows).toBe(2);
    expect(share.bias).toBeCloseTo((100 * (half! / full! / 0.6 - 1) + 0) / 2, 4);
    expect(result.selections.some(({ selection }) => selection.endsWith('below'))).toBe(false);
  });

  it('count for a selection only where no fit saw them', async () => {
    const { rows } = await check({
      'info.csv': onA100,
      'decode.csv':
        'model,batch,context,chunk_tokens,latency_us\nllama-2-7b,8,512,0,9000\nllama-2-13b,8,512,0,19000\nllama-2-13b,4,512,0,19000\n',
    });
    const rowsIn = (steps: typeof rows.steps) =>
      selectionsOf([], steps).map(({ selection, rows: n }) => `${selection}: ${n}`);
    expect(rowsIn(rows.steps)).toEqual(['decode steps, batch from 8 on: 2']);
    const seen = { composed: true, engine: true, default: true };
    const marked = rows.steps.map((step) =>
      step.model === 'llama-2-7b' ? { ...step, fitted: seen } : step,
    );
    expect(rowsIn(marked)).toEqual(['decode steps, batch from 8 on: 1']);
  });

  it('encode tiles, and skip encoders that are not known', async () => {
    const { result, rows } = await check({
      'info.csv': onA100,
      'vision_encode.csv':
        'encoder,tiles,tokens_per_tile,latency_us\nclip-vit-l-336,1,577,5000\nclip-vit-l-336,16,577,40000\neye,1,9,9\n',
    });
    expect(result.end_to_end).toMatchObject([
      { model: 'clip-vit-l-336', phase: 'encode', rows: 2 },
    ]);
    const [one, many] = rows.steps.map(({ predictedMs }) => predictedMs.composed);
    expect(many! / one!).toBeGreaterThan(4);
    expect(many! / one!).toBeLessThan(16);
    expect(result.skipped).toMatchObject([{ model: 'eye', rows: 1 }]);
  });
});
