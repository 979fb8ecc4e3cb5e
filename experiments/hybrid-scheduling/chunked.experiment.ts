import { type Cell, defineExperiment, type ScenarioBase } from 'reprise';
import { inChunks } from './claims.ts';
import { constants, profile } from './profile.ts';
import { fcfs, node, onA100, online, type Policy, results, seeded, system } from './systems.ts';

const orders: Readonly<Record<string, Policy>> = {
  fcfs,
  'longest predicted first': online(0.35),
  'longest first': { order: 'longest-output' },
};

const budgets = [512, 2048];

/** The same order and predictor, with prompts in chunks beside the decodes. */
function chunked(scenario: ScenarioBase, budget: number): ScenarioBase {
  const [group] = scenario.groups as readonly Record<string, unknown>[];
  const scheduler = { kind: 'chunked-prefill', budget, maxSequences: 200 };
  return { ...scenario, groups: [{ ...node, ...group, scheduler }] };
}

function* cells(): Generator<Cell> {
  const laws = {
    'p0 = 0': (policy: Policy) => system(policy),
    a100: (policy: Policy) => onA100(policy, profile(0)),
  };
  for (const [law, served] of Object.entries(laws)) {
    for (const [policy, one] of Object.entries(orders)) {
      yield* seeded({ law, batching: 'stages', policy }, served(one), 10);
      for (const budget of budgets) {
        const mixed = chunked(served(one), budget);
        yield* seeded({ law, batching: `chunks of ${budget}`, policy }, mixed, 10);
      }
    }
  }
}

export default defineExperiment({
  name: 'chunked',
  paper: 'hybrid-scheduling',
  question: 'Is the order worth as much where prompts are computed beside the decodes?',
  scenarios: cells,
  tables: 'summary',
  baselines: { paper: { batching: 'stages', policy: 'fcfs' } },
  constants,
  views: {
    results,
    by_batching: `
      SELECT law, batching, policy, avg(simulated_s) AS total_s, 100 * avg(util_round) AS util,
        avg(e2e_mean_ms) / 1000 AS latency_s
      FROM results GROUP BY ALL`,
  },
  claims: inChunks,
  charts: [
    {
      id: 'batching',
      title: 'The order pays under either way of batching',
      subtitle: 'Total time, prompts in stages of their own or in chunks beside the decodes',
      sql: 'SELECT * FROM by_batching ORDER BY ALL',
      spec: {
        mark: { type: 'point', filled: true, size: 70 },
        encoding: {
          column: { field: 'law', type: 'nominal', title: null },
          x: { field: 'total_s', type: 'quantitative', title: 'total time, s' },
          y: { field: 'batching', type: 'nominal', title: null },
          color: { field: 'policy', type: 'nominal' },
        },
      },
      interval: 'prediction errors, 10 seeds: means',
    },
  ],
  notes:
    'On the affine law a mixed step costs a round and its prompt tokens; on the A100 clock it ' +
    'reads the weights once for both.',
});
