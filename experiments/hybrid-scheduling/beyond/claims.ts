import { type Claim, defineClaims } from 'reprise';

const source = { version: 'this project', where: 'beyond/README.md', read: 'derived' } as const;

/** The lower ends of both intervals of the gain over the hybrid, on one backlog and error. */
function better(backlog: string, sigma: number): Claim {
  return {
    id: `beyond-${backlog}-${100 * sigma}`,
    says: `On ${backlog}, prediction error ${sigma}, level-finish ends sooner than the hybrid, and its requests wait less`,
    source,
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `
      SELECT min(total - half_total) > 0 AND min(latency - half_latency) > 0 AS replayed
      FROM gains
      WHERE backlog = '${backlog}' AND sigma = ${sigma} AND policy = 'level-finish'
        AND against = 'hybrid'`,
    tolerance: { absolute: 0, reason: 'both 90 % intervals over paired backlogs lie above zero' },
  };
}

export const slotClaims = defineClaims(
  ['gsm8k', 'conversation', 'kimi-like', 'toolagent-like'].flatMap((backlog) =>
    [0.35, 0.5].map((sigma) => better(backlog, sigma)),
  ),
);

export const arrivalClaims = defineClaims([
  {
    id: 'beyond-arrivals-8',
    says: 'At 8 arrivals a second, more than the slots carry, requests wait less than under the hybrid',
    source,
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { rate: 8 },
    sql: `SELECT min(latency - half_latency) > 0 AS replayed
      FROM gains WHERE rate = 8 AND against = 'hybrid'`,
    tolerance: { absolute: 0, reason: 'the 90 % interval over 5 seeds lies above zero' },
  },
]);
