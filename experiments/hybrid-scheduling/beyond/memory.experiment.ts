import { type Cell, defineExperiment, presentTrace } from 'reprise';
import { caseFiles, seededOutput } from '../cases.ts';
import { results } from '../systems.ts';
import { from, wholeParts } from './backlogs.ts';
import { levelFinish } from './policies.ts';

const conversation = presentTrace('conversation', 'kimi-like');

/** Where KV memory is the limit: no slots. */
const systems = {
  'gsm8k, LLaMA-65B on 4 A100': {
    files: await caseFiles(seededOutput, from(51, 5)),
    group: { model: 'llama-65b', gpu: 'a100-80gb', tp: 4 },
  },
  'conversation, Llama-3.1-8B on an A100': {
    files: await wholeParts(conversation, { parts: from(12, 5), requests: 500 }),
    group: { model: 'llama-3.1-8b', gpu: 'a100-80gb' },
  },
};

const exclusive = { maxSequences: 1000, batching: 'exclusive' };

const policies = {
  fcfs: [{ kind: 'prefill-first', maxSequences: 1000 }, 'fcfs'],
  'shortest predicted first': [{ kind: 'prefill-first', maxSequences: 1000 }, 'shortest-predicted'],
  'longest predicted first': [{ kind: 'prefill-first', maxSequences: 1000 }, 'longest-predicted'],
  srpt: [{ kind: 'srpt', ...exclusive }, 'fcfs'],
  'mc-sf': [{ kind: 'mc-sf', ...exclusive }, 'fcfs'],
  'level-finish': [{ kind: levelFinish, maxSequences: 1000 }, 'fcfs'],
} as const;

function* cells(): Generator<Cell> {
  for (const [system, { files, group }] of Object.entries(systems)) {
    for (const [part, trace] of files.entries()) {
      for (const sigma of [0.35, 0.5]) {
        for (const [policy, [scheduler, order]] of Object.entries(policies)) {
          const seed = 101;
          const lengths = policy === 'fcfs' ? { kind: 'none' } : { kind: 'log-normal', sigma };
          const scenario = {
            trace,
            arrivals: { coalesce: true },
            seeds: { policy: policy === 'fcfs' ? null : seed },
            groups: [{ ...group, scheduler, order: { kind: order }, lengths }],
          };
          yield { labels: { system, sigma, policy, part: part + 1 }, scenario };
        }
      }
    }
  }
}

export default defineExperiment({
  name: 'beyond-memory',
  paper: 'hybrid-scheduling',
  question: 'Does the order carry over to instances whose limit is KV memory?',
  scenarios: cells,
  tables: 'summary',
  baselines: { paper: { policy: 'fcfs' }, strongest: { policy: 'mc-sf' } },
  views: {
    results,
    by_policy: `
      SELECT system, sigma, policy, avg(simulated_s) AS total_s, avg(preemptions) AS preemptions,
        avg(e2e_mean_ms) / 1000 AS latency_s, avg(ttft_mean_ms) / 1000 AS ttft_s
      FROM results GROUP BY ALL`,
    /** level-finish less each other, in per cent of that, with 90 % intervals (Student, 5 pairs). */
    gains: `
      WITH pairs AS (
        SELECT system, sigma, o.policy AS against,
          100 * (o.simulated_s - l.simulated_s) / o.simulated_s AS total,
          100 * (o.e2e_mean_ms - l.e2e_mean_ms) / o.e2e_mean_ms AS latency
        FROM results l JOIN results o USING (system, sigma, part)
        WHERE l.policy = 'level-finish' AND o.policy <> 'level-finish')
      SELECT system, sigma, against, avg(total) AS total, avg(latency) AS latency,
        2.132 * stddev_samp(total) / sqrt(count(*)) AS half_total,
        2.132 * stddev_samp(latency) / sqrt(count(*)) AS half_latency
      FROM pairs GROUP BY ALL`,
  },
  charts: [
    {
      id: 'pareto',
      title: 'By memory too, ends level without letting everybody wait',
      subtitle: 'Total time and mean latency of backlogs where KV memory is the limit',
      sql: 'SELECT * FROM by_policy ORDER BY ALL',
      spec: {
        mark: { type: 'point', filled: true, size: 70 },
        encoding: {
          row: { field: 'system', type: 'nominal', title: null },
          column: { field: 'sigma', type: 'nominal', title: 'prediction error' },
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
          color: { field: 'policy', type: 'nominal' },
        },
        resolve: { scale: { x: 'independent', y: 'independent' } },
      },
      interval: 'none drawn: means of 5 backlogs; paired intervals are in the view `gains`',
    },
  ],
  notes:
    'Analytic clock of A100-80GB, at most 1,000 requests at once, prompts in steps of their own. ' +
    'The hybrid needs client slots and is not here. Parts of conversation of 500 requests each.',
});
