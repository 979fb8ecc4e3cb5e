import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SiteFiles } from './site-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-site-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  const site = new SiteFiles();
  for (const [path, text] of Object.entries(files)) site.add(path, text);
  await site.write(folder);
}

const text = (path: string) => readFileSync(join(folder, path), 'utf8');

describe('the files of a site', () => {
  it('lie whole where they belong, without temporary names', async () => {
    await write({ 'index.html': 'first', 'experiments/a.html': 'a' });
    expect(text('index.html')).toBe('first');
    expect(text('experiments/a.html')).toBe('a');
    expect(
      readdirSync(folder, { recursive: true }).filter((f) => String(f).includes('tmp')),
    ).toEqual([]);
  });

  it('of an earlier site go, files of others stay', async () => {
    await write({ 'index.html': 'first', 'experiments/a.html': 'a', 'runs/b.html': 'b' });
    writeFileSync(join(folder, 'runs', 'mine.html'), 'mine');
    writeFileSync(join(folder, 'notes.txt'), 'notes');
    await write({ 'index.html': 'second' });
    expect(text('index.html')).toBe('second');
    expect(existsSync(join(folder, 'experiments'))).toBe(false);
    expect(existsSync(join(folder, 'runs', 'b.html'))).toBe(false);
    expect(text('runs/mine.html')).toBe('mine');
    expect(text('notes.txt')).toBe('notes');
  });

  it('removes nothing outside its folder, whatever a list says', async () => {
    const inner = join(folder, 'site');
    writeFileSync(join(folder, 'precious.txt'), 'kept');
    mkdirSync(join(inner, 'assets'), { recursive: true });
    const files = ['../precious.txt', 'a/../../precious.txt', join(folder, 'precious.txt'), 7];
    writeFileSync(join(inner, 'assets', 'files.json'), JSON.stringify({ files }));
    const site = new SiteFiles();
    site.add('index.html', 'page');
    await site.write(inner);
    expect(text('precious.txt')).toBe('kept');
  });

  it('takes a list that is none for no list', async () => {
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'assets', 'files.json'), 'not JSON');
    await write({ 'index.html': 'page' });
    expect(text('index.html')).toBe('page');
  });

  it('refuses two texts for one path', () => {
    const site = new SiteFiles();
    site.add('a.csv', 'x');
    site.add('a.csv', 'x');
    expect(() => site.add('a.csv', 'y')).toThrow('two files a.csv');
  });
});
