import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOf, literalPattern } from './file-pattern.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pattern-'));
  const files = ['a/x.arrow', 'a/y.csv', 'b/x.arrow', 'b/c/z.arrow', 'w[1]*/x.arrow'];
  const unfinished = ['.d/x.arrow', 'e.tmp/x.arrow', 'a/.x.arrow', 'a/x.arrow.tmp'];
  for (const file of [...files, ...unfinished]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const found = (pattern: string) =>
  filesOf(join(folder, pattern)).map((path) => path.slice(folder.length + 1));

describe('filesOf', () => {
  it.each([
    ['*/x.arrow', ['a/x.arrow', 'b/x.arrow', 'w[1]*/x.arrow']],
    ['a/*', ['a/x.arrow', 'a/y.csv']],
    ['a/?.[a-b]*', ['a/x.arrow']],
    ['[!a]/x.arrow', ['b/x.arrow']],
    ['**/*.arrow', ['a/x.arrow', 'b/c/z.arrow', 'b/x.arrow', 'w[1]*/x.arrow']],
    ['a/x.arrow', ['a/x.arrow']],
    ['.d/*', ['.d/x.arrow']],
    ['a', []],
    ['nowhere/*', []],
    ['*.arrow', []],
  ])('%s', (pattern, files) => {
    expect(found(pattern)).toEqual(files);
  });

  it('finds nothing below a plain file', () => {
    expect(filesOf('package.json/*/runs.arrow')).toEqual([]);
    expect(filesOf('package.json/runs.arrow')).toEqual([]);
  });

  it('takes a literal pattern by the letter', () => {
    expect(found(`${literalPattern('w[1]*')}/*.arrow`)).toEqual(['w[1]*/x.arrow']);
  });
});
