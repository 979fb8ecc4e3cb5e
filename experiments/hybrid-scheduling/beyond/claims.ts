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

type Figure = 'total' | 'latency';

/** The lower end of one interval of the gain over the strongest baseline, at both errors. */
function againstStrongest(backlog: string, figure: Figure): Claim {
  const what = { total: 'ends sooner', latency: 'waits less' }[figure];
  return {
    id: `beyond-${backlog}-strongest-${figure}`,
    says: `On ${backlog}, level-finish ${what} than longest predicted first, at either prediction error`,
    source,
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `
      SELECT min(${figure} - half_${figure}) > 0 AS replayed
      FROM gains
      WHERE backlog = '${backlog}' AND policy = 'level-finish'
        AND against = 'longest predicted first'`,
    tolerance: { absolute: 0, reason: 'the 90 % interval over paired backlogs lies above zero' },
  };
}

const names = ['gsm8k', 'conversation', 'kimi-like', 'toolagent-like'];

export const slotClaims = defineClaims([
  ...names.flatMap((backlog) => [0.35, 0.5].map((sigma) => better(backlog, sigma))),
  ...names.flatMap((backlog) =>
    (['total', 'latency'] as const).map((figure) => againstStrongest(backlog, figure)),
  ),
]);

/** The lower end of an interval of the gain over another policy, where requests arrive. */
function arriving(id: string, says: string, figure: Figure, against: string, rate: number): Claim {
  return {
    id,
    says: `At ${rate} arrivals a second, ${says}`,
    source,
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { rate },
    sql: `SELECT min(${figure} - half_${figure}) > 0 AS replayed
      FROM gains WHERE rate = ${rate} AND against = '${against}'`,
    tolerance: { absolute: 0, reason: 'the 90 % interval over 5 seeds lies above zero' },
  };
}

const under = 'more than the slots carry, requests wait less under level-finish than';
const strongest = 'first come, first served';

export const arrivalClaims = defineClaims([
  arriving('beyond-arrivals-8', `${under} under the hybrid`, 'latency', 'hybrid', 8),
  arriving('beyond-arrivals-8-strongest', `${under} ${strongest}`, 'latency', 'fcfs', 8),
  arriving(
    'beyond-arrivals-8-total',
    'the last request ends sooner under level-finish than under the hybrid',
    'total',
    'hybrid',
    8,
  ),
]);
