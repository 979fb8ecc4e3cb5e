import { type Cell, defineExperiment } from 'reprise';
import { arriving, caseFiles } from './cases.ts';
import { constants } from './profile.ts';
import { fcfs, hybrid, online, type Policy, results, seedsTo, system } from './systems.ts';

const seeds = seedsTo(3);
const files = await caseFiles(arriving, seeds);

const policies: Readonly<Record<string, Policy>> = {
  fcfs,
  'shortest predicted first': { order: 'shortest-predicted', sigma: 0.35 },
  'longest predicted first': online(0.35),
  'hybrid, at once': hybrid(0.35),
  'hybrid, every 10 s': { ...hybrid(0.35), reoptimiseMs: 10_000 },
  'hybrid, every 60 s': { ...hybrid(0.35), reoptimiseMs: 60_000 },
};

function* cells(): Generator<Cell> {
  for (const rate of [5, 6, 7, 7.5, 8, 10]) {
    for (const [policy, one] of Object.entries(policies)) {
      for (const seed of seeds) {
        const scenario = {
          ...system(one, { p0: 5 }),
          trace: files[seed - 1] as string,
          arrivals: { coalesce: true, rate: { factor: rate } },
          seeds: { policy: seed },
        };
        yield { labels: { rate, policy, seed }, scenario };
      }
    }
  }
}

export default defineExperiment({
  name: 'arrivals',
  paper: 'hybrid-scheduling',
  question: 'What does the hybrid do for requests that arrive one by one?',
  scenarios: cells,
  tables: ['requests'],
  baselines: { paper: { policy: 'fcfs' } },
  // Assumed: a first token within 5 s, then 10 tokens a second; half of them come in 75 ms.
  slo: { ttftMs: 5000, tpotMs: 100 },
  constants,
  views: {
    results,
    by_rate: `
      SELECT rate, policy, avg(simulated_s) AS total_s, avg(ttft_mean_ms) / 1000 AS ttft_s,
        avg(e2e_mean_ms) / 1000 AS latency_s, avg(e2e_p99_ms) / 1000 AS latency_p99_s,
        avg(attained) AS attained
      FROM results JOIN (
          SELECT run, avg((ttft_ms <= 5000 AND coalesce(tpot_ms, 0) <= 100)::INTEGER) AS attained
          FROM requests GROUP BY run) USING (run)
      GROUP BY ALL`,
  },
  charts: [
    {
      id: 'attainment',
      title: 'While the slots suffice no order matters; beyond, each trades many waits for a few',
      subtitle: 'Requests with a first token within 5 s and at most 100 ms a token after it',
      sql: 'SELECT * FROM by_rate ORDER BY policy, rate',
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'rate', type: 'quantitative', title: 'requests a second' },
          y: { field: 'attained', type: 'quantitative', title: 'of requests' },
          color: { field: 'policy', type: 'nominal', sort: null },
        },
      },
      interval: 'arrivals and prediction errors, 3 seeds: means',
    },
  ],
  notes:
    'GSM8K as Poisson arrivals, 200 slots, p0 = 5 ms; the slots carry 7.3 requests a second ' +
    'without idling. Lists are assigned anew after arrivals, at most so often.',
});
