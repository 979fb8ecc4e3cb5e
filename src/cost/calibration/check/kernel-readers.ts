import type { MeasuredFile } from '../measurements/read-folder.ts';
import { type Family, isHalf, type RowSetting } from './families.ts';
import * as forms from './kernel-forms.ts';

/** What one row of a file of kernel times says, and what the form of its operation predicts. */
interface Priced {
  /** The layout's name where it holds one operation. */
  readonly op?: string;
  readonly family: Family | null;
  /** us; null where there is no form. */
  readonly predicted: number | null;
  readonly shape: Readonly<Record<string, number | string>>;
}

type Reader = (file: MeasuredFile) => (row: number, setting: RowSetting) => Priced;

/** By layout. */
export const kernelReaders: Readonly<Record<string, Reader>> = {
  gemm({ table }) {
    const [m, n, k] = [table.number('m'), table.number('n'), table.number('k')];
    const l2Hot = table.flag('l2_hot');
    return (row, { sustained, half, reference, gemm }) => {
      const shape = { m: m(row), n: n(row), k: k(row) };
      const family = sustained ? 'gemm' : reference ? 'gemm-microbench' : null;
      return {
        family: !half || l2Hot(row) ? null : family,
        predicted: forms.gemmUs(gemm, shape),
        shape,
      };
    };
  },

  attention_prefill({ table }) {
    const shapeOf = attentionShape(table);
    const newTokens = table.number('seq_len');
    const prefix = table.number('prefix_len');
    const inFamily = attentionFilter(table);
    return (row, setting) => {
      const shape = { ...shapeOf(row), newTokens: newTokens(row), prefix: prefix(row) };
      return {
        family: inFamily(row, setting) ? 'attention-prefill' : null,
        predicted: forms.prefillAttentionUs(setting.attention, shape),
        shape,
      };
    };
  },

  attention_decode({ table }) {
    const shapeOf = attentionShape(table);
    const context = table.number('kv_len');
    const inFamily = attentionFilter(table);
    return (row, setting) => {
      const shape = { ...shapeOf(row), context: context(row) };
      return {
        family: inFamily(row, setting) ? 'attention-decode' : null,
        predicted: forms.decodeAttentionUs(setting.attention, shape, setting),
        shape,
      };
    };
  },

  attention({ table, file }) {
    const phase = table.text('phase');
    const shapeOf = attentionShape(table, 'heads', 'kv_heads');
    const newTokens = table.number('new_tokens');
    const keys = table.number('kv_len');
    return (row, { at }) => {
      const shape = shapeOf(row);
      if (phase(row) === 'decode') {
        const decode = { ...shape, context: keys(row) };
        const predicted = forms.decodeAttentionUs(at.kernels(), decode);
        return { op: 'attention_decode', family: 'attention-decode', predicted, shape: decode };
      }
      if (phase(row) !== 'prefill') throw forms.unknownPhase(file, row, phase(row));
      const prefix = keys(row) - newTokens(row);
      const prefill = { ...shape, newTokens: newTokens(row), prefix };
      const predicted = forms.prefillAttentionUs(at.kernels(), prefill);
      return { op: 'attention_prefill', family: 'attention-prefill', predicted, shape: prefill };
    };
  },

  collective({ table }) {
    const collective = table.text('collective');
    const impl = table.text('impl');
    const [gpus, perNode] = [table.number('n_gpus'), table.number('gpus_per_node')];
    const bytes = table.number('bytes');
    const suspect = table.flag('suspect');
    return (row, { allReduce }) => {
      const shape = { bytes: bytes(row), gpus: gpus(row), perNode: perNode(row) };
      const op = `${collective(row)} ${impl(row)}`;
      const predicted =
        collective(row) === 'all_reduce'
          ? forms.allReduceUs(allReduce, impl(row) ?? '', shape)
          : null;
      const taken = op === 'all_reduce custom_graph' && !suspect(row) && predicted !== null;
      return { op, family: taken ? 'allreduce' : null, predicted, shape };
    };
  },

  moe({ table }) {
    const tokens = table.number('num_tokens');
    const hidden = table.number('hidden');
    const width = table.number('inter');
    const topK = table.number('topk');
    const experts = table.number('n_experts');
    const [tp, ep] = [table.number('moe_tp'), table.number('moe_ep')];
    const routing = table.text('routing');
    return (row, { experts: kernels, half, origin, reference }) => {
      const whole = {
        tokens: tokens(row),
        hidden: hidden(row),
        width: width(row) / tp(row),
        topK: topK(row),
        experts: experts(row),
      };
      const onOneRank = ep(row) === 1;
      const vllm = reference || origin.framework === 'vllm';
      return {
        op: onOneRank ? 'moe' : 'moe expert-parallel',
        family: onOneRank && half && vllm ? 'moe' : null,
        predicted: onOneRank ? forms.expertsUs(kernels, whole) : null,
        shape: { ...whole, routing: routing(row) ?? 'not said', ep: ep(row) },
      };
    };
  },

  expert_ffn({ table }) {
    const tokens = table.number('tokens');
    const [hidden, width] = [table.number('hidden'), table.number('expert_intermediate')];
    return (row, { at }) => {
      const shape = {
        tokens: tokens(row),
        hidden: hidden(row),
        width: width(row),
        topK: 1,
        experts: 1,
      };
      return { family: 'moe', predicted: forms.expertsUs(at.kernels(), shape), shape };
    };
  },

  elementwise({ table }) {
    const op = table.text('op');
    const [tokens, width] = [table.number('num_tokens'), table.number('width')];
    return (row, { at, half }) => {
      const shape = { op: op(row) as string, tokens: tokens(row), width: width(row) };
      const predicted = forms.elementwiseUs(at.kernels(), shape);
      return { family: half && predicted !== null ? 'elementwise' : null, predicted, shape };
    };
  },

  mla({ table }) {
    const phase = table.text('phase');
    const [batch, heads] = [table.number('batch'), table.number('n_heads')];
    const [queries, keys] = [table.number('q_len'), table.number('kv_len')];
    return (row) => ({
      op: `mla ${phase(row)}`,
      family: null,
      predicted: null,
      shape: { batch: batch(row), queries: queries(row), keys: keys(row), heads: heads(row) },
    });
  },

  p2p({ table }) {
    const [link, platform] = [table.text('link'), table.text('platform')];
    const bytes = table.number('bytes');
    return (row, { at }) => ({
      op: `p2p ${link(row)} ${platform(row)}`,
      family: null,
      predicted: forms.sendUs(at.gpu.name, link(row), bytes(row)),
      shape: { bytes: bytes(row) },
    });
  },

  host_link({ table }) {
    const direction = table.text('direction');
    const [bytes, pinned] = [table.number('bytes'), table.flag('pinned')];
    return (row, { at }) => ({
      op: `host_link ${direction(row)}${pinned(row) ? '' : ' pageable'}`,
      family: null,
      predicted: pinned(row) ? forms.hostCopyUs(at.gpu.name, direction(row), bytes(row)) : null,
      shape: { bytes: bytes(row) },
    });
  },
};

function attentionShape(
  table: MeasuredFile['table'],
  heads = 'n_heads',
  kvHeads = 'n_kv_heads',
): (row: number) => forms.AttentionHeads {
  const batch = table.number('batch');
  const [queryHeads, keyHeads] = [table.number(heads), table.number(kvHeads)];
  const headDim = table.number('head_dim');
  return (row) => ({
    batch: batch(row),
    heads: queryHeads(row),
    kvHeads: keyHeads(row),
    headDim: headDim(row),
  });
}

/** 16-bit operands and cache, whole contexts, nothing suspect, the reference engine's kernels. */
function attentionFilter(table: MeasuredFile['table']) {
  const kvDtype = table.text('kv_dtype');
  const window = table.number('window');
  const suspect = table.flag('suspect');
  return (row: number, { half, reference }: RowSetting): boolean =>
    half && reference && isHalf(kvDtype(row)) && !(window(row) > 0) && !suspect(row);
}
