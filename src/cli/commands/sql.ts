import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import type { Command } from 'commander';
import type { FileFormat } from '../../results/sql-output.ts';
import type { ResultsSession } from '../../results/views.ts';
import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';

interface Options {
  file?: string;
  format?: string;
  json?: boolean;
  runs?: string;
  trace?: string[];
  out?: string;
  limit: string;
  threads: string;
  memoryLimit?: string;
}

const formats = ['table', 'json', 'csv', 'parquet', 'arrow'];

const help = `
Tables: requests, steps, gaps, runs (all runs below --runs; join USING (run)), trace_requests (the
traces themselves: runs.trace = trace_requests.trace, request_id = request_id), and
read_arrow('PATH or PATTERN') for any Arrow file. DuckDB's own SQL, functions and COPY work too.

On top of them:
  FROM summary                            latencies and throughput per run
  FROM attainment(ttft_slo_ms := 500, tpot_slo_ms := 50)
                                          share of all arrivals within the SLOs, and goodput
  FROM itl(0.99)                          quantile of the gaps between tokens, pooled per run
  FROM rounds                             steps unrolled: one row per iteration

Examples:
  reprise sql "FROM summary"
  reprise sql "SELECT label, quantile_cont(ttft_ms, 0.99) FROM requests JOIN runs USING (run) GROUP BY ALL"
  reprise sql -f question.sql -o answer.parquet
  reprise sql                             a prompt; .help there lists its commands`;

export function addSql(program: Command): void {
  program
    .command('sql')
    .description('SQL (DuckDB) over all runs and their traces; without a query, a prompt')
    .argument('[query]', 'one or more statements; the last one’s result is shown')
    .option('-f, --file <file>', 'read the SQL from a file (- for stdin)')
    .option(
      '--format <format>',
      `${formats.join(', ')} (default: by the name of --out, else table)`,
    )
    .option('--json', 'the same as --format json')
    .option('--runs <dir>', 'folder of run folders (default: runs)')
    .option('--trace <name=file>', 'see a trace file as NAME in trace_requests', collect)
    .option('-o, --out <file>', 'write the result to a file')
    .option('--limit <rows>', 'rows that a table shows; 0 for all', '100')
    .option('--threads <n>', 'DuckDB threads; above 1 sums differ in their last digits', '1')
    .option('--memory-limit <size>', 'such as 4GB; beyond it DuckDB uses the disk')
    .addHelpText('after', help)
    .action(sql);
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

async function sql(query: string | undefined, options: Options): Promise<void> {
  if (query !== undefined && options.file !== undefined) {
    throw new InputError('a query and a file', { rule: 'give one of them' });
  }
  const format = formatOf(options);
  const limit = wholeNumber('--limit', options.limit, 0);
  const threads = wholeNumber('--threads', options.threads, 1);
  const traces = (options.trace ?? []).map(namedTrace);
  const source = options.file === '-' ? 'stdin' : options.file;
  const text = query ?? (source === undefined ? undefined : readSql(options.file as string));
  if (options.runs !== undefined && !existsSync(options.runs)) {
    throw new InputError('no such folder', { where: options.runs, rule: 'a folder of runs' });
  }
  const { openResults } = await import('../../results/views.ts');
  const { note } = await import('../terminal.ts');
  const { memoryLimit } = options;
  const session = await openResults(options.runs ?? 'runs', { traces, threads, memoryLimit });
  try {
    for (const line of session.notes) note(`note: ${line}`);
    const show = (one: string) => write(session, one, { format, limit, out: options.out, source });
    const prompting = text === undefined && (process.stdin.isTTY || format === 'table');
    if (prompting && options.out === undefined) await prompt(session, show);
    else await show(text ?? readSql('-'));
  } finally {
    session.close();
  }
}

interface Target {
  format: string;
  limit: number;
  out: string | undefined;
  source: string | undefined;
}

async function write(session: ResultsSession, text: string, target: Target): Promise<void> {
  const { out, source } = target;
  if (target.format === 'table') return showTable(session, text, target);
  const format = target.format as FileFormat;
  const { writeResult, writeResultFile } = await import('../../results/sql-output.ts');
  if (out !== undefined) return writeResultFile(session, text, out, { format, source });
  if ((format === 'parquet' || format === 'arrow') && process.stdout.isTTY) {
    throw new InputError(`${format} is not for a terminal`, { rule: 'give -o FILE' });
  }
  return writeResult(session, text, { format, source, out: process.stdout });
}

/** Reads no further than the rows shown, so that a huge result costs nothing. */
async function showTable(session: ResultsSession, text: string, target: Target): Promise<void> {
  const { layOut } = await import('../../results/sql-table.ts');
  const { note, printTable } = await import('../terminal.ts');
  const { columns, parts } = await session.stream(text, { source: target.source });
  const limit = target.limit === 0 ? Number.POSITIVE_INFINITY : target.limit;
  const rows = [];
  for await (const part of parts) {
    rows.push(...part);
    if (rows.length > limit) break;
  }
  const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  for (const table of layOut(columns, rows.slice(0, limit), width)) {
    printTable(table.columns, table.rows);
  }
  if (rows.length > limit) {
    note(`first ${limit} rows; --limit 0 shows all, --format csv writes them as they come`);
  }
}

async function prompt(
  session: ResultsSession,
  show: (text: string) => Promise<void>,
): Promise<void> {
  const { runPrompt } = await import('../../results/sql-prompt.ts');
  const { note, print } = await import('../terminal.ts');
  const typed = process.stdin.isTTY === true;
  if (typed) {
    const [row] = await session.objects('SELECT count(*) AS runs FROM runs');
    note(
      `${row?.runs} runs. Statements end with a semicolon; .tables, .schema TABLE, .help, .quit`,
    );
  }
  await runPrompt({
    session,
    show,
    print,
    printError: note,
    input: process.stdin,
    terminal: typed ? process.stdout : undefined,
    history: typed ? typedBefore() : undefined,
    remember: typed ? remember : undefined,
  });
}

function historyFile(): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'reprise', 'sql-history');
}

function typedBefore(): string[] {
  const file = historyFile();
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

function remember(lines: readonly string[]): void {
  try {
    mkdirSync(dirname(historyFile()), { recursive: true });
    writeFileSync(historyFile(), lines.join('\n'), { mode: 0o600 });
  } catch {
    // A read-only home must not end the session.
  }
}

function formatOf({ format, json, out }: Options): string {
  if (json) return 'json';
  if (format !== undefined && !formats.includes(format))
    throw unknownName('format', format, formats);
  if (out === undefined) return format ?? 'table';
  const named = format ?? extname(out).slice(1);
  if (formats.includes(named) && named !== 'table') return named;
  throw new InputError('no format for the file', { where: out, rule: 'give --format' });
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InputError(`bad ${name} ${text}`, { rule: `a whole number, at least ${least}` });
}

function namedTrace(text: string): { name: string; path: string } {
  const [name = '', ...path] = text.split('=');
  const trace = { name, path: path.join('=') };
  if (name !== '' && existsSync(trace.path)) return trace;
  throw new InputError(`bad --trace ${text}`, { rule: 'NAME=FILE of an Arrow file that exists' });
}

function readSql(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new InputError('cannot read the SQL', { where: file, cause });
  }
}
