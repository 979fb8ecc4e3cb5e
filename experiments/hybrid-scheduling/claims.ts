import { type Claim, defineClaims } from 'reprise';
import { abstract, published, summary } from './published.ts';

/** Mean over prediction seeds, with the extremes over them. */
const overSeeds = (column: string, law: string, policy: string) => `
  SELECT avg(${column}) AS replayed, min(${column}) AS low, max(${column}) AS high,
    'prediction errors, 20 seeds, lowest and highest' AS interval
  FROM results WHERE law = '${law}' AND policy = '${policy}'`;

const totalOf = (id: string, law: string, policy: 'baseline' | 'hybrid'): Claim => ({
  id,
  says: `Total time of the ${policy}, ${law}`,
  source: abstract,
  kind: 'calibrated',
  published: published.totalS[policy],
  precision: 0.01,
  unit: 's',
  sql: overSeeds('simulated_s', law, policy === 'baseline' ? 'fcfs' : policy),
  tolerance:
    policy === 'baseline'
      ? { absolute: 0.005, reason: 'the profile is solved for it' }
      : { absolute: 0.4, reason: 'standard error of the mean of 20 prediction seeds' },
});

const utilisationOf = (id: string, law: string, policy: 'baseline' | 'hybrid'): Claim => ({
  id,
  says: `Utilisation of the ${policy} (mean share of slots that decode, over rounds), ${law}`,
  source: abstract,
  kind: 'calibrated',
  published: published.utilisation[policy],
  precision: 0.001,
  unit: 'of slots',
  sql: overSeeds('util_round', law, policy === 'baseline' ? 'fcfs' : policy),
  tolerance:
    policy === 'baseline'
      ? { absolute: 0, reason: 'output seed and slots are chosen for it' }
      : { absolute: 0.004, reason: 'standard error of the mean of 20 prediction seeds' },
});

const boundOf = (id: string, p0: number): Claim => ({
  id,
  says: `Lower bound of the total time, p0 = ${p0} ms`,
  source: summary,
  kind: 'calibrated',
  published: published.bound.totalS,
  precision: 1,
  unit: 's',
  sql: `SELECT value AS replayed FROM quantities WHERE name = 'bound, p0 = ${p0} ms'`,
  tolerance: { absolute: 0, reason: '"around": the profile is solved for 180.30 s' },
});

const { totalS, bound, cases } = published;

const ratioOnA100 = (id: string, what: string, policy: string): Claim => ({
  id,
  says: `Total time of ${what} over that of the baseline, analytic clock of 8 A100-80GB`,
  source: { ...abstract, read: 'derived' },
  kind: 'postdicted',
  published: totalS.hybrid / totalS.baseline,
  precision: 0.0001,
  unit: 'x',
  sql: `
    SELECT avg(h.simulated_s / f.simulated_s) AS replayed,
      min(h.simulated_s / f.simulated_s) AS low, max(h.simulated_s / f.simulated_s) AS high,
      'prediction errors, 20 seeds, lowest and highest' AS interval
    FROM results h JOIN results f USING (law, seed)
    WHERE law = 'a100' AND h.policy = '${policy}' AND f.policy = 'fcfs'`,
  tolerance: { absolute: 0.009, reason: 'spread over prediction seeds; sigma is calibrated' },
});

/**
 * J·R = N + I: slots times rounds are tokens decoded and idle slot-rounds. The tokens are those that
 * requests have at the end, not those of the steps: a token lost, or decoded again after a
 * preemption, breaks it.
 * @param where experiment that holds it; left out: the reproduction
 * @param preempted whether it says nothing unless a request was preempted
 */
export function busyOrIdle(where?: string, runs = 'in every run', preempted = false): Claim {
  const gap = 'max(abs(slots * decode_rounds - output_tokens - idle_slot_rounds))';
  return {
    id: where === undefined ? 'slots-are-busy-or-idle' : `slots-are-busy-or-idle-${where}`,
    says: `J·R = N + idle slot-rounds, ${runs}`,
    source: { version: 'this project', where: 'cost model', read: 'derived' },
    kind: 'identity',
    published: 0,
    unit: 'slot-rounds',
    sql: `
      SELECT ${preempted ? `CASE WHEN sum(preemptions) > 0 THEN ${gap} END` : gap} AS replayed
      FROM runs WHERE slots > 0`,
    tolerance: { absolute: 0, reason: 'integers' },
  };
}

export const otherSlots = defineClaims([busyOrIdle('slots', 'on 25 to 400 slots')]);
export const underMemory = defineClaims([
  busyOrIdle('memory', 'where requests are preempted and computed again', true),
]);
export const inChunks = defineClaims([
  busyOrIdle('chunked', 'where rounds carry prompt tokens as well'),
]);

