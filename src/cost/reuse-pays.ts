/**
 * When loading the KV of a prefix beats computing it. Source: Mooncake (FAST'25, section 2.2).
 * (1) flops(n) = l·(a·n²·d + b·n·d²) for a prefill of n tokens; reusing p of them saves flops(p) and
 * fetches p·l·(2·d/gqa)·s bytes. (2) Reuse pays for the time to first token iff
 * B/G > 2·d·s / (gqa·(a·p·d + b·d²)), with B bytes/s to the GPUs and G FLOP/s of them together.
 */

export interface ReuseCoefficients {
  /** FLOPs of attention per n²·d of a layer. */
  readonly a: number;
  /** FLOPs of the matrices per n·d² of a layer. */
  readonly b: number;
  readonly source: string;
}

export const reuseCoefficients = {
  paper: { a: 4, b: 22, source: "Mooncake, FAST'25, table 1: the full score matrix" },
  exact: {
    a: 2,
    b: 25.5,
    source: 'causal attention; weights of a LLaMA 70B layer, 12.75 d², two FLOPs each',
  },
} as const satisfies Record<string, ReuseCoefficients>;

/** What equations (1) and (2) need of a model. */
export interface ReuseShape {
  readonly layers: number;
  /** Width of the hidden state: d. */
  readonly hidden: number;
  /** Query heads that share a KV head. */
  readonly gqa: number;
  /** Bytes of a KV element: s. */
  readonly bytes: number;
}

/** Equation (1): FLOPs of the prefill of so many tokens. */
export function prefillFlops(
  tokens: number,
  { layers, hidden }: ReuseShape,
  { a, b }: ReuseCoefficients,
): number {
  return layers * (a * tokens * tokens * hidden + b * tokens * hidden * hidden);
}

/** KV bytes of a token in all layers. */
export function prefixBytesPerToken({ layers, hidden, gqa, bytes }: ReuseShape): number {
  return (layers * 2 * hidden * bytes) / gqa;
}

/** Equation (2): the bandwidth, bytes/s, above which reusing a prefix of so many tokens pays. */
export function breakEvenBytesPerS(
  prefixTokens: number,
  flopsPerS: number,
  { hidden, gqa, bytes }: ReuseShape,
  { a, b }: ReuseCoefficients,
): number {
  return (flopsPerS * 2 * hidden * bytes) / (gqa * (a * prefixTokens * hidden + b * hidden ** 2));
}
