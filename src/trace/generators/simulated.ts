/**
 * The simulated data of Mooncake's end-to-end experiments: prompts of one length that share a
 * fixed part of it.
 *
 * Source: Qin et al., Mooncake, arXiv 2407.00079 v3, Table 2, row Simulated Data: prompts of 16k,
 * 32k, 64k and 128k tokens, outputs of 512, cache ratio 50 %, Poisson arrivals; replayed at 0.1 to
 * 1.25 requests per second, slower the longer the prompts (Figure 12).
 *
 * The rule in words. All prompts have the same length and all outputs too. Each prompt begins with
 * one of several prefixes; `requestsPerPrefix` requests share each of them, and the rest of a
 * prompt is its own. The first request for a prefix computes it, so prefixes are so much longer
 * than `cacheRatio` of the prompt that a cache without limit finds that ratio of all block
 * references: blocks = cacheRatio · prompt blocks · r / (r − 1), where r requests share a prefix.
 * Arrivals are a Poisson process.
 *
 * Assumed: 16k is 16 · 1,024 tokens; all lengths are equal; how the half is shared (17 requests a
 * prefix, which makes it 17 of 32 blocks and the ratio exact; 4 prefixes in use at a time, so that
 * the ratio is steady over the trace); the number of requests; the rate, one that the paper's
 * Figure 12 has for all four lengths or all but one.
 */
import { InputError } from '../../units/input-error.ts';
import { defineGenerator, type TraceGenerator } from './generator.ts';
import { poissonArrivals } from './poisson-arrivals.ts';
import { blockTokens, evenShares, prefixBlocks, prefixOrder } from './shared-prefixes.ts';

export const simulated = simulatedOf(16_384);

/** The same, under a name of its own for each length of the paper. */
export const simulatedLengths: Readonly<Record<string, TraceGenerator>> = Object.fromEntries(
  [16, 32, 64, 128].map((k) => [`simulated-${k}k`, simulatedOf(1024 * k)]),
);

function simulatedOf(usualPromptTokens: number): TraceGenerator {
  return defineGenerator('simulated', {
    about: `${usualPromptTokens}-token prompts that share half (Mooncake v3, Simulated Data)`,
    requests: 1_000,
    source: 'Mooncake, arXiv 2407.00079 v3, Table 2, row Simulated Data (16k, 32k, 64k or 128k)',
    rule: 'Equal lengths, Poisson arrivals; prompts share prefixes.',
    parameters: {
      promptTokens: {
        value: usualPromptTokens,
        known: 'printed',
        about: 'every prompt, tokens',
        least: 1,
        whole: true,
      },
      outputTokens: {
        value: 512,
        known: 'printed',
        about: 'every output, tokens',
        least: 1,
        whole: true,
      },
      cacheRatio: {
        value: 0.5,
        known: 'printed',
        about: 'block references found without limit',
        least: 0,
        most: 1,
      },
      requestsPerPrefix: {
        value: 17,
        known: 'assumed',
        about: 'mean requests that share a prefix',
        least: 1,
      },
      openPrefixes: {
        value: 4,
        known: 'assumed',
        about: 'in use at a time; 0: all',
        least: 0,
        whole: true,
      },
      rate: { value: 0.1, known: 'assumed', about: 'arrivals, requests/s', least: 0.000_1 },
    },
    traceName: ({ promptTokens }) =>
      `simulated-${promptTokens % 1024 === 0 ? `${promptTokens / 1024}k` : promptTokens}`,
    columns(values, requests, random) {
      const { promptTokens, outputTokens, cacheRatio, requestsPerPrefix, openPrefixes } = values;
      const count = Math.max(1, Math.round(requests / requestsPerPrefix));
      const sharedBlocks = prefixLengths({ promptTokens, cacheRatio }, requests, count);
      const shares = evenShares(requests, count);
      const prefixOf = prefixOrder(random.split('order'), shares, openPrefixes || count);
      const inputTokens = new Int32Array(requests).fill(promptTokens);
      return {
        arrivalMs: poissonArrivals(random.split('arrivals'), requests, values.rate),
        inputTokens,
        outputTokens: new Int32Array(requests).fill(outputTokens),
        blockSize: blockTokens,
        ...prefixBlocks(inputTokens, prefixOf, sharedBlocks),
      };
    },
  });
}

/** Blocks of each prefix: the same to one block, so that rounding leaves the mean as it is. */
function prefixLengths(
  { promptTokens, cacheRatio }: { promptTokens: number; cacheRatio: number },
  requests: number,
  count: number,
): Int32Array {
  const promptBlocks = Math.ceil(promptTokens / blockTokens);
  const found = 1 - count / requests;
  // A prompt keeps a block of its own.
  const most = Math.floor(((promptBlocks - 1) / promptBlocks) * found * 1000) / 1000;
  if (cacheRatio > most) {
    throw new InputError(`cacheRatio ${cacheRatio} is out of reach`, {
      rule: `at most ${most} with ${requests} requests and ${count} prefixes`,
    });
  }
  const mean = cacheRatio === 0 ? 0 : (cacheRatio * promptBlocks) / found;
  return Int32Array.from(
    { length: count },
    (_, i) => Math.floor((i + 1) * mean + 0.5) - Math.floor(i * mean + 0.5),
  );
}
