import { type Cell, defineExperiment, type ScenarioBase } from 'reprise';
import { constants } from '../profile.ts';
import { seedsTo } from '../systems.ts';
import { paretoClaims } from './claims.ts';
import { anywhere, type Contender, onSlots, policyFor, prices } from './policies.ts';

/** 200 client slots on the calibrated profile; memory never binds. */
function bySlots(one: Contender, limited: boolean): ScenarioBase {
  return {
    preset: 'client-slots-65b',
    clock: { kind: 'affine', ...prices },
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
  for (const seed of seedsTo(5)) {
    for (const [policy, one] of Object.entries(onSlots)) {
      const scenario = seeded(one, bySlots(one, false), seed);
      yield { labels: { mode: 'slots', policy, seed }, scenario };
    }
    for (const [policy, one] of Object.entries(anywhere)) {
      const slots = seeded(one, bySlots(one, true), seed);
      yield { labels: { mode: 'slots', policy, seed }, scenario: slots };
      const memory = seeded(one, byMemory(one), seed);
      yield { labels: { mode: 'memory', policy, seed }, scenario: memory };
    }
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
    results: `
      SELECT cells.*, simulated_s, e2e_mean_ms, util_round, preemptions, pauses, swapped_gib, slots,
        decode_rounds, idle_slot_rounds, output_tokens, oracles, oracle_policies
      FROM runs JOIN cells USING (run)`,
    /**
     * What a policy knows of lengths: nothing; the truth with error, where the predictor is its
     * only oracle; else the truth. Ideal swap: KV moved to the host, whose time is not priced.
     */
    by_policy: `
      SELECT mode, policy, avg(simulated_s) AS total_s, avg(e2e_mean_ms) / 1000 AS latency_s,
        100 * avg(util_round) AS util, avg(preemptions) AS preemptions, avg(pauses) AS pauses,
        avg(swapped_gib) AS swapped_gib, max(swapped_gib) > 0 AS ideal_swap,
        CASE WHEN max(oracles) = 'none' THEN 'nothing'
          WHEN max(oracle_policies) = 'log-normal' THEN 'lengths with error'
          ELSE 'true lengths' END AS knows
      FROM results GROUP BY mode, policy`,
    /** Points for the charts: policies within a second of each other are one, named by the first. */
    points: `
      SELECT mode, if(ideal_swap, 'nothing, ideal swap', knows) AS knows,
        avg(total_s) AS total_s, avg(latency_s) AS latency_s,
        min(policy) || if(count(*) > 1, ' and ' || (count(*) - 1) || ' more', '') AS policies
      FROM by_policy GROUP BY mode, ideal_swap, knows, round(total_s), round(latency_s)`,
    /**
     * Those that no other beats in both: among policies without oracles, and among these and those
     * that see lengths with error. Ideal swap is left out.
     */
    front: `
      WITH may AS (
        SELECT 'nothing' AS known, * FROM by_policy WHERE knows = 'nothing' AND NOT ideal_swap
        UNION ALL
        SELECT 'lengths with error', * FROM by_policy
        WHERE knows <> 'true lengths' AND NOT ideal_swap)
      SELECT a.* FROM may a
      WHERE NOT EXISTS (
        FROM may b
        WHERE b.known = a.known AND b.mode = a.mode AND b.total_s <= a.total_s
          AND b.latency_s <= a.latency_s AND (b.total_s < a.total_s OR b.latency_s < a.latency_s))`,
    /** level-finish less each other on slots, s, with 90 % intervals (Student, 5 prediction seeds). */
    gains: `
      SELECT o.policy AS against, avg(o.simulated_s - l.simulated_s) AS total_s,
        avg(o.e2e_mean_ms - l.e2e_mean_ms) / 1000 AS latency_s,
        2.132 * stddev_samp(o.simulated_s - l.simulated_s) / sqrt(count(*)) AS half_total_s,
        2.132 * stddev_samp(o.e2e_mean_ms - l.e2e_mean_ms) / 1000 / sqrt(count(*)) AS half_latency_s
      FROM results l JOIN results o USING (mode, seed)
      WHERE mode = 'slots' AND l.policy = 'level-finish' AND o.policy <> 'level-finish'
      GROUP BY ALL`,
  },
  claims: paretoClaims,
  charts: ['slots', 'memory'].map((mode) => ({
    id: mode,
    title:
      mode === 'slots'
        ? 'Orders trade waiting for an early end; level-finish gives up least of either'
        : 'Where memory is the limit, admission decides the total and the order the waiting',
    subtitle:
      mode === 'slots'
        ? '1,319 requests on 200 client slots, calibrated profile'
        : 'The same on four A100-80GB, limited by KV memory; ideal swap: moving KV to the host is free',
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
        shape: { field: 'knows', type: 'nominal' },
      },
    },
    interval: 'none drawn: means of 5 prediction seeds',
  })),
  notes:
    'Prediction error 0.35 where a policy asks for lengths. hybrid, slots-queue under a rule and ' +
    'level-finish count slots and refuse an instance without; prefill-pool and decode-pool serve ' +
    'one stage and are not here; orca reserves true lengths. Schedulers that swap KV to the host ' +
    '(ideal swap) pay nothing for it: the replay counts the KV but does not price its time.',
});
