import { type Command, Option } from 'commander';
import type { LocatedTrace } from '../../trace/locate.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import { InputError } from '../../units/input-error.ts';

interface Json {
  json?: boolean;
}

/** `reprise traces …`: import, list, show, check, fetch, generate, cards. */
export function addTraces(program: Command): void {
  const traces = program.command('traces').description('import, look at and fetch request traces');
  addImport(traces);
  withJson(traces.command('list').description('shipped, fetched and public traces')).action(list);
  withJson(
    traces
      .command('show')
      .description('lengths, arrivals and reuse of a trace')
      .argument('<trace>', 'a shipped name, a fetched name or a file'),
  ).action(show);
  withJson(
    traces
      .command('check')
      .description('test a trace against the rules of the schema; exit code 1 when it breaks one')
      .argument('<trace>', 'a file, or a name'),
  ).action(check);
  withJson(
    traces
      .command('fetch')
      .description('fetch a public trace, verify its checksum and import it')
      .argument('<name>', 'a name of `reprise traces list`')
      .option('--mirror <dir>', 'a folder with local copies (default: REPRISE_TRACE_MIRROR)'),
  ).action(fetchNamed);
  withJson(
    traces
      .command('generate')
      .description('make a trace from its generator; same options, same bytes')
      .argument('[name]', 'a generator; without: list them with their parameters')
      .option('-o, --output <file>', 'default: where the trace of that name is looked for')
      .option('--seed <n>', 'seed of the generator')
      .option('--requests <n>', 'number of requests')
      .option('--set <parameter=value>', 'a number of the generator; repeatable', collect, []),
  ).action(generate);
  withJson(
    traces.command('cards').description('write traces/README.md from the shipped files'),
  ).action(cards);
}

function withJson(command: Command): Command {
  return command.option('--json', 'one JSON document on stdout');
}

function addImport(traces: Command): void {
  withJson(
    traces
      .command('import')
      .description('import a public format as an Arrow trace')
      .argument(
        '<format>',
        'mooncake, gsm8k, azure-llm, azure-lmm, multimodal-csv, burstgpt or csv',
      )
      .argument('<file>', 'the source file, plain or gzip')
      .requiredOption('-o, --output <file>', 'the Arrow file to write')
      .option('--name <name>', "name of the trace (default: the file's)")
      .option(
        '--drop-empty-outputs',
        'leave out rows with 0 output tokens instead of refusing them',
      )
      .option('--sort', 'order rows by arrival instead of refusing unsorted input')
      .option('--block-size <n>', 'mooncake: tokens of one hashed block (default 512)')
      .option('--no-bos', 'gsm8k: leave the beginning-of-sequence token out of the count')
      .addOption(
        new Option('--outputs <recipe>', 'gsm8k: output lengths (default seeded)').choices([
          'seeded',
          'noise-free',
          'answer',
        ]),
      )
      .option('--seed <n>', 'gsm8k: seed of the output lengths (default 91)')
      .addOption(
        new Option(
          '--num-images-transform <how>',
          'azure-lmm: NumImages to images (default sqrt)',
        ).choices(['sqrt', 'identity']),
      )
      .option('--image-tokens <n>', 'azure-lmm: tokens of one image (default 1105)')
      .option('--map <pairs>', 'csv: arrival_ms=COLUMN,input_tokens=COLUMN,…; repeatable', joined)
      .addOption(
        new Option('--time-unit <unit>', 'csv: unit of the times (default ms)').choices([
          'ms',
          's',
          'us',
          'ns',
          'datetime',
        ]),
      )
      .option('--from-first', 'csv: count arrivals from the first one')
      .addOption(
        new Option('--kind <kind>', 'csv: how the trace came to be (default recorded)').choices([
          'recorded',
          'sampled',
          'generated',
        ]),
      )
      .option('--licence <text>', 'csv: licence, for the metadata'),
  ).action(importFile);
}

interface ImportFlags extends Json {
  output: string;
  bos: boolean;
  blockSize?: string;
  seed?: string;
  imageTokens?: string;
  [flag: string]: unknown;
}

async function importFile(format: string, file: string, flags: ImportFlags): Promise<void> {
  const { importTrace } = await import('../../trace/importers/index.ts');
  const { output, json, bos, blockSize, seed, imageTokens, ...rest } = flags;
  const trace = await importTrace(format, file, {
    ...rest,
    blockSize: wholeNumber('--block-size', blockSize, 1),
    seed: wholeNumber('--seed', seed, 0),
    imageTokens: wholeNumber('--image-tokens', imageTokens, 1),
    bos: bos ? undefined : false,
  });
  await writeAndShow(output, trace, json);
}

async function list(flags: Json): Promise<void> {
  const { listTraces } = await import('../../trace/shipped.ts');
  const { print, printJson, printTable } = await import('../terminal.ts');
  const listed = await listTraces();
  if (flags.json) return printJson(listed);
  printTable(
    [
      { title: 'trace' },
      { title: 'state' },
      { title: 'kind' },
      { title: 'requests', align: 'right' },
      { title: 'what' },
    ],
    listed.map(({ name, state, kind, requests, title }) => [
      name,
      state,
      kind,
      requests === null ? '-' : String(requests),
      title.length > 48 ? `${title.slice(0, 47)}…` : title,
    ]),
  );
  print();
  print('Next: reprise traces show NAME, or reprise traces fetch NAME');
}

