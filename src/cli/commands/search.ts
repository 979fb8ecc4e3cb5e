import type { Command } from 'commander';
import type { SearchOptions } from '../../experiment/search/run-search.ts';
import { unknownName } from '../../units/nearest.ts';
import { wholeNumber } from '../number-options.ts';

interface Options {
  objective: string;
  slo?: string;
  budget: number;
  method: string;
  seed: number;
  batch: number;
  workers?: number;
  out: string;
  compareExhaustive?: boolean;
  exhaustiveLimit: number;
  study?: string;
  json?: boolean;
}

const help = `
SPACE.json:
  {
    "base": { "preset": "conversation-16xA100", "trace": "kimi-like", "limits": { "requests": 1000 } },
    "parameters": {
      "instances": { "set": "groups.0.count", "choices": [2, 4, 8] },
      "token_budget": { "set": "groups.0.scheduler.budget", "min": 256, "max": 8192, "log": true, "integer": true },
      "cache": { "choices": { "off": {}, "lru": { "groups": [ ... ] } } }
    },
    "constraints": ["ttft_p99_ms <= 2000", "instances * tp <= 16"],
    "seeds": [1, 2],
    "fidelity": { "requests": [100, 300] }
  }

Objective and constraints are SQL over a row of \`runs\` (reprise sql "DESCRIBE runs"), the parameters
by name and, with --slo, attainment, goodput_per_s and goodput_per_gpu_s. With seeds the value is
the mean, and a constraint has to hold for each. The budget counts points that run in full; halving
counts a run on a tenth of the requests as a tenth.

Methods:
  random     independent points, none twice
  halving    many points on few requests (fidelity), the best of them on more
  surrogate  a forest learns from the points so far which to try next

The seed decides the result, not the number of workers. A search that was stopped goes on where it
was: runs that are in --out are not run again.

Examples:
  reprise search experiments/search/eight-gpus.json --objective min:ttft_p99_ms --budget 24
  reprise search SPACE.json --objective "max:requests_per_s / gpus" --budget 40 --method halving
  reprise search SPACE.json --objective max:goodput_per_gpu_s --slo ttft=1000,tpot=50 --budget 40
  reprise search SPACE.json --objective min:ttft_p99_ms --budget 20 --compare-exhaustive --study study.parquet`;

export function addSearch(program: Command): void {
  program
    .command('search')
    .description('find the scenario of a space that is best by an objective')
    .argument('<space>', 'SPACE.json: base scenario, parameters, constraints')
    .requiredOption('--objective <expr>', 'min:EXPR or max:EXPR over the columns of runs')
    .requiredOption(
      '--budget <n>',
      'points to run in full, or as much work',
      wholeNumber('--budget'),
    )
    .option('--method <method>', 'random, halving or surrogate', 'surrogate')
    .option('--slo <limits>', 'ttft=MS,tpot=MS,e2e=MS,gap=MS: adds attainment and goodput')
    .option('--seed <s>', 'seed of the search', wholeNumber('--seed', 0), 1)
    .option('--batch <n>', 'points that the surrogate chooses at a time', wholeNumber('--batch'), 4)
    .option('--workers <n>', 'worker threads (default: one per core)', wholeNumber('--workers'))
    .option('--out <dir>', 'folder of run folders', 'runs')
    .option('--compare-exhaustive', 'then run the whole space: regret and rank of what was found')
    .option(
      '--exhaustive-limit <n>',
      'the most points for --compare-exhaustive',
      wholeNumber('--exhaustive-limit'),
      512,
    )
    .option('--study <file>', 'write the trials as .parquet, .csv, .arrow or .json')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', help)
    .action(search);
}

async function search(spaceFile: string, options: Options): Promise<void> {
  const { readSpaceFile } = await import('../../experiment/search/space-file.ts');
  const { runSearch } = await import('../../experiment/search/run-search.ts');
  const { searchResult } = await import('../../experiment/search/search-result.ts');
  const { studyFormat, writeStudy } = await import('../../experiment/search/study-table.ts');
  const { note, printJson } = await import('../terminal.ts');
  const { printSearch, searchProgress } = await import('./search-view.ts');
  const given = await searchOptions(options);
  if (options.study !== undefined) studyFormat(options.study);
  const file = await readSpaceFile(spaceFile);
  const progress = searchProgress();
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Error('interrupted; the same command goes on'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const outcome = await runSearch(file, {
      ...given,
      source: spaceFile,
      onProgress: progress.tick,
      signal: interrupt.signal,
    });
    progress.end();
    const result = searchResult(given, outcome);
    if (options.study !== undefined) await writeStudy(result, options.study);
    if (options.json) printJson(result);
    else printSearch(result, outcome, options);
  } finally {
    progress.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
    if (interrupt.signal.aborted) note('finished runs are kept');
  }
}

async function searchOptions(options: Options): Promise<SearchOptions> {
  const { parseObjective, parseSlo } = await import('../../experiment/search/objective.ts');
  const { searchMethods } = await import('../../experiment/search/methods.ts');
  const { method, slo, budget, seed, batch, out, workers } = options;
  if (!Object.hasOwn(searchMethods, method)) {
    throw unknownName('method', method, Object.keys(searchMethods));
  }
  return {
    objective: parseObjective(options.objective),
    slo: slo === undefined ? null : parseSlo(slo),
    method: method as SearchOptions['method'],
    ...{ budget, seed, batch, out, workers },
    compareUpTo: options.compareExhaustive ? options.exhaustiveLimit : undefined,
  };
}
