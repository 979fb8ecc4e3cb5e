import type { ResidentBlock } from './object-memory.ts';
import type { ObjectRequest } from './object-types.ts';

/** A request on its way through the system. */
export interface LiveRequest {
  readonly row: number;
  readonly input: ObjectRequest;
  readonly arrivalMs: number;
  readonly instance: number;
  readonly tokenTimesMs: number[];
  readonly cachedPerAdmission: number[];
  admittedMs: number | null;
  preemptions: number;
  /** Its client gave up during the running step. */
  leaving: boolean;
  /** Tokens to have in KV before the next token appears: prompt + generated at admission. */
  target: number;
  /** Tokens of the target that are cached or computed. */
  done: number;
  /** Tokens of the prompt blocks it holds outside the cache, block by block; none without cache. */
  ownParts: number[];
  /** Other tokens it holds (or has reserved) outside the cache: output, and uncached prompts. */
  tailTokens: number;
  /** Cache blocks it has pinned: always the first ones of its prompt. */
  chain: ResidentBlock[];
  /** False once a block of its prompt had to stay private: all later ones stay private too. */
  chainOpen: boolean;
}

/** A request that has just been placed and waits. */
export function waitingRequest(
  row: number,
  input: ObjectRequest,
  arrivalMs: number,
  instance: number,
): LiveRequest {
  return {
    row,
    input,
    arrivalMs,
    instance,
    tokenTimesMs: [],
    cachedPerAdmission: [],
    admittedMs: null,
    preemptions: 0,
    leaving: false,
    target: 0,
    done: 0,
    ownParts: [],
    tailTokens: 0,
    chain: [],
    chainOpen: true,
  };
}
