import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { InputError } from './input-error.ts';
import { readJsonFile } from './json-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-json-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('reads what a file holds, and names a file that is missing or no JSON', () => {
  const path = join(folder, 'a.json');
  writeFileSync(path, '{"a":[1]}');
  expect(readJsonFile(path)).toEqual({ a: [1] });
  writeFileSync(path, '{"a":');
  expect(() => readJsonFile(path)).toThrow(new InputError('not a JSON file', { where: path }));
  const none = join(folder, 'none.json');
  expect(() => readJsonFile(none)).toThrow(new InputError('no such file', { where: none }));
});
