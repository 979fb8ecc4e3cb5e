import type { RequestSessions } from '../../caching/eviction.ts';
import type { BlockStream } from './block-stream.ts';

/**
 * The session of each request. Where the trace has none, it is inferred as requests arrive: a
 * request continues the session that last used the deepest of its leading blocks seen before, if
 * that is not the first one (a system prompt that all share); else it begins a session.
 */
export function sessionsOf(
  { count, offsets, ids, blocks }: Pick<BlockStream, 'count' | 'offsets' | 'ids' | 'blocks'>,
  sessionId: Int32Array | null,
): RequestSessions {
  const session = new Int32Array(count);
  const turn = new Int32Array(count);
  const turns = new Int32Array(count);
  const owner = new Int32Array(blocks).fill(-1);
  const byId = new Map<number, number>();
  let sessions = 0;
  for (let request = 0; request < count; request++) {
    const from = offsets[request]!;
    const to = offsets[request + 1]!;
    let seen = from;
    while (seen < to && owner[ids[seen]!] !== -1) seen++;
    const given = sessionId?.[request] ?? -1;
    let own = -1;
    if (given >= 0) own = byId.get(given) ?? -1;
    else if (sessionId === null && seen - from >= 2) own = owner[ids[seen - 1]!]!;
    if (own === -1) {
      own = sessions++;
      if (given >= 0) byId.set(given, own);
    }
    session[request] = own;
    turn[request] = ++turns[own]!;
    for (let at = from; at < to; at++) owner[ids[at]!] = own;
  }
  return { session, turn };
}
