import { type Claim, defineClaims } from 'reprise';
import { busyOrIdle } from '../claims.ts';

const source = { version: 'this project', where: 'pareto/README.md', read: 'derived' } as const;

function shape(id: string, says: string, sql: string): Claim {
  const tolerance = { absolute: 0, reason: 'it holds or it does not' };
  return { id, says, source, kind: 'shape', published: 1, unit: 'holds', sql, tolerance };
}

/** Whether the first policy is below the second in each of the columns, at each prediction seed. */
function below(mode: string, first: string, second: string, ...columns: string[]): string {
  const each = columns.map((column) => `a.${column} < b.${column}`).join(' AND ');
  return `
    SELECT bool_and(${each}) AS replayed FROM results a JOIN results b USING (mode, seed)
    WHERE mode = '${mode}' AND a.policy = '${first}' AND b.policy = '${second}'`;
}

/** Whether level-finish is ahead of another in both, by intervals over prediction seeds. */
const ahead = (policy: string) => `
  SELECT total_s > half_total_s AND latency_s > half_latency_s AS replayed
  FROM gains WHERE against = '${policy}'`;

export const paretoClaims = defineClaims([
  shape(
    'pareto-longest-ends-sooner',
    'On slots, longest predicted first ends sooner than first come, first served, at every prediction seed',
    below('slots', 'slots-queue, longest predicted', 'slots-queue, fcfs', 'simulated_s'),
  ),
  shape(
    'pareto-longest-waits-longer',
    'On slots, longest predicted first waits longer than first come, first served, at every prediction seed',
    below('slots', 'slots-queue, fcfs', 'slots-queue, longest predicted', 'e2e_mean_ms'),
  ),
  shape(
    'pareto-level-finish',
    'On slots, level-finish ends sooner than the hybrid and waits less, both 90 % intervals above zero',
    ahead('hybrid'),
  ),
  shape(
    'pareto-level-finish-strongest',
    'On slots, level-finish ends sooner than longest predicted first and waits less, likewise',
    ahead('slots-queue, longest predicted'),
  ),
  busyOrIdle('pareto', 'with every scheduler on slots'),
  shape(
    'pareto-memory-look-ahead',
    'By memory, MC-SF ends sooner, waits less and preempts less than prefill-first, at every prediction seed',
    below('memory', 'mc-sf', 'prefill-first', 'simulated_s', 'e2e_mean_ms', 'preemptions'),
  ),
  shape(
    'pareto-memory-longest',
    'By memory, longest predicted first, prompts first, waits longest of all',
    `SELECT arg_max(policy, latency_s) = 'prefill-first, longest predicted' AS replayed
     FROM by_policy WHERE mode = 'memory'`,
  ),
]);
