import { defineExperiment, mooncakeNodeConstants } from 'reprise';
import { fast25, tokensOf } from '../published.ts';
import { alone } from './claims.ts';

const work = Object.fromEntries(
  fast25.alone.tokens.flatMap((name) => {
    const inputTokens = tokensOf(name);
    const cachedTokens = Math.round(0.95 * inputTokens);
    return [
      [`prefill-${name}`, { prompt: { inputTokens } }],
      [`prefill95-${name}`, { prompt: { inputTokens, cachedTokens } }],
      [`decode-${name}`, { decode: { contextTokens: inputTokens, rounds: 128 } }],
    ];
  }),
);

export default defineExperiment({
  name: 'fast25-alone',
  paper: 'mooncake',
  question: 'What does one request alone take on a node of 8 A800?',
  analyses: {
    grid: {
      base: { kind: 'step-time', model: 'llama-3-70b', gpu: 'a800-80gb', tp: 8, work },
      axes: {
        clock: {
          analytic: {},
          // What the misses may come from: links that are not cut, an engine without CUDA graphs.
          'analytic-a100': { gpu: 'a100-80gb' },
          'analytic-early-2024': { profile: 'vllm-early-2024' },
          measured: { clock: { kind: 'measured-70b-8xa800', prefixLoad: true } },
        },
      },
    },
  },
  constants: Object.entries(mooncakeNodeConstants).map(
    ([name, { value, unit, source, setFrom = [] }]) => ({
      name: `measured-70b-8xa800.${name}`,
      value,
      unit,
      source,
      setFrom,
    }),
  ),
  claims: alone,
  notes:
    'Prompts in one step, decode at batch 1, the default engine profile. No constant of the ' +
    'analytic clock was set from this figure, but the figure was known: hence postdicted.',
});
