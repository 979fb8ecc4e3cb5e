import { readdirSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';

/**
 * Files that a pattern names, sorted by path. A wildcard (`*`, `?`, `[a-c]` within a name, `**`
 * for any depth of folders) passes over names that begin with a dot or end in `.tmp`: unfinished
 * files and folders stand under such names. A pattern that is the path of a file names that file.
 */
export function filesOf(pattern: string): string[] {
  if (isFile(pattern)) return [pattern];
  if (!hasWildcard(pattern)) return [];
  const { root } = parse(pattern);
  const parts = pattern.slice(root.length).split('/').filter(Boolean);
  const found = new Set<string>();
  walk(root, parts, found);
  return [...found].sort();
}

/** A path as a pattern that matches only itself. */
export function literalPattern(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}

function hasWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

function walk(base: string, parts: readonly string[], found: Set<string>): void {
  const [part, ...rest] = parts;
  if (part === undefined) {
    if (isFile(base)) found.add(base);
    return;
  }
  if (!hasWildcard(part)) {
    walk(join(base, part), rest, found);
    return;
  }
  if (part === '**') walk(base, rest, found);
  const matches = part === '**' ? () => true : matcher(part);
  for (const entry of folderEntries(base)) {
    if (entry.name.startsWith('.') || entry.name.endsWith('.tmp') || !matches(entry.name)) continue;
    // A link is followed where its name is matched, but not by **: that could go in circles.
    if (part === '**' && !entry.isDirectory()) continue;
    walk(join(base, entry.name), part === '**' ? parts : rest, found);
  }
}

function folderEntries(folder: string) {
  try {
    return readdirSync(folder || '.', { withFileTypes: true });
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch (error) {
    // Below a plain file there is nothing.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}

function matcher(part: string): (name: string) => boolean {
  const source = part.replace(/\[[^\]]+\]|[\s\S]/g, (piece) => {
    if (piece === '*') return '.*';
    if (piece === '?') return '.';
    if (piece.length > 1) return piece.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return piece.replace(/[.+^${}()|\]\\[/-]/, '\\$&');
  });
  const expression = new RegExp(`^${source}$`, 's');
  return (name) => expression.test(name);
}
