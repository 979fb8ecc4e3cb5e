import { type Cell, defineExperiment } from 'reprise';
import { constants } from './profile.ts';
import { hybrid, results, seeded, system } from './systems.ts';

const rules = ['prefill-first', 'full-cost', 'fixed-part', 'exact'] as const;

function* cells(): Generator<Cell> {
  for (const p0 of [0, 2.5, 5, 10, 15, 20]) {
    for (const rule of rules) {
      yield* seeded({ p0, rule }, system({ ...hybrid(0.35), rule }, { p0 }), 10);
    }
  }
}

export default defineExperiment({
  name: 'prefill-cost',
  paper: 'hybrid-scheduling',
  question: 'What is a rule worth that lets prefills wait, and what must it price?',
  scenarios: cells,
  tables: 'summary',
  baselines: { paper: { rule: 'prefill-first' } },
  constants,
  views: {
    results,
    by_cost: `
      SELECT rule, p0, avg(simulated_s) AS total_s, 100 * avg(util_round) AS util,
        avg(prefill_steps) AS stages
      FROM results GROUP BY ALL`,
  },
  charts: [
    {
      id: 'rules',
      title: 'Letting prefills wait pays as far as a stage has a fixed cost',
      subtitle: 'Hybrid, prediction error 0.35; every profile gives 201.00 s for the baseline',
      sql: 'SELECT * FROM by_cost ORDER BY rule, p0',
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'p0', type: 'quantitative', title: 'fixed part of a prefill stage, ms' },
          y: {
            field: 'total_s',
            type: 'quantitative',
            scale: { zero: false },
            title: 'total time, s',
          },
          color: { field: 'rule', type: 'nominal' },
        },
      },
      interval: 'prediction errors, 10 seeds: means',
    },
  ],
  notes: 'The members of the calibrated family: a falls where p0 rises. The rules know the prices.',
});
