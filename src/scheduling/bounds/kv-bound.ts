/**
 * Decode rounds of a backlog where KV memory, not a number of clients, is the limit.
 * Derived here; the area argument is common for scheduling under a memory limit.
 *
 * In the round that produces its t-th token a request holds p + t tokens of KV. Rounds produce the
 * tokens t = 1 … o, or t = 2 … o where the prefill yields the first (`firstToken` `prefill`, as
 * in vLLM). A request takes Σ_t (p + t) token-rounds, and a round offers the M tokens of the memory:
 *
 *     decode:   R ≥ max( ⌈ Σ_i (p_i·o_i + o_i(o_i + 1)/2) / M ⌉, max o_i )
 *     prefill:  R ≥ max( ⌈ Σ_i (p_i(o_i − 1) + o_i(o_i + 1)/2 − 1) / M ⌉, max o_i − 1 )
 *
 * Holds for schedules in which every decoding request has the KV of all its tokens in memory of
 * its own: not with prompts shared in a prefix cache. With `decode`, preempted requests may be
 * swapped or computed again (it only adds). With `prefill` each recomputation yields a token
 * without a round, so that schedules with recomputation can do with fewer rounds.
 */
import { InputError } from '../../units/input-error.ts';
import type { FirstToken } from './backlog.ts';

/** @throws InputError for a memory that does not hold the longest request */
export function kvRoundsBound(
  inputTokens: ArrayLike<number>,
  outputTokens: ArrayLike<number>,
  capacityTokens: number,
  firstToken: FirstToken = 'decode',
): number {
  const byPrefill = firstToken === 'prefill' ? 1 : 0;
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
    area += prompt * (output - byPrefill) + (output * (output + 1)) / 2 - byPrefill;
    longest = Math.max(longest, output - byPrefill);
  }
  return Math.max(Math.ceil(area / capacityTokens), longest);
}