export const reproduction = defineClaims([
  totalOf('total-baseline', 'p0 = 0', 'baseline'),
  totalOf('total-hybrid', 'p0 = 0', 'hybrid'),
  utilisationOf('utilisation-baseline', 'p0 = 0', 'baseline'),
  utilisationOf('utilisation-hybrid', 'p0 = 0', 'hybrid'),
  boundOf('bound', 0),
  totalOf('total-baseline-5ms', 'p0 = 5 ms', 'baseline'),
  totalOf('total-hybrid-5ms', 'p0 = 5 ms', 'hybrid'),
  utilisationOf('utilisation-hybrid-5ms', 'p0 = 5 ms', 'hybrid'),
  boundOf('bound-5ms', 5),
  {
    id: 'gap-halved',
    says: 'The hybrid closes more than half of the gap between the baseline and the bound',
    source: summary,
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: `
      SELECT (max(total_s) FILTER (policy = 'fcfs') - max(total_s) FILTER (policy = 'hybrid'))
        > ${bound.gapClosed} * (max(total_s) FILTER (policy = 'fcfs') - (
          SELECT value FROM quantities WHERE name = 'bound, p0 = 0 ms')) AS replayed
      FROM of_policy WHERE law = 'p0 = 0'`,
    tolerance: { absolute: 0, reason: 'it holds or it does not' },
  },
  ratioOnA100('total-ratio-a100', 'the hybrid', 'hybrid'),
  ratioOnA100(
    'total-ratio-a100-prefill-first',
    'the hybrid without its rule',
    'hybrid, prefill first',
  ),
  {
    id: 'total-baseline-a100',
    says: 'Total time of the baseline, analytic clock of 8 A100-80GB',
    source: abstract,
    kind: 'postdicted',
    published: totalS.baseline,
    precision: 0.01,
    unit: 's',
    sql: overSeeds('simulated_s', 'a100', 'fcfs'),
    tolerance: { relative: 0.1, reason: 'what the clock errs by on machines that are known' },
    notComparable: 'the machine is not known: eight devices of some kind, and their software',
  },
  {
    id: 'time-follows-rounds',
    says: 'The total time is a·R + b·N + p1·P + p0·K, in every run on the affine law',
    source: { version: 'this project', where: 'cost model', read: 'derived' },
    kind: 'identity',
    published: 0,
    unit: 'of the total',
    sql: 'SELECT max(abs(1000 * simulated_s / ms - 1)) AS replayed FROM by_law',
    tolerance: { absolute: 1e-9, reason: 'rounding of sums of thousands of steps' },
  },
  busyOrIdle(),
]);

const gain = (id: string, says: string, column: string): Claim => ({
  id,
  says,
  source: abstract,
  kind: 'postdicted',
  published: cases.gain,
  precision: 0.001,
  unit: column === 'points' ? 'of slots' : 'of the baseline',
  cells: { law: 'p0 = 0' },
  sql: `
    SELECT avg(${column}) AS replayed, avg(${column}) - half AS low, avg(${column}) + half AS high,
      'output lengths and predictions, 100 cases, 90 % (normal)' AS interval
    FROM gains, (SELECT 1.645 * stddev_samp(${column}) / 10 AS half FROM gains WHERE sigma = 0.35)
    WHERE sigma = 0.35 GROUP BY half`,
  tolerance: {
    absolute: 0.005,
    reason: 'standard error of 100 cases, 0.2 points, and the width of sigma = 0.34 to 0.36',
  },
});

export const hundredCases = defineClaims([
  gain('cases-gain-points', 'Mean gain of utilisation over 100 cases, read as points', 'points'),
  gain('cases-gain-share', 'Mean gain of utilisation over 100 cases, read as a share', 'share'),
  {
    id: 'cases-all-better',
    says: 'The hybrid has the better utilisation in each of 100 cases, at every prediction error, p0 and seed tried',
    source: abstract,
    kind: 'shape',
    published: 1,
    unit: 'holds',
    sql: 'SELECT min(points) > 0 AS replayed FROM gains',
    tolerance: { absolute: 0, reason: 'it holds or it does not' },
  },
  {
    id: 'cases-better',
    says: 'Cases of 100 in which the hybrid has the better utilisation, prediction error 0.35, p0 = 0',
    source: abstract,
    kind: 'postdicted',
    published: cases.count,
    unit: 'cases',
    sql: `
      SELECT avg(better) AS replayed, min(better) AS low, max(better) AS high,
        'three sets of 100 prediction seeds, lowest and highest' AS interval
      FROM (SELECT law, count(*) FILTER (points > 0) AS better FROM gains
        WHERE sigma = 0.35 AND law LIKE 'p0 = 0%' GROUP BY law)`,
    tolerance: { absolute: 0, reason: 'the paper says every one' },
  },
]);
