/**
 * Requests that look like L-Eval as Mooncake replays it: several questions about each document.
 *
 * Source: Qin et al., Mooncake, arXiv 2407.00079 v3, Table 2, row L-Eval: prompts of 19,019 tokens
 * and outputs of 72 on average, cache ratio above 80 %, Poisson arrivals; replayed at 0.1 to 2
 * requests per second (Figure 11). Of the data set (An et al., L-Eval, arXiv 2307.11088; README of
 * OpenLMLab/LEval): 2,043 questions on 411 documents, 18 tasks with their mean document lengths.
 *
 * The rule in words. A prompt is a document followed by a question; document lengths are
 * log-normal and each document is asked about equally often, in an order drawn at random. So many
 * documents are used that a cache without limit finds `cacheRatio` of all block references: the
 * blocks that it misses are those of each document, once, and the last ones of each prompt. The
 * full blocks of a document have one id in all its prompts; the block in which its question begins
 * is the request's own. Arrivals are a Poisson process.
 *
 * Derived from the README's table of tasks: the cache ratio (1 − tokens of documents, once, and
 * questions / tokens of prompts = 0.83, which agrees with "above 80 %"), the spread of documents
 * over its questions (0.78 in the logarithm, between tasks), the question (52 words).
 * Assumed: the form of all lengths; the spread of outputs; documents asked about equally often (in
 * the data set the long ones are asked about more; to save as much, equal ones are asked about
 * 7 times each and not 5); the order; the number of requests (one pass of the data set); the rate.
 * In a full shuffle, as F25 describes for its synthetic trace of which L-Eval is a third, the
 * documents of the first requests are all new and later ones are all known; `openDocuments` limits
 * how many are asked about at a time.
 */
import { InputError } from '../../units/input-error.ts';
import { defineGenerator } from './generator.ts';
import { poissonArrivals } from './poisson-arrivals.ts';
import { blockTokens, evenShares, prefixBlocks, prefixOrder } from './shared-prefixes.ts';
import { logNormalTokens } from './token-lengths.ts';

export const levalLike = defineGenerator('leval-like', {
  about: 'questions about long documents (Mooncake v3, L-Eval)',
  requests: 2_043,
  source: 'Mooncake, arXiv 2407.00079 v3, Table 2, row L-Eval (cache ratio above 80 %)',
  rule:
    'Log-normal lengths, Poisson arrivals; each document is asked about equally often; derived ' +
    'values follow the README of OpenLMLab/LEval.',
  parameters: {
    promptTokens: { value: 19_019, known: 'printed', about: 'mean prompt, tokens', least: 1 },
    outputTokens: { value: 72, known: 'printed', about: 'mean output, tokens', least: 1 },
    cacheRatio: {
      value: 0.83,
      known: 'derived',
      about: 'block references found without limit',
      least: 0,
      most: 1,
    },
    questionTokens: { value: 80, known: 'derived', about: 'mean question, tokens', least: 1 },
    documentSigma: { value: 0.78, known: 'derived', about: 'of log document', least: 0, most: 2 },
    outputSigma: { value: 1, known: 'assumed', about: 'of log output', least: 0, most: 2 },
    openDocuments: {
      value: 0,
      known: 'assumed',
      about: 'asked about at a time; 0: all',
      least: 0,
      whole: true,
    },
    rate: { value: 1, known: 'assumed', about: 'arrivals, requests/s', least: 0.000_1 },
  },
  columns(values, requests, random) {
    const { promptTokens, questionTokens, documentSigma, outputTokens, outputSigma } = values;
    const count = documentsFor(values, requests);
    const documentTokens = logNormalTokens(random.split('documents'), count, {
      mean: promptTokens - questionTokens,
      sigma: documentSigma,
    });
    const shares = evenShares(requests, count);
    const open = values.openDocuments || count;
    const documentOf = prefixOrder(random.split('order'), shares, open);
    const questions = { mean: questionTokens, sigma: 0.5 };
    const questionOf = logNormalTokens(random.split('questions'), requests, questions);
    const inputTokens = questionOf.map((tokens, row) => {
      return tokens + (documentTokens[documentOf[row] as number] as number);
    });
    const fullBlocks = documentTokens.map((tokens) => Math.floor(tokens / blockTokens));
    const outputs = { mean: outputTokens, sigma: outputSigma };
    return {
      arrivalMs: poissonArrivals(random.split('arrivals'), requests, values.rate),
      inputTokens,
      outputTokens: logNormalTokens(random.split('outputs'), requests, outputs),
      blockSize: blockTokens,
      ...prefixBlocks(inputTokens, documentOf, fullBlocks),
    };
  },
});

/**
 * How many documents give the cache ratio. All but the first request for a document find its full
 * blocks: ratio = (1 − documents / requests) · mean full blocks / mean blocks of a prompt. A
 * document has half a block less than its tokens / 512 on average, a prompt half a block more.
 */
function documentsFor(
  {
    promptTokens,
    questionTokens,
    cacheRatio,
  }: { promptTokens: number; questionTokens: number; cacheRatio: number },
  requests: number,
): number {
  const mean = promptTokens - questionTokens;
  if (mean < 1) {
    throw new InputError(`bad value ${promptTokens}`, {
      where: 'parameter promptTokens of leval-like',
      rule: `more than the question, ${questionTokens} tokens`,
    });
  }
  const whole = Math.max(0, mean / blockTokens - 0.5) / (promptTokens / blockTokens + 0.5);
  const most = Math.floor(whole * (1 - 1 / requests) * 1000) / 1000;
  if (cacheRatio > most) {
    throw new InputError(`cacheRatio ${cacheRatio} is out of reach`, {
      rule: `at most ${most} with ${requests} requests and such lengths`,
    });
  }
  return whole === 0 ? requests : Math.max(1, Math.round(requests * (1 - cacheRatio / whole)));
}
