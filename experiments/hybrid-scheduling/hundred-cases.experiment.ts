import { type Cell, defineExperiment, type ScenarioBase } from 'reprise';
import { caseFiles, seededOutput } from './cases.ts';
import { hundredCases } from './claims.ts';
import { constants } from './profile.ts';
import { fcfs, hybrid, results, seedsTo, system } from './systems.ts';

const cases = seedsTo(100);
const files = await caseFiles(seededOutput, cases);
const sigmas = [0, 0.2, 0.3, 0.35, 0.4, 0.45];

/** The same backlog but for its output lengths; the seed is that of the predictions as well. */
const onCase = (scenario: ScenarioBase, seed: number, policySeed: number | null) => ({
  ...scenario,
  trace: files[seed - 1] as string,
  seeds: { policy: policySeed },
});

/** Profiles, and the seeds of the predictions: that of the case, or so many above it. */
const laws: Readonly<Record<string, { p0: number; above: number; errors: readonly number[] }>> = {
  'p0 = 0': { p0: 0, above: 0, errors: sigmas },
  'p0 = 5 ms': { p0: 5, above: 0, errors: sigmas },
  'p0 = 0, prediction seeds + 1000': { p0: 0, above: 1000, errors: [0.35] },
  'p0 = 0, prediction seeds + 2000': { p0: 0, above: 2000, errors: [0.35] },
};

function* cells(): Generator<Cell> {
  for (const [law, { p0, above, errors }] of Object.entries(laws)) {
    for (const seed of cases) {
      const baseline = onCase(system(fcfs, { p0 }), seed, null);
      yield { labels: { law, policy: 'fcfs', sigma: 0, seed }, scenario: baseline };
      for (const sigma of errors) {
        const drawn = sigma === 0 ? null : seed + above;
        const scenario = onCase(system(hybrid(sigma), { p0 }), seed, drawn);
        yield { labels: { law, policy: 'hybrid', sigma, seed }, scenario };
      }
    }
  }
}

export default defineExperiment({
  name: 'hundred-cases',
  paper: 'hybrid-scheduling',
  question: 'Is the hybrid better on every backlog, and by how much?',
  scenarios: cells,
  tables: 'summary',
  constants,
  views: {
    results,
    gains: `
      SELECT h.law, h.sigma, h.seed, h.util_round - f.util_round AS points,
        h.util_round / f.util_round - 1 AS share, f.util_round AS baseline,
        f.simulated_s AS baseline_s, h.simulated_s AS hybrid_s
      FROM results h JOIN results f ON h.law = f.law AND h.seed = f.seed
      WHERE h.policy = 'hybrid' AND f.policy = 'fcfs'`,
  },
  claims: hundredCases,
  charts: [
    {
      id: 'gains',
      title: 'How much a case gains is how well lengths are known',
      subtitle: 'Gain of utilisation over first come, first served, 100 backlogs, p0 = 0',
      sql: `SELECT sigma, 100 * points AS points FROM gains WHERE law = 'p0 = 0' ORDER BY sigma`,
      spec: {
        mark: { type: 'tick', thickness: 1 },
        encoding: {
          x: { field: 'points', type: 'quantitative', title: 'gain, percentage points' },
          y: { field: 'sigma', type: 'ordinal', title: 'prediction error' },
        },
      },
      interval: 'none: each tick is a case',
    },
  ],
  notes:
    'The prompts of GSM8K, output lengths of seeds 1 to 100 of one generator. How the paper drew ' +
    'its cases is not known.',
});
