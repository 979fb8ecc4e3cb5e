import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { SqlValue } from '../tables/sql-values.ts';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';
import { sqlMacros } from './sql-macros.ts';
import { says, splitStatements } from './sql-text.ts';
import { type ResultsSession, tableDoc } from './views.ts';

export interface PromptOptions {
  readonly session: ResultsSession;
  readonly input: Readable;
  /** Where the prompt is drawn and lines are edited; left out when nobody types. */
  readonly terminal?: Writable | undefined;
  /** Runs one statement and shows its result. */
  readonly show: (sql: string) => Promise<void>;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Lines typed before, latest first; `remember` gets them at the end. */
  readonly history?: string[] | undefined;
  readonly remember?: ((lines: readonly string[]) => void) | undefined;
}

const prompts = { fresh: 'reprise> ', open: '    ...> ' };

/**
 * Reads statements, each ended by a semicolon, and commands that begin with a dot, until `.quit`
 * or the end of the input (which ends the last statement). At a terminal an error is shown and the
 * prompt goes on; without one the first error ends the reading.
 */
export async function runPrompt(options: PromptOptions): Promise<void> {
  const { input, terminal, session, history, remember } = options;
  const names = terminal ? await completableNames(session) : [];
  const lines = createInterface({
    input,
    ...(terminal ? { output: terminal, terminal: true, history: history ?? [] } : {}),
    historySize: 1000,
    completer: (line: string) => {
      const word = /[\w.]*$/.exec(line)?.[0] ?? '';
      return [word === '' ? [] : names.filter((name) => name.startsWith(word)), word];
    },
  });
  let text = '';
  const ask = () => {
    lines.setPrompt(says(text) ? prompts.open : prompts.fresh);
    if (terminal) lines.prompt();
  };
  lines.on('SIGINT', () => {
    text = '';
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    terminal?.write('\n');
    ask();
  });
  lines.on('history', (all: string[]) => remember?.(all));
  const attempt = async (work: () => Promise<void> | void) => {
    try {
      await work();
    } catch (error) {
      if (!terminal || !(error instanceof InputError)) throw error;
      options.printError(`error: ${error.message}`);
    }
  };
  ask();
  try {
    for await (const line of lines) {
      if (!says(text) && line.trim().startsWith('.')) {
        const command = line.trim();
        if (/^\.(quit|exit)\b/.test(command)) return;
        await attempt(() => dotCommand(command, options));
      } else {
        const { statements, rest } = splitStatements(`${text}${line}\n`);
        text = says(rest) ? rest : '';
        for (const sql of statements) await attempt(() => options.show(sql));
      }
      ask();
    }
    if (says(text)) await attempt(() => options.show(text));
    if (terminal) options.print('');
  } finally {
    lines.close();
  }
}

async function dotCommand(command: string, { session, print, show }: PromptOptions) {
  const [name = '', argument] = command.replace(/;$/, '').split(/\s+/);
  switch (name) {
    case '.tables':
      for (const table of await tablesOf(session)) {
        const macro = sqlMacros.find((one) => one.name === table);
        print(`${table.padEnd(16)}${tableDoc(table)?.doc ?? macro?.doc ?? ''}`.trimEnd());
      }
      return;
    case '.schema':
      if (argument === undefined) {
        for (const table of await tablesOf(session)) await printSchema(session, table, print);
        return;
      }
      if (!(await tablesOf(session)).includes(argument)) {
        throw unknownName('table', argument, await tablesOf(session));
      }
      return printSchema(session, argument, print);
    case '.macros':
      for (const { usage, doc } of sqlMacros) print(`${usage}\n    ${doc}`);
      return;
    case '.runs':
      return show('SELECT run, label, trace, finished, requests FROM runs ORDER BY trace, label');
    case '.help':
      for (const [what, does] of Object.entries(commands)) print(`${what.padEnd(16)}${does}`);
      return;
    default:
      throw unknownName(
        'command',
        name,
        Object.keys(commands).map((one) => one.split(' ')[0] as string),
      );
  }
}

const commands = {
  '.tables': 'tables and views, with what a row is',
  '.schema [TABLE]': 'columns, their types and meanings',
  '.macros': 'views and table functions for the usual questions',
  '.runs': 'the runs at hand',
  '.help': 'this list',
  '.quit': 'leave (also Ctrl-D); Ctrl-C drops what is typed',
};

async function tablesOf(session: ResultsSession): Promise<string[]> {
  const rows = await session.objects(
    'SELECT table_name FROM information_schema.tables ORDER BY table_name',
  );
  return rows.map((row) => String(row.table_name));
}

async function printSchema(
  session: ResultsSession,
  table: string,
  print: (line: string) => void,
): Promise<void> {
  const columns = tableDoc(table)?.columns ?? {};
  print(`${table}  ${tableDoc(table)?.doc ?? ''}`.trimEnd());
  const found = await session.objects(`DESCRIBE "${table.replaceAll('"', '""')}"`);
  const width = Math.max(...found.map((row) => String(row.column_name).length));
  for (const row of found) {
    const name = String(row.column_name);
    const type = shorten(row.column_type ?? null);
    print(`  ${name.padEnd(width)}  ${type.padEnd(8)}  ${columns[name]?.doc ?? ''}`.trimEnd());
  }
}

function shorten(type: SqlValue): string {
  return String(type).replaceAll('"', '');
}

/** Tables, macros, columns and commands, for the tab key. */
async function completableNames(session: ResultsSession): Promise<string[]> {
  const rows = await session.objects(
    'SELECT DISTINCT column_name FROM information_schema.columns ORDER BY column_name',
  );
  return [
    ...(await tablesOf(session)),
    ...sqlMacros.map((macro) => macro.name),
    ...rows.map((row) => String(row.column_name)),
    ...Object.keys(commands).map((command) => command.split(' ')[0] as string),
  ];
}
