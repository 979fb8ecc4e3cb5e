/**
 * What it takes to compute a block of a prompt again, its prefix given. Source of the shape: the
 * prefill times of LLaMA3-70B on 8 A800 in Mooncake (FAST'25, figure 14), fitted by
 * t(n) = 0.11569·n + 0.0007723·n² s with n in 1024 tokens; the two parts are equal at n = 149.8.
 * Only ratios matter to a policy and to a share of saved seconds, so the cost here is in units of
 * the linear cost of one token: cost(from, to) = (to − from) + (to² − from²) / equalAtTokens.
 */

/** Prompt length in tokens at which the quadratic part costs as much as the linear one. */
export const equalAtTokens = 153_396;

/** Cost of computing the tokens of a prompt from one position to another. */
export function prefillCost(fromToken: number, toToken: number): number {
  return (toToken - fromToken) * (1 + (toToken + fromToken) / equalAtTokens);
}
