import { defineClaims } from 'reprise';

const closedForm = (where: string) => ({
  version: 'this project, a sample',
  where,
  read: 'derived' as const,
});

/** Mean arrivals of the trace per ms: 12,031 over 3,506,999 ms. */
const arrivalsPerMs = 12_031 / 3_506_999;

/** Service time D, ms: the server is busy half of the time at the rate of the trace. */
export const serviceMs = Number((0.5 / arrivalsPerMs).toFixed(2));

/** Mean wait of a queue at one rate, with the interval over its seeds. */
const waitAt = (rate: number) => `
  SELECT wait_ms AS replayed, wait_ms - half_ms AS low, wait_ms + half_ms AS high,
    'workload, 5 seeds, 90 % (Student t)' AS interval
  FROM waits WHERE rate = ${rate}`;

/** Closed forms of queues and sums of steps: what is "published" here is arithmetic. */
export const claims = {
  oneServer: defineClaims([
    {
      id: 'wait-at-half-load',
      says: 'The mean wait is load D / (2 (1 - load)): D / 2 at load 0.5',
      source: closedForm('M/D/1'),
      kind: 'predicted',
      published: serviceMs / 2,
      precision: 0.01,
      unit: 'ms',
      cells: { rate: 1 },
      sql: waitAt(1),
      tolerance: {
        relative: 0.05,
        reason: 'three standard errors of the mean of 60,000 waits, 1.6 % each by theory',
      },
    },
    {
      id: 'wait-if-exponential',
      says: 'The mean wait is load D / (1 - load), as for exponential service times: D at load 0.5',
      source: closedForm('M/M/1'),
      kind: 'predicted',
      published: serviceMs,
      precision: 0.01,
      unit: 'ms',
      cells: { rate: 1 },
      sql: waitAt(1),
      tolerance: { relative: 0.05, reason: 'as the wait of M/D/1; a miss, kept to show one' },
    },
    {
      id: 'wait-overloaded',
      says: 'The mean wait is load D / (2 (1 - load)), at load 1.1',
      source: closedForm('M/D/1'),
      kind: 'predicted',
      published: (1.1 * serviceMs) / (2 * (1 - 1.1)),
      precision: 0.01,
      unit: 'ms',
      cells: { rate: 2.2 },
      sql: waitAt(2.2),
      tolerance: { relative: 0.05, reason: 'as the wait of M/D/1' },
      notComparable:
        'above load 1 the queue has no steady state: the wait grows with the length of the trace',
    },
    {
      id: 'wait-in-heavy-traffic',
      says: 'In heavy traffic the mean wait is D / (2 (1 - load)); at load 0.8',
      source: closedForm('heavy traffic'),
      kind: 'postdicted',
      published: serviceMs / (2 * (1 - 0.8)),
      precision: 0.01,
      unit: 'ms',
      cells: { rate: 1.6 },
      sql: waitAt(1.6),
      tolerance: { relative: 0.15, reason: 'chosen knowing that the limit is 25 % high here' },
    },
    {
      id: 'load-at-rate-1',
      says: 'The server is busy half of the time at the rate of the trace',
      source: closedForm('load'),
      kind: 'calibrated',
      published: 0.5,
      precision: 0.01,
      unit: 'busy',
      cells: { rate: 1 },
      sql: 'SELECT sum(gpu_s_busy) / sum(gpu_s_allocated) AS replayed FROM runs',
      tolerance: {
        absolute: 0.01,
        reason: 'the numbers of arrivals vary by 1 % from seed to seed',
      },
    },
    {
      id: 'wait-outgrows-load',
      says: 'From load 0.5 to 0.8 the mean wait grows more than the load',
      source: closedForm('M/D/1'),
      kind: 'shape',
      published: 1,
      unit: 'holds',
      sql: `
        SELECT max(wait_ms) FILTER (rate = 1.6) / max(wait_ms) FILTER (rate = 1) > 1.6 AS replayed
        FROM waits`,
      tolerance: { absolute: 0, reason: 'it holds or it does not' },
    },
  ]),
  backlog: defineClaims([
    {
      id: 'sum-of-steps',
      says: '66,922 rounds and 200 prompts of 13,741 tokens: 20 ms a step, 0.1 ms a token',
      source: closedForm('sum of steps'),
      kind: 'identity',
      published: (20 * (66_922 + 200) + 0.1 * (66_922 + 13_741)) / 1000,
      precision: 0.0001,
      unit: 's',
      cells: { clock: 'affine' },
      sql: 'SELECT simulated_s AS replayed FROM runs',
      tolerance: { absolute: 0, reason: 'a sum of known terms' },
    },
    {
      id: 'clocks-agree',
      says: 'Two clocks that are given one law take one time',
      source: closedForm('two clocks'),
      kind: 'cross-check',
      published: 1,
      unit: 'x',
      sql: `
        SELECT max(simulated_s) FILTER (clock = 'roofline-max')
          / max(simulated_s) FILTER (clock = 'affine') AS replayed
        FROM runs`,
      tolerance: { relative: 1e-9, reason: 'rounding of sums of 67,122 steps' },
    },
  ]),
};
