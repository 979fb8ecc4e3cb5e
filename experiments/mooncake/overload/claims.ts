import { type Claim, defineClaims } from 'reprise';
import { overload } from './published.ts';
import { halfWidth, labelsOf, type RegimeName, regimes, seedInterval } from './systems.ts';

const version = 'arXiv 2407.00079v3';
const printed = (where: string) => ({ version, where, read: 'printed' as const });
const drawn = (where: string) => ({ version, where, read: 'read from a figure' as const });
const holds = { absolute: 0, reason: 'it holds, with its 90 % interval, or it does not' };
const otherTrace =
  'the trace of the paper was not obtained, and its TBT SLO and threshold are not reported: how ' +
  'far rejections fall depends on both';

const { 'two-gates': base, early, predicted } = overload.rejected;

const changes = (policy: string, beside: string) =>
  `FROM changes WHERE policy = '${policy}' AND beside = '${beside}'`;

/** One policy rejects fewer than another on the same arrivals. */
const fewer = (
  regime: RegimeName,
  { id, says, than, policy }: { id: string; says: string; than: string; policy: string },
): Claim => ({
  id: `v3-overload-${regime}-${id}`,
  says: `${says}; regime ${regime}`,
  source: printed('table 3'),
  kind: 'shape',
  published: 1,
  unit: 'holds',
  cells: labelsOf(regimes[regime]),
  sql: `SELECT change + half < 0 AS replayed ${changes(policy, than)}`,
  tolerance: holds,
});

const orders = (Object.keys(regimes) as RegimeName[]).flatMap((regime) => [
  fewer(regime, {
    id: 'early',
    says: 'Early rejection turns fewer away than two gates',
    than: 'two-gates',
    policy: 'early',
  }),
  fewer(regime, {
    id: 'predicted',
    says: 'Prediction turns fewer away than early rejection',
    than: 'early',
    policy: 'predicted',
  }),
  fewer(regime, {
    id: 'predicted-later',
    says: 'The same where prediction repeats the latest arrivals',
    than: 'early',
    policy: 'predicted-later',
  }),
  fewer(regime, {
    id: 'oracle-later',
    says: 'The same where it also knows every length',
    than: 'early',
    policy: 'oracle-later',
  }),
]);

const table3 = (['early', 'predicted'] as const).map(
  (policy): Claim => ({
    id: `v3-table3-${policy}`,
    says: `Rejections under ${policy} against two gates, 8 prefill and 8 decode nodes`,
    source: { version, where: 'table 3, from the counts', read: 'derived' },
    kind: 'postdicted',
    published: 100 * ((policy === 'early' ? early : predicted) / base - 1),
    precision: 0.1,
    unit: '%',
    cells: labelsOf(regimes['tools-both']),
    sql: `SELECT change AS replayed, change - half AS low, change + half AS high,
        '${seedInterval}' AS interval ${changes(policy, 'two-gates')}`,
    tolerance: { absolute: 2, reason: 'one percent of the rejections either way, twice' },
    notComparable: otherTrace,
  }),
);

/** Claims on how many are rejected. */
export const rejections = defineClaims([...table3, ...orders]);

const metric = (column: string, policy: string) => `
  SELECT avg(${column}) AS replayed, avg(${column}) - ${halfWidth(column)} AS low,
    avg(${column}) + ${halfWidth(column)} AS high, '${seedInterval}' AS interval
  FROM swings WHERE policy = '${policy}'`;

const figure9 = (
  [
    ['prefill-mean', 'prefill_mean', 'Mean prefill load', overload.fluctuation.prefillMean],
    ['prefill-sd', 'prefill_sd', 'Deviation of the prefill load', overload.fluctuation.prefillSd],
    ['decode-mean', 'decode_mean', 'Mean decode load', overload.fluctuation.decodeMean],
    ['decode-sd', 'decode_sd', 'Deviation of the decode load', overload.fluctuation.decodeSd],
    ['lag0', 'lag0', 'Correlation of the two loads', overload.fluctuation.lag0],
  ] as const
).map(
  ([id, column, says, published]): Claim => ({
    id: `v3-fig9-${id}`,
    says: `${says} under early rejection`,
    source: drawn('figure 9'),
    kind: 'postdicted',
    published,
    unit: id === 'lag0' ? 'correlation' : 'of the SLO',
    cells: labelsOf(regimes.both),
    sql: metric(column, 'early'),
    tolerance: { absolute: 0.05, reason: 'reading of the figure, and 81 samples' },
    notComparable:
      'figure 9 is of 20 machines in production: its trace, its SLO and its split are not reported',
  }),
);

const swing = (
  regime: 'decode' | 'both' | 'tools-both',
  id: string,
  says: string,
  sql: string,
): Claim => ({
  id: `v3-fluctuation-${regime}-${id}`,
  says: `${says}; regime ${regime}`,
  source: printed('section 7, figures 9 and 10'),
  kind: 'shape',
  published: 1,
  unit: 'holds',
  cells: labelsOf(regimes[regime]),
  sql,
  tolerance: holds,
});

/** Whether a metric of two policies differs in that sense, paired by seed, with its interval. */
const paired = (difference: string) => `
  SELECT avg(${difference}) - ${halfWidth(difference)} > 0 AS replayed
  FROM swings a JOIN swings b USING (workload, nodes, rate, tbt, ttft, seed)
  WHERE a.policy = 'early' AND b.policy = 'predicted'`;

const shapes = (['decode', 'both', 'tools-both'] as const).flatMap((regime) => [
  swing(
    regime,
    'anti-phase',
    'Under early rejection the loads of the two pools go against each other',
    `SELECT avg(lag0) + ${halfWidth('lag0')} < 0 AS replayed FROM swings WHERE policy = 'early'`,
  ),
  swing(
    regime,
    'in-phase',
    'Prediction brings their correlation towards 0 or above',
    paired('b.lag0 - a.lag0'),
  ),
  swing(
    regime,
    'prefill-damped',
    'Prediction damps the prefill load',
    paired('a.prefill_sd - b.prefill_sd'),
  ),
  swing(
    regime,
    'decode-damped',
    'Prediction damps the decode load',
    paired('a.decode_sd - b.decode_sd'),
  ),
  swing(
    regime,
    'less-waste',
    'Early rejection wastes fewer prompt tokens than two gates',
    `SELECT avg(a.wasted - b.wasted) - ${halfWidth('a.wasted - b.wasted')} > 0 AS replayed
      FROM swings a JOIN swings b USING (workload, nodes, rate, tbt, ttft, seed)
      WHERE a.policy = 'two-gates' AND b.policy = 'early'`,
  ),
]);

/** Claims on how the loads move. */
export const fluctuation = defineClaims([...figure9, ...shapes]);
