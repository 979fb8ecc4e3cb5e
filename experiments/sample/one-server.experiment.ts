import { defineExperiment } from 'reprise';
import { claims, serviceMs } from './claims.ts';

export default defineExperiment({
  name: 'one-server',
  paper: 'sample',
  question: 'Does a server that takes one request at a time wait as the textbook queue does?',
  scenarios: {
    grid: {
      base: {
        trace: 'kimi-like',
        // Poisson arrivals at multiples of the trace's rate.
        arrivals: { rate: { by: 'resample' } },
        // Every prompt lasts the same, and its answer nothing: a queue M/D/1.
        clock: {
          kind: 'affine',
          prefillBatchMs: serviceMs,
          prefillTokenMs: 0,
          roundMs: 0,
        },
        groups: [{ model: 'llama-3.1-8b', scheduler: { kind: 'prefill-first', maxSequences: 1 } }],
      },
      axes: { rate: { set: 'arrivals.rate.factor', to: [1, 1.6, 2.2] } },
    },
    repetitions: 5,
  },
  tables: 'summary',
  views: {
    waits: `
      SELECT rate, avg(queue_mean_ms) AS wait_ms,
        2.132 * stddev_samp(queue_mean_ms) / sqrt(count(*)) AS half_ms
      FROM runs JOIN cells USING (run) GROUP BY rate`,
  },
  constants: [
    {
      name: 'serviceMs',
      value: serviceMs,
      unit: 'ms',
      source: 'half a mean gap between arrivals of the trace',
      setFrom: ['sample/load-at-rate-1'],
    },
  ],
  claims: claims.oneServer,
  notes:
    'Prefill-first with one sequence at a time; the affine clock gives every request the same ' +
    'time. Kept: the summaries alone.',
});
