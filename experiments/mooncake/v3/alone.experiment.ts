import { defineExperiment, kvBytesPerToken, modelNamed, shardOf } from 'reprise';
import { tokensOf, v3 } from '../published.ts';
import { alone } from './claims.ts';

const model = modelNamed('llama-2-70b');
const kvBytes = kvBytesPerToken(shardOf(model, 1));
/** Bandwidth of a store after the prefill: the KV of 128k tokens over its time in figure 7. */
const storeBytesPerS = (kvBytes * tokensOf('128k')) / (v3.store.serial[4] as number);

const prompts = v3.store.tokens.map((tokens) => [
  `prefill-${tokens}`,
  { prompt: { inputTokens: tokensOf(tokens) } },
]);
const rounds = [1, 16].map((sequences) => [
  `round-${sequences}`,
  { decode: { sequences, contextTokens: tokensOf('8k') } },
]);

export default defineExperiment({
  name: 'v3-alone',
  paper: 'mooncake',
  question: 'What do prefill, decode and the store of KV take on a node without load?',
  analyses: {
    list: {
      axis: 'of',
      cells: {
        steps: {
          kind: 'step-time',
          model: 'llama-2-70b',
          gpu: 'a800-80gb',
          tp: 8,
          work: Object.fromEntries([...prompts, ...rounds]),
        },
        store: {
          kind: 'quantities',
          quantities: [
            { name: 'layers', value: model.layers, unit: 'layers', source: 'LLaMA2-70B' },
            { name: 'kv', value: kvBytes, unit: 'bytes per token', source: 'LLaMA2-70B' },
            {
              name: 'store',
              value: storeBytesPerS,
              unit: 'bytes per second',
              source: 'arXiv 2407.00079v3, figure 7: serial, 128k tokens',
            },
          ],
        },
      },
    },
  },
  views: {
    // No load: T = (compute + store + max(compute, store) (layers - 1)) / layers, section 5.2.
    stores: `
      SELECT name, input_tokens, serial_s,
        (compute_s + serial_s + greatest(compute_s, serial_s) * (layers - 1)) / layers - compute_s
          AS added_s
      FROM (
        SELECT name, input_tokens, total_ms / 1000 AS compute_s,
          input_tokens * kv / store AS serial_s, layers
        FROM step_times, (SELECT max(value) FILTER (name = 'layers') AS layers,
          max(value) FILTER (name = 'kv') AS kv, max(value) FILTER (name = 'store') AS store
          FROM quantities)
        WHERE phase = 'prefill')`,
  },
  constants: [
    {
      name: 'store',
      value: storeBytesPerS,
      unit: 'bytes per second',
      source: 'arXiv 2407.00079v3, figure 7: KV of 128k tokens over the serial time',
      setFrom: ['mooncake/v3-fig7-serial-128k'],
    },
  ],
  claims: alone,
  notes:
    'The analytic clock of 8 A800 with the default engine profile; prompts in one step. No constant ' +
    'of it was set from these figures.',
});
