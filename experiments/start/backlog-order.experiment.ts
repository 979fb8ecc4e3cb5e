import { defineExperiment } from 'reprise';

export default defineExperiment({
  name: 'backlog-order',
  paper: 'start',
  question: 'In what order should a backlog of known length run?',
  scenarios: {
    grid: {
      base: { preset: 'backlog-llama-65b' },
      axes: {
        order: {
          set: 'groups.0.order.kind',
          to: ['fcfs', 'shortest-output', 'longest-output'],
        },
      },
    },
  },
  baselines: { paper: { order: 'fcfs' } },
  notes:
    'LLaMA-65B on 8 A100-80GB (TP 8), prefill-first, at most 200 requests at once. The orders by ' +
    'output length are oracles: no deployed system knows it.',
});
