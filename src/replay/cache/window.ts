import { InputError } from '../../units/input-error.ts';
import type { BlockStream, BlockTrace } from './block-stream.ts';

/** Arrival times whose requests are counted: from `fromMs` to before `toMs`. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The part of a trace that a window needs: without what comes after it, and for a cold start
 * without what comes before it. Times and block ids stay those of the trace.
 * @throws InputError where no request arrives in the window
 */
export function windowOf(
  trace: BlockTrace,
  { fromMs, toMs }: Window,
  start: 'warm' | 'cold',
): BlockTrace {
  const { arrivalMs, blocks } = trace;
  const first = firstFrom(arrivalMs, fromMs);
  const end = firstFrom(arrivalMs, toMs);
  if (first >= end) {
    throw new InputError(`no request arrives from ${fromMs} to ${toMs} ms`, {
      rule: `arrivals are ${arrivalMs[0] ?? 0} to ${arrivalMs.at(-1) ?? 0} ms`,
    });
  }
  if (blocks === null) return trace;
  const begin = start === 'cold' ? first : 0;
  const base = blocks.offsets[begin]!;
  return {
    count: end - begin,
    arrivalMs: arrivalMs.subarray(begin, end),
    inputTokens: trace.inputTokens.subarray(begin, end),
    sessionId: trace.sessionId?.subarray(begin, end) ?? null,
    blocks: {
      offsets: blocks.offsets.subarray(begin, end + 1).map((at) => at - base),
      values: blocks.values.subarray(base, blocks.offsets[end]),
    },
    uniqueBlocks: trace.uniqueBlocks,
    meta: trace.meta,
  };
}

/** References, and marked ones, of a request and all after it. */
export function countFrom(
  { count, offsets }: Pick<BlockStream, 'count' | 'offsets'>,
  marks: Uint8Array,
  request: number,
): { references: number; hits: number } {
  const from = offsets[request]!;
  const to = offsets[count]!;
  let hits = 0;
  for (let at = from; at < to; at++) hits += marks[at]!;
  return { references: to - from, hits };
}

/** The first request that arrives at a time or after it. */
export function firstFrom(arrivalMs: Float64Array, ms: number): number {
  const found = arrivalMs.findIndex((arrival) => arrival >= ms);
  return found === -1 ? arrivalMs.length : found;
}
