/**
 * The power of d choices: of `choices` instances drawn at random, the one with the fewest prompt
 * tokens of requests placed there and not ended; the first drawn on ties.
 * Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing (IEEE TPDS 2001).
 */
import { definePolicy, type Placer, RandomStream } from 'reprise';

const parameters = {
  choices: { type: 'integer', default: 2, min: 1, unit: 'instances', doc: 'instances drawn' },
} as const;

export default definePolicy<Placer, typeof parameters>({
  kind: 'power-of-choices',
  doc: 'of a few instances drawn at random, the one with the fewest prompt tokens',
  source: 'Mitzenmacher, IEEE TPDS 2001',
  parameters,
  create: ({ choices }, { seed }) => {
    const draws = new RandomStream(seed, 'power-of-choices');
    return {
      place: (_task, view, out) => {
        const { prefillInstances } = view;
        let fewest = Number.POSITIVE_INFINITY;
        for (let i = 0; i < choices; i++) {
          const drawn = prefillInstances[draws.integer(prefillInstances.length)] as number;
          const tokens = view.openPromptTokens(drawn);
          if (tokens < fewest) {
            out.prefill = drawn;
            fewest = tokens;
          }
        }
      },
    };
  },
});
