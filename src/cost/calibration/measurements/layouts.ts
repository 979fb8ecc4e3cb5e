/**
 * The files that are understood, by name (without .csv or .parquet), and the columns of each.
 *
 * One name is one layout whatever the folder: columns that only some sources have are optional, and
 * what a row does not say filters nothing.
 */
export type ColumnKind =
  /** A number above 0. */
  | 'positive'
  /** A number from 0 on. */
  | 'count'
  | 'text'
  | 'flag';

export interface Layout {
  readonly name: string;
  /** What `check` does with the rows. */
  readonly use: 'kernels' | 'steps' | 'not scored';
  /** Must be there; without a gap, but for flags. */
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** May be absent or have gaps. */
  readonly optional?: Readonly<Record<string, ColumnKind>>;
  /** Why rows are not scored. */
  readonly note?: string;
}

const latency = { latency_us: 'positive' } as const;

/** Who measured what on which kernels. */
const origin = {
  hardware: 'text',
  source: 'text',
  framework: 'text',
  framework_version: 'text',
} as const;

const attention = {
  dtype: 'text',
  batch: 'positive',
  n_heads: 'positive',
  n_kv_heads: 'positive',
  head_dim: 'positive',
  ...latency,
} as const;

const attentionOrigin = {
  ...origin,
  kv_dtype: 'text',
  window: 'count',
  l2_hot: 'flag',
  suspect: 'flag',
} as const;

