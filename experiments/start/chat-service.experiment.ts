import { defineExperiment, presentTrace } from 'reprise';

export default defineExperiment({
  name: 'chat-service',
  paper: 'start',
  question: 'What do a prefix cache and chunked prefill do for a chat service?',
  scenarios: {
    grid: {
      base: {
        trace: presentTrace('conversation', 'kimi-like'),
        placement: { kind: 'least-loaded' },
        groups: [{ count: 2, model: 'llama-3.1-8b', gpu: 'a100-80gb', tp: 4 }],
      },
      axes: {
        scheduler: { set: 'groups.0.scheduler.kind', to: ['prefill-first', 'chunked-prefill'] },
        'prefix cache': { set: 'groups.0.prefixCache.kind', to: ['off', 'lru'] },
      },
    },
  },
  baselines: {
    paper: { scheduler: 'prefill-first', 'prefix cache': 'off' },
    strongest: { scheduler: 'prefill-first', 'prefix cache': 'lru' },
  },
  notes:
    '2 Llama-3.1-8B instances on 4 A100-80GB each (TP 4), least-loaded placement. ' +
    'The recorded conversation trace is used where it has been fetched.',
});
