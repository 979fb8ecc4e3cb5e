/**
 * Requests that look like ArXiv Summarization as Mooncake replays it.
 *
 * Source: Qin et al., Mooncake, arXiv 2407.00079 v3, Table 2, row ArXiv Summarization: prompts of
 * 8,088 tokens and outputs of 229 on average, cache ratio about 0 %, Poisson arrivals. Section 8
 * replays it at 0.5 to 4 requests per second (Figure 11).
 *
 * The rule in words. Each request is a paper of its own with its summary: no two prompts have a
 * block in common, so a prefix cache finds nothing. Lengths are log-normal and independent.
 * Arrivals are a Poisson process.
 *
 * Assumed, as no source at hand gives them: the form and spread of both lengths, that prompts
 * begin with no common instruction of a block or more, the number of requests, the rate. The rate
 * is one of the paper's grid; a scenario's `arrivals.rate` gives others from the same trace.
 */
import { defineGenerator } from './generator.ts';
import { poissonArrivals } from './poisson-arrivals.ts';
import { blockTokens, prefixBlocks } from './shared-prefixes.ts';
import { logNormalTokens } from './token-lengths.ts';

export const arxivLike = defineGenerator('arxiv-like', {
  about: 'summaries of papers, nothing shared (Mooncake v3, ArXiv Summarization)',
  requests: 2_000,
  source: 'Mooncake, arXiv 2407.00079 v3, Table 2, row ArXiv Summarization (cache ratio about 0 %)',
  rule: 'Log-normal lengths, Poisson arrivals; no two prompts share a block.',
  parameters: {
    promptTokens: { value: 8_088, known: 'printed', about: 'mean prompt, tokens', least: 1 },
    outputTokens: { value: 229, known: 'printed', about: 'mean output, tokens', least: 1 },
    promptSigma: { value: 0.5, known: 'assumed', about: 'of log prompt', least: 0, most: 2 },
    outputSigma: { value: 0.45, known: 'assumed', about: 'of log output', least: 0, most: 2 },
    rate: { value: 2, known: 'assumed', about: 'arrivals, requests/s', least: 0.000_1 },
  },
  columns({ promptTokens, outputTokens, promptSigma, outputSigma, rate }, requests, random) {
    const prompts = { mean: promptTokens, sigma: promptSigma };
    const outputs = { mean: outputTokens, sigma: outputSigma };
    const inputTokens = logNormalTokens(random.split('prompts'), requests, prompts);
    return {
      arrivalMs: poissonArrivals(random.split('arrivals'), requests, rate),
      inputTokens,
      outputTokens: logNormalTokens(random.split('outputs'), requests, outputs),
      blockSize: blockTokens,
      ...prefixBlocks(inputTokens, Int32Array.from(inputTokens.keys()), new Int32Array(requests)),
    };
  },
});
