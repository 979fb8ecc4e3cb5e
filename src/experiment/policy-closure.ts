import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { sha256 } from '../units/canonical.ts';

const code = /\.[cm]?[jt]s$/;
const extensions = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'];

/**
 * The files that a policy is made of: itself and, from there, every file that a text literal of a
 * source names by a relative path: imports of any form, and data read by `new URL('./x',
 * import.meta.url)`. A literal that names a file by chance counts too. Packages do not count.
 * @returns absolute paths, sorted by the path from the policy's folder
 */
export function policyClosure(file: string): string[] {
  const found = new Set([file]);
  for (const source of found) {
    if (!code.test(source)) continue;
    const text = readFileSync(source, 'utf8');
    for (const [, , path] of text.matchAll(/(['"`])(\.{1,2}\/[^'"`\n]*)\1/g)) {
      for (const one of filesNamed(resolve(dirname(source), path as string))) found.add(one);
    }
  }
  const from = (one: string) => relative(dirname(file), one);
  return [...found].sort((a, b) => (from(a) < from(b) ? -1 : 1));
}

/** sha256 over those files: their paths from the policy's folder, and their bytes. */
export function policySha256(file: string): string {
  const parts = policyClosure(file).map((one) => {
    const path = relative(dirname(file), one).split(sep).join('/');
    return `${path}\0${sha256(readFileSync(one))}\n`;
  });
  return sha256(parts.join(''));
}

/** What an import of that path may stand for: the file, or one whose extension is left to find. */
function filesNamed(path: string): string[] {
  const bare = path.replace(/\.([cm]?)js$/, '');
  const candidates = [
    path,
    // TypeScript lets an import name the JavaScript that a source becomes.
    ...(bare === path ? [] : extensions.map((extension) => bare + extension)),
    ...extensions.map((extension) => path + extension),
    ...extensions.map((extension) => join(path, `index${extension}`)),
  ];
  return candidates.filter((one) => existsSync(one) && statSync(one).isFile());
}
