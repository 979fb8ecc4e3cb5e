/** Formulas of the FAST'25 paper that need no replay, as quantities that claims can read. */
import {
  breakEvenBytesPerS,
  kvBytesPerToken,
  modelNamed,
  prefixBytesPerToken,
  reuseCoefficients,
  shardOf,
} from 'reprise';

/** Table 1 of the FAST'25 paper: LLaMA3-70B. */
const shape = { layers: 80, hidden: 8192, gqa: 8, bytes: 2 };
const prefixTokens = 8192;
/** FLOP/s of a node of 8 GPUs, as the paper counts them. */
const nodes = { a800: 8 * 312e12, h800: 8 * 989e12 };

const section = "FAST'25, section 2.2";

export function kvBytes(model: string): number {
  return kvBytesPerToken(shardOf(modelNamed(model), 1));
}

export const fast25Quantities = [
  ...Object.entries(nodes).map(([node, flopsPerS]) => ({
    name: `break-even-${node}`,
    value: breakEvenBytesPerS(prefixTokens, flopsPerS, shape, reuseCoefficients.paper) / 1e9,
    unit: 'GB/s',
    source: `${section}, equation (2), p = ${prefixTokens}, a = 4, b = 22`,
  })),
  ...Object.entries(nodes).map(([node, flopsPerS]) => ({
    name: `break-even-exact-${node}`,
    value: breakEvenBytesPerS(prefixTokens, flopsPerS, shape, reuseCoefficients.exact) / 1e9,
    unit: 'GB/s',
    source: `equation (2) with ${reuseCoefficients.exact.source}`,
  })),
  {
    name: 'kv-per-token',
    value: prefixBytesPerToken(shape),
    unit: 'bytes',
    source: `${section}: l (2 d / gqa) s`,
  },
  {
    name: 'kv-per-token-model',
    value: kvBytes('llama-3-70b'),
    unit: 'bytes',
    source: 'the shape of the model in src/model',
  },
  {
    name: 'kv-of-3m-tokens',
    value: (3e6 * prefixBytesPerToken(shape)) / 1e12,
    unit: 'TB',
    source: `3 M tokens times ${section}`,
  },
  {
    name: 'kv-of-128k-tokens',
    value: (128 * 1024 * prefixBytesPerToken(shape)) / 1e9,
    unit: 'GB',
    source: `128 k tokens times ${section}`,
  },
];
