/**
 * The prefix cache of vLLM: one pool of blocks with a queue of free ones. Source: vllm-project/vllm,
 * issue 2614 and the block pool of its v1 engine.
 * Rule: blocks that no request holds stand in a queue in order of their release; a request's blocks
 * are released deepest first; a block keeps its hash until it is taken from the queue's front. Only
 * full blocks have a hash, so a partial last block is never found again; it fills a place until its
 * turn comes. At least one token of a prompt is always computed: a prompt found whole gives up the
 * hit on its last block.
 * Deviation: that last block is then touched in place, where vLLM fills a second block with it.
 */
import { defineEviction } from '../cache-policy.ts';
import { Lru } from './lru.ts';

export const vllm = defineEviction({
  kind: 'vllm',
  doc: 'free blocks in order of release, full blocks only, at least one token computed',
  source: 'vLLM: issue 2614, v1 block pool',
  parameters: {},
  fixed: { touch: 'tail-first' },
  fullBlocksOnly: true,
  create: (_values, context) => new Lru(context),
});
