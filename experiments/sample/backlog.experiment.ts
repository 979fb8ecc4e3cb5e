import { defineExperiment } from 'reprise';
import { claims } from './claims.ts';

export default defineExperiment({
  name: 'backlog',
  paper: 'sample',
  question: 'Does a backlog that is served one by one last as long as the sum of its steps?',
  scenarios: {
    list: {
      base: {
        trace: 'gsm8k',
        limits: { requests: 200 },
        groups: [{ model: 'llama-3.1-8b', scheduler: { kind: 'prefill-first', maxSequences: 1 } }],
      },
      axis: 'clock',
      cells: {
        // A step lasts 20 ms, and 0.1 ms for each of its tokens.
        affine: {
          clock: {
            kind: 'affine',
            roundMs: 20,
            perSequenceMs: 0.1,
            prefillBatchMs: 20,
            prefillTokenMs: 0.1,
          },
        },
        // The same law: 10 GFLOP a token at 100 TFLOP/s, and bytes that cost next to nothing.
        roofline: {
          clock: {
            kind: 'roofline-max',
            fixedMs: 20,
            parameters: 5e9,
            hidden: 0,
            kvBytesPerToken: 0,
            flopsPerS: 1e14,
            flopsShare: 1,
            bytesPerS: 1e18,
            bytesShare: 1,
          },
        },
      },
    },
  },
  tables: 'summary',
  claims: claims.backlog,
  notes: 'The first 200 requests of GSM8K, all at time 0.',
});
