import { type Claim, defineClaims } from 'reprise';

const source = {
  version: 'this project',
  where: 'service-levels/README.md',
  read: 'derived',
} as const;

/** The first policy keeps the limits for more requests than the second, at every rate. */
function more(id: string, says: string, service: string, first: string, second: string): Claim {
  return {
    id,
    says,
    source,
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { service },
    sql: `
      SELECT bool_and(a.attainment > b.attainment) AS replayed
      FROM by_rate a JOIN by_rate b USING (service, rate)
      WHERE service = '${service}' AND a.policy = '${first}' AND b.policy = '${second}'`,
    tolerance: { absolute: 0, reason: 'it holds or it does not' },
  };
}

export const serviceClaims = defineClaims([
  more(
    'service-code-chunks',
    'On code, chunked prefill keeps the limits for more requests than prefill-first at every rate',
    'code',
    'chunked-prefill',
    'prefill-first',
  ),
  more(
    'service-code-shortest-prompt',
    'On code, the shortest prompt first keeps them for more than first come, first served',
    'code',
    'chunked-prefill, shortest prompt',
    'chunked-prefill',
  ),
  more(
    'service-code-shortest-predicted',
    'On code, the shortest prompt first keeps them for more than the shortest predicted output',
    'code',
    'chunked-prefill, shortest prompt',
    'chunked-prefill, shortest predicted',
  ),
  {
    id: 'service-chat-chunks',
    says: 'On chat, chunks change the share of requests within the limits by less than 3 points',
    source,
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { service: 'chat' },
    sql: `
      SELECT max(abs(a.attainment - b.attainment)) < 0.03 AS replayed
      FROM by_rate a JOIN by_rate b USING (service, rate)
      WHERE service = 'chat' AND a.policy = 'chunked-prefill' AND b.policy = 'prefill-first'`,
    tolerance: { absolute: 0, reason: 'it holds or it does not' },
  },
]);