async function show(nameOrPath: string, flags: Json): Promise<void> {
  const { readTrace } = await import('../../trace/read.ts');
  const { located, trace } = await readTrace(nameOrPath);
  await showTrace(located, trace, nameOrPath, flags.json);
}

async function check(nameOrPath: string, flags: Json): Promise<void> {
  const { checkTrace } = await import('../../trace/check.ts');
  const { decodeRequestTrace } = await import('../../trace/decode.ts');
  const { resolveOrGenerate } = await import('../../trace/resolve.ts');
  const { print, printJson, printTable } = await import('../terminal.ts');
  const { bytes, path } = await resolveOrGenerate(nameOrPath);
  let problems: ReturnType<typeof checkTrace>;
  try {
    problems = checkTrace(decodeRequestTrace(bytes, path));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems = [{ rule: 'schema', row: null, column: null, value: null, message: error.message }];
  }
  const ok = problems.length === 0;
  if (!ok) process.exitCode = 1;
  if (flags.json) return printJson({ ok, problems });
  if (ok) return print(`${nameOrPath}: no problems`);
  printTable(
    [
      { title: 'rule' },
      { title: 'row', align: 'right' },
      { title: 'column' },
      { title: 'value', align: 'right' },
      { title: 'expected' },
    ],
    problems.map(({ rule, row, column, value, message }) => [
      rule,
      row === null ? '-' : String(row),
      column ?? '-',
      value === null ? '-' : String(value),
      message,
    ]),
  );
}

async function fetchNamed(name: string, flags: Json & { mirror?: string }): Promise<void> {
  const { fetchTrace } = await import('../../trace/fetch.ts');
  const { note } = await import('../terminal.ts');
  const { from, path, trace } = await fetchTrace(name, { mirror: flags.mirror });
  note(`from ${from}`);
  note(`wrote ${path}`);
  await showTrace(await located(path, name), trace, name, flags.json);
}

interface GenerateFlags extends Json {
  output?: string;
  seed?: string;
  requests?: string;
  set: string[];
}

async function generate(name: string | undefined, flags: GenerateFlags): Promise<void> {
  if (name === undefined) {
    const { printGenerators } = await import('./traces-generators.ts');
    return printGenerators(flags);
  }
  const { generatedPath, settings } = await import('./traces-generators.ts');
  const { generateTrace } = await import('../../trace/generators/registry.ts');
  const seed = wholeNumber('--seed', flags.seed, 0);
  const requests = wholeNumber('--requests', flags.requests, 1);
  const trace = await generateTrace(name, {
    ...(seed === undefined ? {} : { seed }),
    ...(requests === undefined ? {} : { requests }),
    set: settings(flags.set),
  });
  await writeAndShow(flags.output ?? generatedPath(trace, flags), trace, flags.json);
}

async function cards(flags: Json): Promise<void> {
  const { writeCards } = await import('./traces-cards.ts');
  const { note, printJson } = await import('../terminal.ts');
  const path = await writeCards();
  if (flags.json) printJson({ path });
  else note(`wrote ${path}`);
}

async function writeAndShow(
  path: string,
  trace: RequestTrace,
  json: boolean | undefined,
): Promise<void> {
  const { writeTrace } = await import('../../trace/write.ts');
  const { note } = await import('../terminal.ts');
  await writeTrace(path, trace);
  note(`wrote ${path}`);
  if (trace.meta.notes) note(`note: ${trace.meta.notes}`);
  await showTrace(await located(path, trace.meta.name), trace, path, json);
}

async function located(path: string, name: string): Promise<LocatedTrace> {
  const { readFile } = await import('node:fs/promises');
  const { sha256 } = await import('../../units/canonical.ts');
  const bytes = await readFile(path);
  return { path, name, sha256: sha256(bytes), bytes };
}

async function showTrace(
  file: LocatedTrace,
  trace: RequestTrace,
  argument: string,
  json: boolean | undefined,
): Promise<void> {
  const { traceStatistics } = await import('../../trace/statistics.ts');
  const statistics = traceStatistics(trace);
  if (json) {
    const { printJson } = await import('../terminal.ts');
    const { licence, source, columnKinds, tokenizer, seed, notes } = trace.meta;
    const meta = { licence, source, column_kinds: columnKinds, tokenizer, seed, notes };
    return printJson({ ...statistics, sha256: file.sha256, bytes: file.bytes.length, ...meta });
  }
  const { printTrace } = await import('./traces-view.ts');
  printTrace(trace, statistics, file, argument);
}

function wholeNumber(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  const rule = `a whole number from ${least}`;
  throw new InputError(`bad value ${JSON.stringify(text)}`, { where: flag, rule });
}

function joined(value: string, before?: string): string {
  return before === undefined ? value : `${before},${value}`;
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
