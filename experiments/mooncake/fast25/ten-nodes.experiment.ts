import { defineExperiment } from 'reprise';
import { fittedClaims, nodeBlocks, tenNodes } from './claims.ts';

const fitted = (name: string, value: number) => ({
  name,
  value,
  unit: 'ms',
  source: "FAST'25, figure 14: fit of prefill without cache (src/caching/prefill-cost.ts)",
  setFrom: fittedClaims('prefill'),
});

export default defineExperiment({
  name: 'fast25-ten-nodes',
  paper: 'mooncake',
  question: 'What does one pool over ten nodes hit that their own caches do not?',
  analyses: {
    grid: {
      base: { kind: 'block-cache', policies: ['lru'], nodes: 10, capacities: [nodeBlocks] },
      axes: {
        workload: { set: 'trace', to: ['conversation', 'synthetic'] },
        pool: {
          'round-robin': { routing: 'round-robin' },
          'longest-prefix': { routing: 'longest-prefix' },
          global: { nodes: 1, capacities: [10 * nodeBlocks] },
        },
      },
    },
  },
  constants: [
    fitted('prefill, per token', 115.69 / 1024),
    fitted('prefill, per squared token', 0.7723 / 1024 ** 2),
  ],
  claims: tenNodes,
  notes:
    'Order of the trace, no time, no queues: routing in turn, or by the longest prefix. Prefill ' +
    'seconds are those of LLaMA3-70B on one node of 8 A800, by the fit of figure 14.',
});
