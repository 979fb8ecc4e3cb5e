import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fetchedFolder } from '../trace/locate.ts';

/** The first of these traces that has been fetched, else the last, which ships. */
export function presentTrace(...names: [string, ...string[]]): string {
  const fetched = names.find((name) => existsSync(join(fetchedFolder(), `${name}.arrow`)));
  return fetched ?? (names[names.length - 1] as string);
}
