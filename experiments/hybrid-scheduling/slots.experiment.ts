import { type Cell, defineExperiment } from 'reprise';
import { otherSlots } from './claims.ts';
import { constants } from './profile.ts';
import { fcfs, hybrid, results, seeded, system } from './systems.ts';

function* cells(): Generator<Cell> {
  for (const slots of [25, 50, 100, 150, 200, 250, 300, 400]) {
    yield* seeded({ slots, policy: 'fcfs' }, system(fcfs, { slots }), 10);
    yield* seeded({ slots, policy: 'hybrid' }, system(hybrid(0.35), { slots }), 10);
    yield* seeded({ slots, policy: 'hybrid, lengths known' }, system(hybrid(0), { slots }), 10);
  }
}

export default defineExperiment({
  name: 'slots',
  paper: 'hybrid-scheduling',
  question: 'Does the gain survive few slots, or a longer backlog for each of them?',
  scenarios: cells,
  tables: 'summary',
  baselines: { paper: { policy: 'fcfs' } },
  constants,
  views: {
    results,
    by_slots: `
      SELECT slots, policy, avg(simulated_s) AS total_s, 100 * avg(util_round) AS util
      FROM results GROUP BY ALL`,
  },
  claims: otherSlots,
  charts: [
    {
      id: 'tail',
      title: 'What there is to gain is the tail, and the tail grows with the slots',
      subtitle: '1,319 requests on so many slots, p0 = 0, prediction error 0.35 or none',
      sql: 'SELECT * FROM by_slots ORDER BY policy, slots',
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'slots', type: 'quantitative', title: 'client slots' },
          y: {
            field: 'util',
            type: 'quantitative',
            scale: { zero: false },
            title: 'slots that decode, % of rounds',
          },
          color: { field: 'policy', type: 'nominal' },
        },
      },
      interval: 'prediction errors, 10 seeds: means',
    },
  ],
  notes: 'Round and prefill prices are those fitted at 200 slots, p0 = 0.',
});
