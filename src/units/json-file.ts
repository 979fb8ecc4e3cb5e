import { readFileSync } from 'node:fs';
import { InputError } from './input-error.ts';

/**
 * What a JSON file holds.
 * @throws InputError that names the file, where it is missing or no JSON
 */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new InputError(missing ? 'no such file' : 'not a JSON file', { where: path, cause });
  }
}
