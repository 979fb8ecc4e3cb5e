import { type Cell, defineExperiment } from 'reprise';
import { constants } from './profile.ts';
import { fcfs, hybrid, levelled, type Policy, system } from './systems.ts';

const policies: Readonly<Record<string, Policy>> = {
  'first come, first served': fcfs,
  hybrid: hybrid(0.35),
  'levelled, lengths known': levelled,
};

function* cells(): Generator<Cell> {
  for (const [policy, one] of Object.entries(policies)) {
    yield { labels: { policy }, scenario: { ...system(one, { p0: 5 }), seeds: { policy: 3 } } };
  }
}

export default defineExperiment({
  name: 'timeline',
  paper: 'hybrid-scheduling',
  question: 'Where do the client slots stand idle, and where do they stand still?',
  scenarios: cells,
  tables: ['requests', 'steps'],
  baselines: { paper: { policy: 'first come, first served' } },
  constants,
  views: {
    /** What each slot serves, in order. */
    stays: `
      SELECT policy, slot, admitted_ms / 1000 AS from_s, finish_ms / 1000 AS to_s, output_tokens
      FROM requests JOIN cells USING (run)`,
    /** Mean slots that decode, in per cent, by two seconds. */
    seconds: `
      SELECT policy, second, sum(decodes * (least(end_ms, 1000 * (second + 2))
          - greatest(start_ms, 1000 * second))) / (200 * 2000) * 100 AS decoding
      FROM steps JOIN cells USING (run)
        JOIN (SELECT unnest(range(0, 202, 2)) AS second)
          ON start_ms < 1000 * (second + 2) AND end_ms > 1000 * second
      GROUP BY ALL`,
    /**
     * Slot-seconds of a run: J·T = decoding + own prefill + stalled + idle. A slot is stalled
     * where its request has its prompt and others' prompts are computed.
     */
    areas: `
      SELECT policy, decoding_s, own_prefill_s, held_s - decoding_s - own_prefill_s AS stalled_s,
        200 * total_s - held_s AS idle_s
      FROM (SELECT policy, sum(finish_ms - admitted_ms) / 1000 AS held_s,
          max(finish_ms) / 1000 AS total_s
        FROM requests JOIN cells USING (run) GROUP BY policy)
      JOIN (SELECT policy, sum(decodes * (end_ms - start_ms)) / 1000 AS decoding_s,
          sum(prefill_requests * (end_ms - start_ms)) / 1000 AS own_prefill_s
        FROM steps JOIN cells USING (run) GROUP BY policy) USING (policy)`,
  },
  charts: [
    {
      id: 'slots',
      title: {
        sql: `SELECT 'The last slots finish ' || round(max(to_s) FILTER (policy LIKE 'first%')
            - max(to_s) FILTER (policy = 'hybrid'), 1) || ' s earlier, as long requests start first'
          FROM stays`,
      },
      subtitle: 'A bar is a request on its client slot, coloured by its output',
      sql: 'SELECT *, slot + 1 AS above FROM stays ORDER BY policy, slot, from_s',
      spec: {
        mark: 'rect',
        height: 200,
        encoding: {
          row: { field: 'policy', type: 'nominal', title: null },
          x: { field: 'from_s', type: 'quantitative', title: 'time, s' },
          x2: { field: 'to_s' },
          y: { field: 'slot', type: 'quantitative', title: 'client slot' },
          y2: { field: 'above' },
          color: { field: 'output_tokens', type: 'quantitative', title: 'output tokens' },
        },
      },
      interval: 'one prediction seed',
    },
    {
      id: 'decoding',
      title: 'Both keep all slots busy until the queue is empty; what differs is the tail',
      subtitle: 'Slots that decode, of 200, means of two seconds',
      sql: 'SELECT * FROM seconds ORDER BY policy, second',
      spec: {
        mark: { type: 'line', interpolate: 'step' },
        encoding: {
          x: { field: 'second', type: 'quantitative', title: 'time, s' },
          y: { field: 'decoding', type: 'quantitative', title: '% of slots' },
          color: { field: 'policy', type: 'nominal' },
        },
      },
      interval: 'one prediction seed',
    },
    {
      id: 'areas',
      title: 'An idle slot costs the end of the run, a stall a little all the time',
      subtitle: 'Slot-seconds that are not decoding: J·T = decoding + own prefill + stalled + idle',
      sql: `
        UNPIVOT (SELECT policy, own_prefill_s AS "own prefill", stalled_s AS stalled,
          idle_s AS idle FROM areas)
        ON "own prefill", stalled, idle INTO NAME area VALUE slot_s`,
      spec: {
        mark: 'bar',
        encoding: {
          y: { field: 'policy', type: 'nominal', title: null },
          x: { field: 'slot_s', type: 'quantitative', title: 'slot-seconds' },
          color: { field: 'area', type: 'nominal', title: null },
        },
      },
      interval: 'one prediction seed',
    },
  ],
  notes:
    'Calibrated profile with 5 ms a prefill stage, prediction error 0.35, prediction seed 3. ' +
    'Stages wait in the hybrid, so that slots idle a little longer and stall less.',
});
