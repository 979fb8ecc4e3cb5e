import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { encodeRequestTrace } from '../../trace/encode.ts';
import { newTrace } from '../../trace/new-trace.ts';
import { addTraces } from './traces.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-traces-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs `reprise traces …`; returns what it printed on stdout. */
async function traces(...words: string[]): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const program = new Command('reprise').exitOverride();
  addTraces(program);
  for (const command of program.commands)
    for (const child of command.commands) child.exitOverride();
  await program.parseAsync(['traces', ...words], { from: 'user' });
  return written.join('');
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const row = (parts: object = {}) =>
  JSON.stringify({ timestamp: 0, input_length: 600, output_length: 5, hash_ids: [4, 9], ...parts });

describe('reprise traces', () => {
  it('imports, then shows the file in the agreed form', async () => {
    const source = file('a.jsonl', `${row()}\n${row({ timestamp: 1500, hash_ids: [4, 7] })}\n`);
    const out = join(folder, 'a.arrow');
    const shown = JSON.parse(await traces('import', 'mooncake', source, '-o', out, '--json'));
    expect(shown).toMatchObject({
      name: 'a',
      kind: 'recorded',
      requests: 2,
      duration_s: 1.5,
      input_tokens: { sum: 1200, mean: 600, min: 600, p50: 600, p90: 600, p99: 600, max: 600 },
      output_tokens: { sum: 10 },
      blocks: { references: 4, unique: 3, block_size: 512 },
      media: null,
    });
    expect(shown.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.parse(await traces('show', out, '--json'))).toEqual(shown);
    expect(JSON.parse(await traces('check', out, '--json'))).toEqual({ ok: true, problems: [] });
  });

  it('writes nothing when the input is refused', async () => {
    const source = file('b.jsonl', `${row()}\n${row({ output_length: 0 })}`);
    const out = join(folder, 'b.arrow');
    const importing = traces('import', 'mooncake', source, '-o', out);
    await expect(importing).rejects.toMatchObject({ name: 'InputError' });
    expect(existsSync(out)).toBe(false);
    await traces('import', 'mooncake', source, '-o', out, '--drop-empty-outputs');
    expect(existsSync(out)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('refuses an option of another format, and a number that is none', async () => {
    const source = file('c.jsonl', row());
    const out = join(folder, 'c.arrow');
    const importing = (...options: string[]) =>
      traces('import', 'mooncake', source, '-o', out, ...options);
    await expect(importing('--no-bos')).rejects.toThrow('option --no-bos is not for mooncake');
    await expect(importing('--block-size', '0')).rejects.toThrow(/bad value "0" \(--block-size\)/);
    await expect(importing('--outputs', 'best')).rejects.toMatchObject({ name: 'CommanderError' });
  });

  it('checks a file: problems as JSON and exit code 1', async () => {
    const trace = newTrace({ arrivalMs: [5, 4], inputTokens: [1, 1], outputTokens: [1, 1] });
    const path = join(folder, 'unsorted.arrow');
    writeFileSync(path, encodeRequestTrace(trace));
    const { ok, problems } = JSON.parse(await traces('check', path, '--json'));
    expect(ok).toBe(false);
    expect(problems).toEqual([
      {
        rule: 'arrival-sorted',
        row: 1,
        column: 'arrival_ms',
        value: 4,
        message: 'not before 5, an earlier row',
      },
    ]);
    expect(process.exitCode).toBe(1);
    expect(await traces('check', path)).toMatch(/arrival-sorted +1 +arrival_ms +4/);
    await expect(traces('show', path)).rejects.toThrow(/arrival-sorted broken by 4/);
  });

  it('checks a file that is no trace at all', async () => {
    const { ok, problems } = JSON.parse(await traces('check', file('d.txt', 'hello'), '--json'));
    expect(ok).toBe(false);
    expect(problems).toMatchObject([{ rule: 'schema', row: null }]);
    expect(process.exitCode).toBe(1);
  });

  it('shows a shipped trace within 100 columns', async () => {
    const text = await traces('show', 'gsm8k');
    expect(text).toMatch(/gsm8k {2}recorded, 1319 requests/);
    expect(text).toMatch(/all at one time/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  it('lists shipped and public traces', async () => {
    const listed = JSON.parse(await traces('list', '--json'));
    expect(listed).toContainEqual(expect.objectContaining({ name: 'gsm8k', state: 'shipped' }));
    expect(await traces('list')).toMatch(/conversation/);
  });
});
