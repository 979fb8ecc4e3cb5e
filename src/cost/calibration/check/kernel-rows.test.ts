import { afterEach, describe, expect, it } from 'vitest';
import { csvFolder } from '../csv-folder.fixture.ts';
import { checkCalibration } from './check.ts';
import type { KernelRow } from './kernel-rows.ts';

let removals: (() => void)[] = [];
afterEach(() => {
  for (const remove of removals) remove();
  removals = [];
});

async function rowsOf(files: Record<string, string>, profile?: string): Promise<KernelRow[]> {
  const { path, remove } = csvFolder(files);
  removals.push(remove);
  return [...(await checkCalibration({ data: path, profile })).rows.kernels];
}

const vidur = 'microsoft/vidur@1';
const aic = 'ai-dynamo/aiconfigurator@1';
const gemm = 'source,framework,framework_version,dtype,m,n,k,latency_us,l2_hot\n';
const decode =
  'source,framework,framework_version,dtype,kv_dtype,batch,kv_len,n_heads,n_kv_heads,head_dim,window,latency_us,suspect\n';
const prefill =
  'source,framework,framework_version,dtype,kv_dtype,batch,seq_len,prefix_len,n_heads,n_kv_heads,head_dim,window,latency_us,suspect\n';
const moe =
  'framework,framework_version,source,dtype,num_tokens,hidden,inter,topk,n_experts,moe_tp,moe_ep,routing,latency_us\n';
const collective =
  'source,framework,collective,impl,dtype,n_gpus,gpus_per_node,bytes,latency_us,suspect\n';

/**
 * One row of each layout, its family, and the time that its form gives with the published A100
 * constants, worked out outside of this code.
 */
