import { type Cell, defineExperiment, type ScenarioBase } from 'reprise';
import { constants } from '../profile.ts';
import { results } from '../systems.ts';
import { paretoClaims } from './claims.ts';
import { anywhere, type Contender, onSlots, policyFor } from './policies.ts';

/** 200 client slots on the calibrated profile; memory never binds. */
function bySlots(one: Contender, limited: boolean): ScenarioBase {
  return {
    preset: 'client-slots-65b',
    groups: [
      {
        model: 'llama-65b',
        gpu: 'a100-80gb',
        tp: 8,
        slots: 200,
        kv: { capacityTokens: 1_000_000, blockSize: 1 },
        ...policyFor(one, limited ? 200 : undefined),
      },
    ],
  };
}

/** Four A100 hold about 60,000 tokens of KV beside the weights: memory is the limit. */
function byMemory(one: Contender): ScenarioBase {
  return {
    preset: 'backlog-llama-65b',
    arrivals: { coalesce: true },
    groups: [{ model: 'llama-65b', gpu: 'a100-80gb', tp: 4, ...policyFor(one, 1000) }],
  };
}

function* cells(): Generator<Cell> {
  const seeded = (one: Contender, scenario: ScenarioBase, seed: number) =>
    one.lengths === 'log-normal' ? { ...scenario, seeds: { policy: seed } } : scenario;
  for (const seed of [1, 2]) {
    for (const [policy, one] of Object.entries(onSlots)) {
      const scenario = seeded(one, bySlots(one, false), seed);
      yield { labels: { mode: 'slots', policy, seed }, scenario };
    }
    for (const [policy, one] of Object.entries(anywhere)) {
      const scenario = seeded(one, bySlots(one, true), seed);
      yield { labels: { mode: 'slots', policy, seed }, scenario };
    }
  }
  for (const [policy, one] of Object.entries(anywhere)) {
    const scenario = seeded(one, byMemory(one), 1);
    yield { labels: { mode: 'memory', policy, seed: 1 }, scenario };
  }
}

export default defineExperiment({
  name: 'pareto',
  paper: 'hybrid-scheduling',
  question: 'Which scheduler gives what of mean latency for what of total time?',
  scenarios: cells,
  tables: 'summary',
  constants,
  views: {
    results,
    by_policy: `
      SELECT mode, policy, policy LIKE '%(oracle)' AS oracle, avg(simulated_s) AS total_s,
        avg(e2e_mean_ms) / 1000 AS latency_s, 100 * avg(util_round) AS util,
        avg(preemptions) AS preemptions
      FROM results GROUP BY ALL`,
    /** Points for the charts: policies within a second of each other are one, named by the first. */
    points: `
      SELECT mode, oracle, avg(total_s) AS total_s, avg(latency_s) AS latency_s,
        min(policy) || if(count(*) > 1, ' and ' || (count(*) - 1) || ' more', '') AS policies
      FROM by_policy GROUP BY mode, oracle, round(total_s), round(latency_s)`,
    /** Those that no other beats in both, oracles left out. */
    front: `
      SELECT a.* FROM by_policy a
      WHERE NOT a.oracle AND NOT EXISTS (
        FROM by_policy b
        WHERE b.mode = a.mode AND NOT b.oracle AND b.total_s <= a.total_s
          AND b.latency_s <= a.latency_s AND (b.total_s < a.total_s OR b.latency_s < a.latency_s))`,
  },
  claims: paretoClaims,
  charts: ['slots', 'memory'].map((mode) => ({
    id: mode,
    title:
      mode === 'slots'
        ? 'Orders trade waiting for an early end; level-finish gives up least of either'
        : 'Where memory is the limit, looking ahead or swapping saves what recomputing costs',
    subtitle:
      mode === 'slots'
        ? '1,319 requests on 200 client slots, calibrated profile'
        : 'The same on four A100-80GB, limited by KV memory',
    sql: `SELECT * FROM points WHERE mode = '${mode}' ORDER BY policies`,
    spec: {
      layer: [
        { mark: { type: 'point', filled: true, size: 60 } },
        {
          mark: { type: 'text', align: 'left', dx: 6, fontSize: 9 },
          encoding: { text: { field: 'policies' } },
        },
      ],
      encoding: {
        x: {
          field: 'latency_s',
          type: 'quantitative',
          scale: { zero: false },
          title: 'mean latency, s',
        },
        y: {
          field: 'total_s',
          type: 'quantitative',
          scale: { zero: false },
          title: 'total time, s',
        },
        shape: { field: 'oracle', type: 'nominal', title: 'knows true lengths' },
      },
    },
    interval: mode === 'slots' ? 'none drawn: means of 2 prediction seeds' : 'single runs',
  })),
  notes:
    'Prediction error 0.35 where a policy asks for lengths. hybrid, slots-queue under a rule and ' +
    'level-finish count slots and refuse an instance without; prefill-pool and decode-pool serve one stage ' +
    'and are not here; orca reserves true lengths. andes and skip-join-mlfq swap KV to the host, which ' +
    'the replay takes to overlap: it costs them nothing.',
});
