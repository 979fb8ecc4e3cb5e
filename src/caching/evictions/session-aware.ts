/**
 * Session-aware LRU, a policy of our own. Source of the idea: blocks of a chat are used again only
 * by its next turn, and long chats go on more often than short ones.
 * Rule: a block belongs to the session that touched it last and to the turn that session is at. Of
 * the earlier sessions that reached a turn, a share went on. A session is expected back if that
 * share is at least `threshold` (one imagined session that did and one that did not are added), and
 * its last request is at most `patienceMs` old. The victim is the least recently touched block of
 * the sessions not expected back; where there is none, of all.
 * The default patience of 10 minutes was chosen with the public conversation trace in view, where
 * a lifetime of that keeps 94 % of all hits. Turns beyond 8 count as the 8th. Sessions are those of
 * the trace, or inferred from chains of blocks as requests arrive (src/replay/cache/sessions.ts).
 * Units: ms.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext, RequestSessions } from '../eviction.ts';
import { IdLists } from '../id-lists.ts';

const turns = 8;

class SessionAware implements Eviction {
  readonly #held: Int32Array;
  readonly #threshold: number;
  readonly #patienceMs: number;
  readonly #sessions: RequestSessions;
  /** A list by recency for each turn; turn 1 is list 0. */
  readonly #byTurn: IdLists;
  readonly #touch: Float64Array;
  readonly #touchedMs: Float64Array;
  /** Per turn: sessions that reached it. */
  readonly #reached = new Int32Array(turns + 1);
  #list = 0;
  #touches = 0;

  constructor(
    { threshold, patienceMs }: { threshold: number; patienceMs: number },
    { blocks, held, sessions }: EvictionContext,
  ) {
    this.#held = held;
    this.#threshold = threshold;
    this.#patienceMs = patienceMs;
    this.#sessions = sessions();
    this.#byTurn = new IdLists(blocks, turns);
    this.#touch = new Float64Array(blocks);
    this.#touchedMs = new Float64Array(blocks);
  }

  begin(request: number): void {
    const turn = this.#sessions.turn[request]!;
    if (turn <= turns + 1) this.#reached[turn - 1]!++;
    this.#list = Math.min(turn, turns) - 1;
  }

  hit(id: number, nowMs: number): void {
    this.#byTurn.push(this.#list, id);
    this.#touch[id] = this.#touches++;
    this.#touchedMs[id] = nowMs;
  }

  admit(id: number, nowMs: number): void {
    this.hit(id, nowMs);
  }

  evict(nowMs: number): number {
    let victim = -1;
    let victimExpected = true;
    for (let list = 0; list < turns; list++) {
      const id = this.#byTurn.firstFree(list, this.#held);
      if (id === -1) continue;
      const expected = this.#expected(list) && nowMs - this.#touchedMs[id]! <= this.#patienceMs;
      const older = victim === -1 || this.#touch[id]! < this.#touch[victim]!;
      if (expected === victimExpected ? older : victimExpected) {
        victim = id;
        victimExpected = expected;
      }
    }
    if (victim !== -1) this.#byTurn.remove(victim);
    return victim;
  }

  remove(id: number): void {
    this.#byTurn.remove(id);
  }

  /** Whether sessions at a turn go on often enough. */
  #expected(list: number): boolean {
    const wentOn = this.#reached[list + 1]!;
    return (wentOn + 1) / (this.#reached[list]! + 2) >= this.#threshold;
  }
}

export const sessionAware = defineEviction({
  kind: 'session-aware',
  doc: 'blocks of sessions without an expected next turn go first, by recency',
  source: 'our own',
  parameters: {
    threshold: {
      type: 'number',
      default: 0.5,
      min: 0,
      max: 1,
      doc: 'share of sessions at a turn that must have gone on',
    },
    patienceMs: {
      type: 'number',
      default: 600_000,
      min: 0,
      unit: 'ms',
      doc: 'a session silent for longer is not expected back',
    },
  },
  create: (values, context) => new SessionAware(values, context),
});
