import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { runPrompt } from './sql-prompt.ts';
import { openResults, type ResultsSession } from './views.ts';

let folder: string;
let session: ResultsSession;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sql-prompt-'));
  session = await openResults(join(folder, 'runs'));
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

/** What a prompt runs, prints and reports for the text typed. */
async function typed(text: string, at: 'pipe' | 'terminal' = 'pipe') {
  const [ran, printed, errors]: string[][] = [[], [], []];
  const remembered: string[] = [];
  await runPrompt({
    session,
    input: Readable.from([text]),
    terminal: at === 'terminal' ? new PassThrough() : undefined,
    show: async (sql) => {
      if (sql.includes('bad')) throw new InputError('bad statement');
      ran?.push(sql.trim());
    },
    print: (line) => printed?.push(line),
    printError: (line) => errors?.push(line),
    remember: (lines) => remembered.splice(0, remembered.length, ...lines),
  });
  return { ran, printed, errors, remembered };
}

describe('runPrompt', () => {
  it('runs statements over several lines, the last one without its semicolon', async () => {
    const { ran } = await typed("select\n1; select ';\n'; select 2\n;select 3");
    expect(ran).toEqual(['select\n1', "select ';\n'", 'select 2', 'select 3']);
  });

  it('stops at .quit', async () => {
    expect((await typed('select 1;\n.quit\nselect 2;')).ran).toEqual(['select 1']);
  });

  it('lists tables and columns with their meanings', async () => {
    const tables = (await typed('.tables')).printed?.join('\n');
    expect(tables).toMatch(/^requests +one row per request/m);
    expect(tables).toMatch(/^trace_requests /m);
    expect(tables).toMatch(/^summary /m);
    const schema = (await typed('.schema requests')).printed?.join('\n');
    expect(schema).toMatch(/^ {2}ttft_ms +DOUBLE +time to first token/m);
    expect((await typed('.macros')).printed?.join('\n')).toContain('FROM attainment(');
  });

  it('ends at the first error of a pipe', async () => {
    await expect(typed('bad; select 1;')).rejects.toThrow('bad statement');
    await expect(typed('.schema requets')).rejects.toThrow('did you mean requests?');
    await expect(typed('.table')).rejects.toThrow('did you mean .tables?');
  });

  it('goes on after an error at a terminal, and remembers what was typed', async () => {
    const { ran, errors, remembered } = await typed('bad;\nselect 1;\n', 'terminal');
    expect(errors).toEqual(['error: bad statement']);
    expect(ran).toEqual(['select 1']);
    expect(remembered).toEqual(['select 1;', 'bad;']);
  });
});
