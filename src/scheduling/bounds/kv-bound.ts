/**
 * Decode rounds of a backlog where KV memory, not a number of clients, is the limit.
 * Derived here; the area argument is common for scheduling under a memory limit.
 *
 * In the round that produces its t-th token a request holds p + t tokens of KV, so a request
 * takes Σ_{t=1…o} (p + t) = p·o + o(o + 1)/2 token-rounds, and a round offers the M tokens of
 * the memory:
 *
 *     R ≥ max( ⌈ Σ_i (p_i·o_i + o_i(o_i + 1)/2) / M ⌉, max o_i )
 *
 * Valid for every schedule that holds the KV of each decoding request in whole, and with or
 * without preemption (recomputing and swapping only add to it).
 */
import { InputError } from '../../units/input-error.ts';

/** @throws InputError for a memory that does not hold the longest request */
export function kvRoundsBound(
  inputTokens: ArrayLike<number>,
  outputTokens: ArrayLike<number>,
  capacityTokens: number,
): number {
  let area = 0;
  let longest = 0;
  for (let i = 0; i < inputTokens.length; i++) {
    const prompt = inputTokens[i] as number;
    const output = outputTokens[i] as number;
    if (!(prompt + output <= capacityTokens)) {
      throw new InputError(`KV memory of ${capacityTokens} tokens`, {
        where: `request ${i}`,
        rule: `at least the ${prompt + output} tokens of its prompt and output`,
      });
    }
    area += prompt * output + (output * (output + 1)) / 2;
    longest = Math.max(longest, output);
  }
  return Math.max(Math.ceil(area / capacityTokens), longest);
}
