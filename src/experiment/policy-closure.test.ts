import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { policyClosure, policySha256 } from './policy-closure.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-closure-'));
afterAll(() => rmSync(folder, { recursive: true }));

const policy = join(folder, 'here', 'policy.ts');
function write(name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

beforeEach(() => {
  rmSync(join(folder, 'here'), { recursive: true, force: true });
  write('here/policy.ts', "import { a } from './a.js';\nimport 'reprise';\nexport default a;");
  write(
    'here/a.ts',
    "export { b as a } from '../shared/b';\nconst load = () => import('./c.mjs');",
  );
  write('here/c.mjs', "export const w = new URL('./weights.bin', import.meta.url);");
  write('here/weights.bin', "import './unread.ts'");
  write('here/unread.ts', '');
  write(
    'shared/b.ts',
    'import json from "./table.json" with { type: \'json\' };\nexport const b = json;',
  );
  write('shared/table.json', '[1]');
});

describe('policyClosure', () => {
  it('holds what is imported by relative paths, in any form, and data read from there', () => {
    expect(policyClosure(policy).map((file) => relative(join(folder, 'here'), file))).toEqual([
      '../shared/b.ts',
      '../shared/table.json',
      'a.ts',
      'c.mjs',
      'policy.ts',
      'weights.bin',
    ]);
  });

  it('ends where files import each other', () => {
    write('here/policy.ts', "import './loop.ts'; import './index.ts';");
    write('here/loop.ts', "import './policy.ts';");
    expect(policyClosure(policy)).toHaveLength(2);
  });
});

describe('policySha256', () => {
  it.each(['here/policy.ts', 'here/a.ts', 'here/weights.bin', 'shared/table.json'])(
    'changes with %s',
    (name) => {
      const before = policySha256(policy);
      write(name, 'export default 5;');
      expect(policySha256(policy)).not.toBe(before);
    },
  );

  it('does not change with other files, nor with where the folder stands', () => {
    const before = policySha256(policy);
    write('here/unread.ts', 'changed');
    expect(policySha256(policy)).toBe(before);
    cpSync(join(folder, 'here'), join(folder, 'elsewhere', 'here'), { recursive: true });
    cpSync(join(folder, 'shared'), join(folder, 'elsewhere', 'shared'), { recursive: true });
    expect(policySha256(join(folder, 'elsewhere', 'here', 'policy.ts'))).toBe(before);
  });

  it('changes where a file takes the place of another', () => {
    const before = policySha256(policy);
    cpSync(join(folder, 'here', 'a.ts'), join(folder, 'here', 'a.js'));
    expect(policySha256(policy)).not.toBe(before);
  });
});