export const layouts: readonly Layout[] = [
  {
    name: 'gemm',
    use: 'kernels',
    columns: { m: 'positive', n: 'positive', k: 'positive', dtype: 'text', ...latency },
    optional: { ...origin, l2_hot: 'flag' },
  },
  {
    name: 'attention_prefill',
    use: 'kernels',
    columns: { ...attention, seq_len: 'positive', prefix_len: 'count' },
    optional: attentionOrigin,
  },
  {
    name: 'attention_decode',
    use: 'kernels',
    columns: { ...attention, kv_len: 'positive' },
    optional: attentionOrigin,
  },
  {
    name: 'attention',
    use: 'kernels',
    columns: {
      phase: 'text',
      batch: 'positive',
      new_tokens: 'positive',
      kv_len: 'positive',
      heads: 'positive',
      kv_heads: 'positive',
      head_dim: 'positive',
      ...latency,
    },
    optional: { hardware: 'text' },
  },
  {
    name: 'collective',
    use: 'kernels',
    columns: {
      collective: 'text',
      impl: 'text',
      n_gpus: 'positive',
      gpus_per_node: 'positive',
      bytes: 'positive',
      ...latency,
    },
    optional: { ...origin, dtype: 'text', suspect: 'flag' },
  },
  {
    name: 'moe',
    use: 'kernels',
    columns: {
      dtype: 'text',
      num_tokens: 'positive',
      hidden: 'positive',
      inter: 'positive',
      topk: 'positive',
      n_experts: 'positive',
      moe_tp: 'positive',
      moe_ep: 'positive',
      ...latency,
    },
    optional: { ...origin, kernel: 'text', routing: 'text' },
  },
  {
    name: 'expert_ffn',
    use: 'kernels',
    columns: {
      hidden: 'positive',
      expert_intermediate: 'positive',
      tokens: 'positive',
      ...latency,
    },
    optional: { hardware: 'text', model: 'text' },
  },
  {
    name: 'elementwise',
    use: 'kernels',
    columns: { op: 'text', num_tokens: 'positive', width: 'positive', ...latency },
    optional: { ...origin, dtype: 'text', model: 'text' },
  },
  {
    name: 'mla',
    use: 'kernels',
    columns: {
      phase: 'text',
      dtype: 'text',
      batch: 'positive',
      q_len: 'positive',
      kv_len: 'positive',
      n_heads: 'positive',
      ...latency,
    },
    optional: { ...origin, kv_dtype: 'text' },
  },
  {
    name: 'p2p',
    use: 'kernels',
    columns: { platform: 'text', link: 'text', bytes: 'positive', ...latency },
    optional: { hardware: 'text', source: 'text' },
  },
  {
    name: 'host_link',
    use: 'kernels',
    columns: { direction: 'text', bytes: 'positive', pinned: 'flag', ...latency },
    optional: { hardware: 'text' },
  },
  {
    name: 'iterations',
    use: 'steps',
    columns: {
      engine: 'text',
      engine_version: 'text',
      model: 'text',
      tp: 'positive',
      phase: 'text',
      batch: 'positive',
      prompt_len: 'count',
      ctx_per_request: 'count',
      latency_ms: 'positive',
    },
    optional: { hardware: 'text', source: 'text', suspect: 'flag' },
  },
  {
    name: 'prefill',
    use: 'steps',
    columns: { model: 'text', new_tokens: 'positive', prefix_tokens: 'count', ...latency },
    optional: { hardware: 'text', mode: 'text' },
  },
  {
    name: 'decode',
    use: 'steps',
    columns: {
      model: 'text',
      batch: 'positive',
      context: 'positive',
      chunk_tokens: 'count',
      ...latency,
    },
    optional: { hardware: 'text' },
  },
  {
    name: 'tsp_prefill',
    use: 'steps',
    columns: {
      model: 'text',
      tokens: 'positive',
      tsp_layer: 'positive',
      tsp_rate: 'positive',
      ...latency,
    },
    optional: { hardware: 'text' },
  },
  {
    name: 'vision_encode',
    use: 'steps',
    columns: { encoder: 'text', tiles: 'positive', tokens_per_tile: 'positive', ...latency },
    optional: { hardware: 'text' },
  },
  {
    name: 'decode_spread',
    use: 'not scored',
    columns: { batch: 'positive', sum_context: 'positive', spread: 'text', ...latency },
    optional: { max_context: 'positive' },
    note: 'names no model; a round is priced by its total context alone',
  },
  {
    name: 'cpu_overhead',
    use: 'not scored',
    columns: {
      model: 'text',
      tp: 'positive',
      batch: 'positive',
      stage: 'text',
      median_ms: 'count',
    },
    note: 'host stages of one engine: a part of the engine profiles, not of the kernels',
  },
  {
    name: 'prefill_memory',
    use: 'not scored',
    columns: { model: 'text', mode: 'text', tokens: 'positive', peak_bytes: 'text' },
    note: 'peak bytes, not times',
  },
  {
    name: 'lmdeploy_static',
    use: 'not scored',
    columns: {
      model: 'text',
      batch: 'positive',
      tp: 'positive',
      prompt_tokens: 'positive',
      output_tokens: 'positive',
      output_tok_per_s: 'positive',
    },
    note: 'whole runs; the single steps read off it stand in iterations',
  },
  {
    name: 'trtllm_throughput',
    use: 'not scored',
    columns: {
      model: 'text',
      batch: 'positive',
      tp: 'positive',
      input_len: 'positive',
      output_len: 'positive',
      output_tok_per_s_as_printed: 'positive',
    },
    note: 'throughput of whole runs, per GPU or in all: the source does not say',
  },
  {
    name: 'distserve_fits',
    use: 'not scored',
    columns: {
      engine: 'text',
      model: 'text',
      tp: 'positive',
      phase: 'text',
      a_ms: 'text',
      b_ms_per_token: 'text',
      c_ms: 'text',
    },
    note: 'coefficients; their values at single steps stand in iterations',
  },
  {
    name: 'info',
    use: 'not scored',
    columns: { key: 'text', value: 'text' },
    note: 'names the GPU of its folder',
  },
];

/** The layout of a file by its name, or undefined. */
export function layoutOf(fileName: string): Layout | undefined {
  const [, stem] = /^(.+)\.(?:csv|parquet)$/i.exec(fileName) ?? [];
  return layouts.find((layout) => layout.name === stem);
}
