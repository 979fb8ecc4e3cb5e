import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addMerge } from './merge.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'merge-command-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

/** What the command writes to stdout. */
async function merge(...words: string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const program = new Command('reprise').exitOverride();
  addMerge(program);
  await program.parseAsync(['merge', ...words], { from: 'user' });
  return out;
}

function shard(name: string, run: string, content: string): string {
  const folder = join(root, name);
  mkdirSync(join(folder, run), { recursive: true });
  writeFileSync(join(folder, run, 'scenario.json'), '{}\n');
  writeFileSync(join(folder, run, 'runs.arrow'), `${content}ARROW1`);
  return folder;
}

describe('merge', () => {
  it('prints one JSON document that counts what it did', async () => {
    const from = [shard('0', 'a'.repeat(16), 'x'), shard('1', 'b'.repeat(16), 'y')];
    const to = join(root, 'all');
    expect(JSON.parse(await merge(...from, '-o', to, '--json'))).toEqual({
      runs: 2,
      copied: 2,
      completed: 0,
      present: 0,
      unfinished: 0,
      from,
      to,
    });
  });

  it('says on stderr that there was nothing to merge', async () => {
    let told = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      told += String(text);
      return true;
    });
    const from = join(root, 'empty');
    mkdirSync(join(from, 'c'.repeat(16)), { recursive: true });
    const counts = JSON.parse(await merge(from, '-o', join(root, 'all'), '--json'));
    expect(counts).toMatchObject({ runs: 0, unfinished: 1 });
    expect(told).toBe(`no finished run in ${from}: nothing to merge\n`);
    told = '';
    await merge(shard('0', 'a'.repeat(16), 'x'), '-o', join(root, 'all'));
    expect(told).toBe('');
  });

  it('says it in words', async () => {
    const from = shard('0', 'a'.repeat(16), 'x');
    mkdirSync(join(from, 'c'.repeat(16)));
    const to = join(root, 'all');
    expect((await merge(from, '-o', to)).split('\n')).toEqual([
      `1 run of 1 folder in ${to}`,
      '1 copied, 0 completed with tables they lacked, 0 there already',
      '1 unfinished left out',
      '',
    ]);
  });

  it('fails where shards disagree', async () => {
    const from = [shard('0', 'a'.repeat(16), 'x'), shard('1', 'a'.repeat(16), 'y')];
    await expect(merge(...from, '-o', join(root, 'all'))).rejects.toThrow(
      `run ${'a'.repeat(16)}: ${join(from[1] as string, 'a'.repeat(16), 'runs.arrow')} holds other`,
    );
  });
});
