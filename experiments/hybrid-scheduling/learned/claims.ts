import { type Claim, defineClaims } from 'reprise';

const source = { version: 'this project', where: 'learned/README.md', read: 'derived' } as const;

function shape(id: string, says: string, sql: string): Claim {
  const tolerance = { absolute: 0, reason: 'it holds or it does not' };
  return { id, says, source, kind: 'shape', published: 1, unit: 'holds', sql, tolerance };
}

/** Sooner than prefill-first at 5, 10 and 20 ms. */
const sooner = (id: string, backlog: string) =>
  shape(
    id,
    `From 5 ms a stage on, the learned rule ends later backlogs of ${backlog} sooner than prefill-first`,
    `SELECT min(saved_s - half_s) > 0 AS replayed FROM saved
     WHERE rule = 'learned' AND source = '${backlog}' AND p0 >= 5`,
  );

export const insertionClaims = defineClaims([
  sooner('learned-gsm8k', 'gsm8k'),
  sooner('learned-conversation', 'conversation'),
  shape(
    'learned-below-exact',
    'The learned rule nowhere saves more than the exact rule',
    'SELECT max(share) <= 1 AS replayed FROM share',
  ),
]);
