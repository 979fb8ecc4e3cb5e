import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { mergeRuns } from './merge.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'merge-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const run = (digit: string) => digit.repeat(16);
const table = (content: string) => `${content}ARROW1`;

/** A run folder with these tables; its bytes follow from its key and the tables' contents. */
function addRun(folder: string, key: string, tables: Record<string, string>): void {
  const path = join(root, folder, key);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'scenario.json'), `{"of":"${key}"}\n`);
  writeFileSync(join(path, 'run.json'), `{"host":"${folder}"}\n`);
  for (const [name, content] of Object.entries(tables)) {
    writeFileSync(join(path, `${name}.arrow`), table(content));
  }
}

function merge(...folders: string[]) {
  return mergeRuns(
    folders.map((folder) => join(root, folder)),
    { to: join(root, 'all') },
  );
}

/** Path below the target → content. */
function content(): Record<string, string> {
  const all = readdirSync(join(root, 'all'), { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  return Object.fromEntries(
    files
      .sort()
      .map((path) => [path.slice(join(root, 'all').length + 1), readFileSync(path, 'utf8')]),
  );
}

describe('mergeRuns', () => {
  it('joins the runs of several folders, and does nothing the second time', async () => {
    addRun('a', run('1'), { runs: 'r1', steps: 's1' });
    addRun('b', run('2'), { runs: 'r2' });
    addRun('b', run('1'), { runs: 'r1' });
    const first = await merge('a', 'b');
    expect(first).toMatchObject({ runs: 2, copied: 2, completed: 0, present: 0, unfinished: 0 });
    expect(Object.keys(content())).toEqual([
      `${run('1')}/run.json`,
      `${run('1')}/runs.arrow`,
      `${run('1')}/scenario.json`,
      `${run('1')}/steps.arrow`,
      `${run('2')}/run.json`,
      `${run('2')}/runs.arrow`,
      `${run('2')}/scenario.json`,
    ]);
    const before = content();
    expect(await merge('a', 'b')).toMatchObject({ runs: 2, copied: 0, completed: 0, present: 2 });
    expect(content()).toEqual(before);
  });

  it('adds the tables that a run lacks and keeps its own origin', async () => {
    addRun('all', run('1'), { runs: 'r1' });
    addRun('a', run('1'), { runs: 'r1', gaps: 'g1' });
    addRun('b', run('1'), { steps: 's1' });
    expect(await merge('a', 'b')).toMatchObject({ runs: 1, copied: 0, completed: 1, present: 0 });
    expect(content()).toEqual({
      [`${run('1')}/gaps.arrow`]: table('g1'),
      [`${run('1')}/run.json`]: '{"host":"all"}\n',
      [`${run('1')}/runs.arrow`]: table('r1'),
      [`${run('1')}/scenario.json`]: `{"of":"${run('1')}"}\n`,
      [`${run('1')}/steps.arrow`]: table('s1'),
    });
  });

  it('refuses other bytes of one run before it changes that run', async () => {
    addRun('all', run('2'), { runs: 'r2' });
    addRun('a', run('1'), { runs: 'r1' });
    addRun('a', run('2'), { gaps: 'g2', runs: 'other' });
    const error = await merge('a').catch((e) => e);
    expect(error).not.toBeInstanceOf(InputError);
    expect(error.message).toBe(
      `run ${run('2')}: ${join(root, 'a', run('2'), 'runs.arrow')} holds other bytes than ` +
        join(root, 'all', run('2'), 'runs.arrow'),
    );
    expect(readdirSync(join(root, 'all', run('2'))).sort()).toEqual([
      'run.json',
      'runs.arrow',
      'scenario.json',
    ]);
    expect(readdirSync(join(root, 'all')).sort()).toEqual([run('1'), run('2')]);
  });

  it('refuses two shards that disagree about a run that the target lacks', async () => {
    addRun('a', run('1'), { runs: 'r1' });
    addRun('b', run('1'), { runs: 'x1' });
    await expect(merge('a', 'b')).rejects.toThrow(`run ${run('1')}: `);
    expect(readdirSync(join(root, 'all'))).toEqual([]);
  });

  it('leaves out what was never finished, and other files', async () => {
    addRun('a', run('1'), { runs: 'r1' });
    addRun('a', `.${run('2')}.host.7.0.tmp`, { runs: 'r2' });
    mkdirSync(join(root, 'a', run('3')));
    writeFileSync(join(root, 'a', 'slurm-7.out'), 'log');
    expect(await merge('a')).toMatchObject({ runs: 1, copied: 1, unfinished: 2 });
    expect(readdirSync(join(root, 'all'))).toEqual([run('1')]);
  });

  it('refuses a table that a broken copy left without its end', async () => {
    addRun('a', run('1'), { runs: 'r1' });
    writeFileSync(join(root, 'a', run('1'), 'steps.arrow'), 'ARROW1 but no end');
    await expect(merge('a')).rejects.toThrow('steps.arrow is cut short');
    expect(readdirSync(join(root, 'all'))).toEqual([]);
  });

  it('links rather than copies on one file system', async () => {
    addRun('a', run('1'), { runs: 'r1' });
    await merge('a');
    const inode = (folder: string) => statSync(join(root, folder, run('1'), 'runs.arrow')).ino;
    expect(inode('all')).toBe(inode('a'));
  });

  it.each([
    ['a folder that is not there', ['nowhere'], 'cannot read the run folder'],
    ['the target among the folders', ['all'], 'a folder merged into itself'],
  ])('refuses %s', async (_, folders, what) => {
    addRun('all', run('1'), { runs: 'r1' });
    const error = await merge(...folders).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(what);
  });
});
