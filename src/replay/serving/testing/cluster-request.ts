import type { LinkFlow } from './cluster-links.ts';
import type { ClusterOutcome } from './cluster-types.ts';
import type { ObjectRequest } from './object-types.ts';

/** A request on its way through the cluster. */
export interface ClusterRequest {
  readonly row: number;
  readonly input: ObjectRequest;
  readonly arrivalMs: number;
  readonly prefillAt: number;
  /** −1: left open. */
  decodeAt: number;
  /** Where it waits or works; while its KV is on the way, where its prompt was computed. */
  at: number;
  state: 'waiting' | 'admitted' | 'transferring' | 'ended';
  readonly tokenTimesMs: number[];
  admittedMs: number;
  prefillMs: number;
  endMs: number;
  status: 'finished' | 'cancelled' | 'unfinished' | 'rejected';
  reason: string;
  preemptions: number;
  /** Its client gave up during the running step. */
  leaving: boolean;
  /** Its KV has come from another instance and is not in KV memory yet. */
  arrived: boolean;
  /** Tokens to have in KV before the next one; those that are, and those in steps that run. */
  target: number;
  done: number;
  planned: number;
  /** Reused prefix of the latest admission, until its first step begins. */
  reused: number;
  isFresh: boolean;
  cachedTokens: number;
  fetchedTokens: number;
  /** Leading blocks pinned in the store of the instance where it is. */
  pinnedBlocks: number;
  /** Blocks of its own store when it was placed, and those that its fetch adds up to. */
  ownBlocks: number;
  fetchedBlocks: number;
  fetch: LinkFlow | null;
  /** Flows of its KV under way. */
  readonly streams: Set<LinkFlow>;
  lastSentTokens: number;
  readyMs: number;
}

/** Prompt and output so far. */
export function contextOf({ input, tokenTimesMs }: ClusterRequest): number {
  return input.inputTokens + tokenTimesMs.length;
}

/** A request that has just been placed and waits. */
export function newRequest(
  row: number,
  input: ClusterRequest['input'],
  arrivalMs: number,
  prefillAt: number,
  decodeAt: number,
): ClusterRequest {
  return {
    row,
    input,
    arrivalMs,
    prefillAt,
    decodeAt,
    at: prefillAt,
    state: 'waiting',
    tokenTimesMs: [],
    admittedMs: Number.NaN,
    prefillMs: Number.NaN,
    endMs: Number.NaN,
    status: 'unfinished',
    reason: '',
    preemptions: 0,
    leaving: false,
    arrived: false,
    target: 0,
    done: 0,
    planned: 0,
    reused: 0,
    isFresh: false,
    cachedTokens: 0,
    fetchedTokens: 0,
    pinnedBlocks: 0,
    ownBlocks: 0,
    fetchedBlocks: 0,
    fetch: null,
    streams: new Set(),
    lastSentTokens: 0,
    readyMs: Number.NaN,
  };
}

export function outcomeOf(request: ClusterRequest): ClusterOutcome {
  const { status, reason, at, prefillAt, tokenTimesMs, row: _row, ...rest } = request;
  return {
    status,
    reason,
    instance: at,
    prefillInstance: status === 'rejected' && at === -1 ? -1 : prefillAt,
    arrivalMs: rest.arrivalMs,
    admittedMs: rest.admittedMs,
    prefillMs: rest.prefillMs,
    firstTokenMs: tokenTimesMs[0] ?? Number.NaN,
    endMs: rest.endMs,
    cachedTokens: rest.cachedTokens,
    fetchedTokens: rest.fetchedTokens,
    preemptions: rest.preemptions,
    generated: tokenTimesMs.length,
  };
}
