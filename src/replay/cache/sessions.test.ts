import { describe, expect, it } from 'vitest';
import { BlockStream } from './block-stream.ts';
import { blockTrace } from './testing/block-traces.ts';

function sessions(requests: number[][], sessionId: number[] | null = null) {
  const trace = blockTrace(requests);
  const given = sessionId && Int32Array.from(sessionId);
  const { session, turn } = new BlockStream({ ...trace, sessionId: given }).sessions();
  return { session: [...session], turn: [...turn] };
}

describe('sessionsOf', () => {
  it('continues the session that last used the deepest shared block', () => {
    const requests = [
      [0, 1, 2],
      [0, 1, 2, 3],
      [0, 1, 2, 4],
      [0, 1, 2, 3, 5],
    ];
    expect(sessions(requests)).toEqual({ session: [0, 0, 0, 0], turn: [1, 2, 3, 4] });
  });

  it('takes a shared first block for no sign of a session', () => {
    expect(sessions([[0, 1], [0, 2], [0]])).toEqual({ session: [0, 1, 2], turn: [1, 1, 1] });
  });

  it('takes the sessions that the trace gives, and -1 for one of its own', () => {
    const requests = [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3]];
    expect(sessions(requests, [7, 9, -1, 7])).toEqual({
      session: [0, 1, 2, 0],
      turn: [1, 1, 1, 2],
    });
  });
});
