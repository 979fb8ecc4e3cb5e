/**
 * Requests in groups that share a prefix: which request belongs to which prefix, in what order the
 * prefixes are asked for, and the block ids that follow.
 */
import type { RandomStream } from '../../units/random.ts';
import type { IntLists } from '../request-trace.ts';

export const blockTokens = 512;

/** Requests of each prefix: all of them dealt out evenly, so that two prefixes differ by one. */
export function evenShares(requests: number, prefixes: number): Int32Array {
  const upTo = (prefix: number) => Math.floor((prefix * requests) / prefixes);
  return Int32Array.from({ length: prefixes }, (_, i) => upTo(i + 1) - upTo(i));
}

/**
 * The prefix of each request, in the order of arrival. The requests of `open` prefixes wait; one
 * of those waiting, drawn evenly, comes next; the next prefix opens when the last request of one
 * has come. With all prefixes open this is a shuffle, with one they come one after the other.
 */
export function prefixOrder(random: RandomStream, shares: Int32Array, open: number): Int32Array {
  const order = new Int32Array(shares.reduce((sum, share) => sum + share, 0));
  const left = shares.slice();
  const waiting: number[] = [];
  let opened = 0;
  const openNext = () => {
    if (opened === shares.length) return;
    for (let i = 0; i < (shares[opened] as number); i++) waiting.push(opened);
    opened++;
  };
  for (let i = 0; i < open && i < shares.length; i++) openNext();
  for (let row = 0; row < order.length; row++) {
    const drawn = random.integer(waiting.length);
    const prefix = waiting[drawn] as number;
    waiting[drawn] = waiting[waiting.length - 1] as number;
    waiting.pop();
    order[row] = prefix;
    left[prefix]!--;
    if (left[prefix] === 0) openNext();
  }
  return order;
}

/**
 * Block ids of prompts that begin with shared blocks and go on with blocks of their own, the
 * trailing partial one included. Dense, in order of first appearance.
 * @param inputTokens of each request
 * @param prefixOf the prefix of each request
 * @param sharedBlocks of each prefix; at most the full blocks of the prompts that begin with it
 */
export function prefixBlocks(
  inputTokens: Int32Array,
  prefixOf: Int32Array,
  sharedBlocks: Int32Array,
): { blocks: IntLists; uniqueBlocks: number } {
  const offsets = new Int32Array(inputTokens.length + 1);
  for (const [row, tokens] of inputTokens.entries()) {
    offsets[row + 1] = (offsets[row] as number) + Math.ceil(tokens / blockTokens);
  }
  const values = new Int32Array(offsets[inputTokens.length] as number);
  const firstId = new Int32Array(sharedBlocks.length).fill(-1);
  let next = 0;
  for (const [row, prefix] of prefixOf.entries()) {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    const shared = sharedBlocks[prefix] as number;
    if (firstId[prefix] === -1) {
      firstId[prefix] = next;
      next += shared;
    }
    for (let i = 0; i < shared; i++) values[start + i] = (firstId[prefix] as number) + i;
    for (let at = start + shared; at < end; at++) values[at] = next++;
  }
  return { blocks: { offsets, values }, uniqueBlocks: next };
}
