import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { fetchedFolder, shippedFolder } from '../../trace/locate.ts';
import { newTrace } from '../../trace/new-trace.ts';
import { addTraces } from './traces.ts';
import { generatedPath } from './traces-generators.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-generate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs `reprise traces generate …`; returns what it printed on stdout. */
async function generate(...words: string[]): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const program = new Command('reprise').exitOverride();
  addTraces(program);
  await program.parseAsync(['traces', 'generate', ...words], { from: 'user' });
  return written.join('');
}

describe('reprise traces generate', () => {
  it('writes the trace that the options ask for, the same bytes each time', async () => {
    const paths = ['a.arrow', 'b.arrow'].map((name) => join(folder, name));
    const options = ['--seed', '3', '--requests', '50', '--set', 'cacheRatio=0.4', '--json'];
    for (const path of paths) {
      const shown = JSON.parse(await generate('leval-like', '-o', path, ...options));
      expect(shown).toMatchObject({ name: 'leval-like', kind: 'generated', requests: 50, seed: 3 });
      expect(shown.notes).toContain('Set by hand: cacheRatio 0.4.');
    }
    expect(readFileSync(paths[0]!).equals(readFileSync(paths[1]!))).toBe(true);
  });

  it('takes several settings, the last of a name', async () => {
    const settings = ['--set', 'rate=5', '--set', 'promptTokens=2048', '--set', 'rate=7'];
    const path = join(folder, 'c.arrow');
    const shown = JSON.parse(
      await generate('simulated', '-o', path, '--requests', '60', ...settings, '--json'),
    );
    expect(shown).toMatchObject({ name: 'simulated-2k', input_tokens: { min: 2048, max: 2048 } });
    expect(shown.notes).toContain('rate 7');
  });

  it('lists generators and parameters, with how their defaults are known', async () => {
    const text = await generate();
    expect(text).toMatch(/leval-like +2043 +questions about long documents/);
    expect(text).toMatch(/leval-like +promptTokens +19019 +printed +mean prompt, tokens/);
    expect(text).toMatch(/arxiv-like +rate +2 +assumed/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    const listed = JSON.parse(await generate('--json'));
    expect(listed).toContainEqual(expect.objectContaining({ name: 'gsm8k', requests: null }));
  });

  it.each([
    [['leval-lik'], 'unknown generator "leval-lik": did you mean leval-like?'],
    [['simulated', '--set', 'promtTokens=5'], 'did you mean promptTokens?'],
    [['simulated', '--set', 'rate'], 'malformed setting "rate" (--set): parameter=value'],
    [['simulated', '--set', 'rate=fast'], 'bad value "fast" (--set rate): a number'],
    [['simulated', '--set', 'rate='], 'bad value "" (--set rate): a number'],
    [['simulated', '--set', 'rate=-1'], 'bad value -1 (parameter rate of simulated)'],
    [['simulated', '--requests', 'all'], 'bad value "all" (--requests)'],
    [['kimi-like', '--set', 'rate=1'], 'kimi-like has none'],
  ])('refuses %o', async (words, message) => {
    const path = join(folder, 'refused.arrow');
    await expect(generate(...words, '-o', path)).rejects.toThrow(message);
    expect(existsSync(path)).toBe(false);
  });
});

describe('generatedPath', () => {
  const named = (name: string) =>
    newTrace({ name, arrivalMs: [], inputTokens: [], outputTokens: [] });

  it('is the file of that name: with the shipped traces, or with the fetched', () => {
    const plain = { set: [] };
    expect(generatedPath(named('gsm8k'), plain)).toBe(join(shippedFolder(), 'gsm8k.arrow'));
    expect(generatedPath(named('simulated-32k'), plain)).toBe(
      join(fetchedFolder(), 'simulated-32k.arrow'),
    );
  });

  it('is none for a trace of other seed, length or parameters', () => {
    for (const other of [{ seed: '2' }, { requests: '5' }, { set: ['rate=1'] }]) {
      expect(() => generatedPath(named('arxiv-like'), { set: [], ...other })).toThrow(
        /no output file \(-o\): name one: arxiv-like alone/,
      );
    }
  });
});
