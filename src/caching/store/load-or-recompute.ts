/**
 * How much of a found prefix to load, and how much to compute again. Source: the tiered lookup that
 * follows from Mooncake (FAST'25, section 2.2): reuse pays above a bandwidth, and deep blocks on
 * slow media may be below it.
 * Rule: of m = 0 … m_max leading blocks, take the m whose prefill ends first, with load(m) from the
 * media that the blocks are on and prefill(n, m blocks) for the rest of the n tokens; among equals
 * the most blocks. Overlap: `serial` adds load and prefill, `layer-wise` runs them in queues of
 * layers (src/cost/layer-wise.ts). Storing the new KV is left out: it ends after the first token.
 * At least one token is computed: of a prompt that is found whole, the last token.
 * Loads are one after another, each at the rate of its tier's whole path. Units: tokens, bytes, ms.
 */
import { layerWiseMs, serialMs } from '../../cost/layer-wise.ts';

export interface ReuseCosts {
  /** Per tier, the rate at which a block comes to the GPUs; Infinity: at once. */
  readonly bytesPerS: readonly number[];
  readonly overlap: 'serial' | 'layer-wise';
  readonly layers: number;
  readonly kvBytesPerToken: number;
  readonly blockTokens: number;
  /** Time to compute so many tokens behind a prefix of so many. */
  readonly prefillMs: (tokens: number, cachedTokens: number) => number;
}

/** What a prompt reuses: a buffer to be filled, one for many calls. */
export interface Reuse {
  blocks: number;
  /** Of the prompt; what is left is computed. */
  tokens: number;
  bytes: number;
  loadMs: number;
  /** Computing the rest alone. */
  computeMs: number;
  /** Both, overlapped as told. */
  totalMs: number;
}

export function newReuse(): Reuse {
  return { blocks: 0, tokens: 0, bytes: 0, loadMs: 0, computeMs: 0, totalMs: 0 };
}

/**
 * @param inputTokens of the prompt, at least 1
 * @param tiers of its leading blocks, each with an entry in `bytesPerS`; the first `found` count
 */
export function reusableBlocks(
  inputTokens: number,
  tiers: Int8Array,
  found: number,
  { bytesPerS, overlap, layers, kvBytesPerToken, blockTokens, prefillMs }: ReuseCosts,
  out: Reuse,
): void {
  out.totalMs = Infinity;
  let loadMs = 0;
  let tokens = 0;
  for (let blocks = 0; blocks <= found; blocks++) {
    const before = tokens;
    tokens = Math.min(blocks * blockTokens, inputTokens - 1);
    if (blocks > 0) {
      const rate = bytesPerS[tiers[blocks - 1]!]!;
      loadMs += (1000 * (tokens - before) * kvBytesPerToken) / rate;
    }
    const computeMs = prefillMs(inputTokens - tokens, tokens);
    const totalMs =
      overlap === 'serial'
        ? serialMs(computeMs, loadMs, 0)
        : layerWiseMs(computeMs, loadMs, 0, layers);
    if (totalMs > out.totalMs) continue;
    out.blocks = blocks;
    out.tokens = tokens;
    out.bytes = tokens * kvBytesPerToken;
    out.loadMs = loadMs;
    out.computeMs = computeMs;
    out.totalMs = totalMs;
  }
}
