import { type Cell, defineExperiment } from 'reprise';
import { fluctuation } from './claims.ts';
import {
  labelsOf,
  overloaded,
  policies,
  regimes,
  seeded,
  seedInterval,
  ttftSloMs,
} from './systems.ts';

/** As figure 9 samples. */
const everyMs = 15_000;
const lags = [0, 1, 2, 3, 4];

function* cells(): Generator<Cell> {
  for (const name of ['decode', 'both', 'tools-both'] as const) {
    for (const policy of ['two-gates', 'early', 'predicted', 'predicted-later'] as const) {
      const scenario = overloaded(regimes[name], policies[policy]);
      const samples = { everyMs, blockRanks: [] };
      yield* seeded({ ...labelsOf(regimes[name]), policy }, { ...scenario, samples });
    }
  }
}

const key = 'workload, nodes, rate, tbt, ttft, policy, seed';

export default defineExperiment({
  name: 'v3-overload-fluctuation',
  paper: 'mooncake',
  question:
    'Do the loads of the two pools swing against each other, and does prediction damp them?',
  scenarios: cells,
  tables: ['requests', 'samples'],
  views: {
    // From the third minute, when the pools have filled, to the last arrival.
    loads: `
      SELECT c.workload, c.nodes, c.rate, c.tbt, c.ttft, c.policy, c.seed, at_ms,
        avg(queued_prefill_ms) FILTER (instance < 8) / ${ttftSloMs} AS prefill,
        avg(round_ms / c.tbt) FILTER (instance >= 8) AS decode
      FROM samples s JOIN cells c USING (run)
        JOIN (SELECT run, max(arrival_ms) AS last_ms FROM requests GROUP BY run) USING (run)
      WHERE at_ms > 120000 AND at_ms <= last_ms
      GROUP BY ALL`,
    waste: `
      SELECT ${key}, coalesce(sum(input_tokens) FILTER (reason = 'refused-before-decode'), 0)
          / sum(input_tokens) AS wasted,
        avg(input_tokens) FILTER (status = 'finished') AS finished_tokens
      FROM requests JOIN cells USING (run) GROUP BY ALL`,
    lagged: `
      SELECT ${key}, prefill, ${lags
        .map((lag) => `lead(decode, ${lag}) OVER w AS decode_${lag}`)
        .join(', ')}
      FROM loads WINDOW w AS (PARTITION BY ${key} ORDER BY at_ms)`,
    swings: `
      SELECT ${key}, any_value(wasted) AS wasted, any_value(finished_tokens) AS finished_tokens,
        avg(prefill) AS prefill_mean, stddev_pop(prefill) AS prefill_sd,
        avg(decode_0) AS decode_mean, stddev_pop(decode_0) AS decode_sd,
        ${lags.map((lag) => `corr(prefill, decode_${lag}) AS lag${lag}`).join(', ')}
      FROM lagged JOIN waste USING (${key}) GROUP BY ALL`,
  },
  claims: fluctuation,
  charts: [
    {
      id: 'swing',
      title: {
        sql: `SELECT 'Under early rejection the prefill load swings by '
            || round(avg(prefill_sd) FILTER (policy = 'early'), 2) || ', under prediction by '
            || round(avg(prefill_sd) FILTER (policy = 'predicted'), 2)
          FROM swings WHERE workload = 'conversation' AND rate = 3`,
      },
      subtitle: 'Mean load of each pool over its SLO, every 15 s; conversation at 3 times its rate',
      sql: `SELECT policy, at_ms / 60000 AS minutes, pool, load
        FROM (UNPIVOT (SELECT policy, at_ms, prefill, decode FROM loads
            WHERE workload = 'conversation' AND rate = 3 AND seed = 1)
          ON prefill, decode INTO NAME pool VALUE load)
        ORDER BY ALL`,
      spec: {
        mark: { type: 'line' },
        encoding: {
          x: { field: 'minutes', type: 'quantitative', title: 'minutes' },
          y: { field: 'load', type: 'quantitative', title: 'load' },
          color: { field: 'pool', type: 'nominal' },
          row: { field: 'policy', type: 'nominal', title: null },
        },
        height: 90,
      },
    },
    {
      id: 'lags',
      title: 'Decode answers a prefill wave with a delay',
      subtitle: 'Correlation of the prefill load with the decode load so much later',
      sql: `SELECT workload || ' x' || rate::INT AS regime, policy, 15 * replace(lag, 'lag', '')::INT AS seconds,
          avg(correlation) AS correlation
        FROM (UNPIVOT (SELECT workload, rate, policy, seed, ${lags.map((lag) => `lag${lag}`).join(', ')}
            FROM swings) ON ${lags.map((lag) => `lag${lag}`).join(', ')}
          INTO NAME lag VALUE correlation)
        GROUP BY ALL ORDER BY ALL`,
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'seconds', type: 'quantitative', title: 'delay, s' },
          y: { field: 'correlation', type: 'quantitative' },
          color: { field: 'policy', type: 'nominal' },
          column: { field: 'regime', type: 'nominal', title: null },
        },
      },
      interval: `none drawn; means over seeds (${seedInterval} in the claims)`,
    },
  ],
  notes:
    'Load of a prefill node: predicted time of the prompts in its queue over 30 s; of a decode ' +
    'node: predicted round over the TBT SLO. A pool has the mean of its nodes.',
});