const golden: [string, string, string, string | null, number | null][] = [
  ['gemm', gemm, `${vidur},sarathi-serve,,float16,512,4096,4096,90,False`, 'gemm', 87.302972],
  [
    'gemm',
    gemm,
    `${aic},vllm,0.14.0,bfloat16,512,4096,4096,90,False`,
    'gemm-microbench',
    78.697344,
  ],
  ['gemm', gemm, `${aic},vllm,0.14.0,bfloat16,512,4096,4096,90,True`, null, 78.697344],
  ['gemm', gemm, `${aic},trtllm,1.0.0,bfloat16,512,4096,4096,90,False`, null, 78.697344],
  ['gemm', gemm, `${vidur},sarathi-serve,,int8_wo,512,4096,4096,90,False`, null, 87.302972],
  ['gemm', 'm,n,k,dtype,latency_us\n', '512,4096,4096,bf16,90', 'gemm', 87.302972],
  [
    'attention_prefill',
    prefill,
    `${aic},vllm,0.14.0,bfloat16,bfloat16,2,1024,0,32,8,128,0,160,False`,
    'attention-prefill',
    163.125826,
  ],
  [
    'attention_prefill',
    prefill,
    `${aic},vllm,0.14.0,bfloat16,bfloat16,1,512,2048,32,8,128,0,160,False`,
    'attention-prefill',
    142.904216,
  ],
  [
    'attention_prefill',
    prefill,
    `${aic},sglang,0.5.9,bfloat16,bfloat16,2,1024,0,32,8,128,0,160,False`,
    null,
    131.213557,
  ],
  [
    'attention_prefill',
    prefill,
    `${aic},vllm,0.14.0,bfloat16,fp8,2,1024,0,32,8,128,0,160,False`,
    null,
    163.125826,
  ],
  [
    'attention_decode',
    decode,
    `${aic},vllm,0.14.0,bfloat16,bfloat16,32,4096,32,8,128,0,400,False`,
    'attention-decode',
    374.584237,
  ],
  [
    'attention_decode',
    decode,
    `${aic},vllm,0.14.0,bfloat16,bfloat16,32,4096,32,8,128,0,400,True`,
    null,
    374.584237,
  ],
  [
    'attention_decode',
    decode,
    `${aic},vllm,0.14.0,bfloat16,bfloat16,32,4096,32,8,128,1024,400,False`,
    null,
    374.584237,
  ],
  // Few heads without a group: one block each at 22.8 GB/s.
  [
    'attention_decode',
    decode,
    `${aic},vllm,0.14.0,bfloat16,bfloat16,1,8192,8,8,128,0,200,False`,
    'attention-decode',
    201.514324,
  ],
  [
    'attention',
    'phase,batch,new_tokens,kv_len,heads,kv_heads,head_dim,latency_us\n',
    'decode,32,1,4096,32,8,128,400',
    'attention-decode',
    374.584237,
  ],
  [
    'attention',
    'phase,batch,new_tokens,kv_len,heads,kv_heads,head_dim,latency_us\n',
    'prefill,2,1024,1024,32,8,128,160',
    'attention-prefill',
    163.125826,
  ],
  [
    'collective',
    collective,
    `${aic},vllm,all_reduce,custom_graph,bfloat16,8,8,1048576,20,False`,
    'allreduce',
    18.247074,
  ],
  [
    'collective',
    collective,
    `${aic},sglang,all_reduce,custom_graph,bfloat16,4,8,67108864,500,False`,
    'allreduce',
    531.700028,
  ],
  [
    'collective',
    collective,
    `${aic},vllm,all_reduce,custom_graph,bfloat16,8,8,1048576,20,True`,
    null,
    18.247074,
  ],
  [
    'collective',
    collective,
    `${aic},nccl,all_reduce,nccl,half,8,8,1048576,30,False`,
    null,
    34.963831,
  ],
  [
    'collective',
    collective,
    `${vidur},nccl,all_reduce,nccl_graph,half,8,4,1048576,30,False`,
    null,
    null,
  ],
  ['collective', collective, `${aic},nccl,all_gather,nccl,half,8,8,1048576,30,False`, null, null],
  [
    'moe',
    moe,
    `vllm,0.14.0,${aic},bfloat16,64,4096,14336,2,8,1,1,balanced,1800`,
    'moe',
    1844.004759,
  ],
  // Half the width on each of two GPUs is the whole of half the width.
  [
    'moe',
    moe,
    `vllm,0.14.0,${aic},bfloat16,64,4096,28672,2,8,2,1,balanced,1800`,
    'moe',
    1844.004759,
  ],
  ['moe', moe, `vllm,0.14.0,${aic},bfloat16,64,4096,14336,2,8,1,2,balanced,1800`, null, null],
  [
    'moe',
    moe,
    `sglang,0.5.9,${aic},bfloat16,64,4096,14336,2,8,1,1,balanced,1800`,
    null,
    1844.004759,
  ],
  [
    'expert_ffn',
    'model,hidden,expert_intermediate,tokens,latency_us\n',
    'm,2048,1408,32,40',
    'moe',
    44.133138,
  ],
  [
    'elementwise',
    'op,num_tokens,width,latency_us\n',
    'input_layernorm,128,4096,5',
    'elementwise',
    4.856013,
  ],
  [
    'elementwise',
    'op,num_tokens,width,latency_us\n',
    'mlp_act,128,4096,5',
    'elementwise',
    5.083785,
  ],
  ['elementwise', 'op,num_tokens,width,latency_us\n', 'softmax,128,4096,5', null, null],
  [
    'p2p',
    'source,platform,link,bytes,latency_us\n',
    `${vidur},a100_dgx,intra_node,1000000,20`,
    null,
    19.424779,
  ],
  ['host_link', 'direction,bytes,pinned,latency_us\n', 'h2d,1000000,True,50', null, 50.322581],
  ['host_link', 'direction,bytes,pinned,latency_us\n', 'h2d,1000000,False,50', null, null],
  [
    'mla',
    'phase,dtype,batch,q_len,kv_len,n_heads,latency_us\n',
    'decode,bfloat16,8,1,1024,128,100',
    null,
    null,
  ],
];

describe('kernel rows', () => {
  it.each(golden)('of %s: %s%s is of family %s and takes %s us', async (...given) => {
    const [layout, header, line, family, predicted] = given;
    const rows = await rowsOf({ [`${layout}.csv`]: `${header}${line}\n` });
    expect(rows.length).toBe(1);
    expect(rows[0]!.family).toBe(family);
    if (predicted === null) expect(rows[0]!.predicted).toBeNull();
    else expect(rows[0]!.predicted).toBeCloseTo(predicted, 4);
  });

  it('take another GPU by its own peaks and without the filter by framework', async () => {
    const header = `hardware,${gemm}`;
    const lines = [
      `h100_dgx,${vidur},sarathi-serve,,float16,512,4096,4096,40,False`,
      `h100_sxm,${aic},sglang,0.5.9,bfloat16,512,4096,4096,40,False`,
    ];
    const rows = await rowsOf({ 'gemm.csv': `${header}${lines.join('\n')}\n` });
    expect(rows.map(({ family, gpu }) => [family, gpu])).toEqual([
      ['gemm', 'h100-80gb'],
      ['gemm-microbench', 'h100-80gb'],
    ]);
    expect(rows[0]!.predicted).toBeCloseTo(35.526827, 4);
  });

  it('refuse a phase that attention does not have', async () => {
    const header = 'phase,batch,new_tokens,kv_len,heads,kv_heads,head_dim,latency_us\n';
    await expect(rowsOf({ 'attention.csv': `${header}train,1,1,1,8,8,128,9\n` })).rejects.toThrow(
      /column phase is "train" \(attention\.csv, row 1\): prefill or decode/,
    );
  });
});
