import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../units/canonical.ts';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';

/** A trace file, read once: its bytes and what names it. */
export interface LocatedTrace {
  readonly path: string;
  readonly name: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** The folder of this package, found upwards from this module (source and bundle alike). */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
      if (name === 'reprise') return folder;
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json of reprise not found above its own code');
    folder = parent;
  }
}

/** Folder of the traces that ship. */
export function shippedFolder(): string {
  return join(packageRoot(), 'traces');
}

/** Folder of fetched traces: of the package when working inside it, else below the working folder. */
export function fetchedFolder(): string {
  const root = packageRoot();
  const inside = !relative(root, process.cwd()).startsWith('..');
  return join(inside ? root : process.cwd(), 'cache', 'traces');
}

/** Names of the .arrow files of a folder, sorted; none where the folder does not exist. */
export async function traceNames(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith('.arrow'))
    .map((file) => basename(file, '.arrow'))
    .sort();
}

/**
 * The trace of that name or path: a shipped name, then a fetched one, then a file.
 * @throws InputError with the nearest name where there is none
 */
export async function resolveTrace(nameOrPath: string): Promise<LocatedTrace> {
  const shipped = await traceNames(shippedFolder());
  const fetched = await traceNames(fetchedFolder());
  if (shipped.includes(nameOrPath)) return readNamed(shippedFolder(), nameOrPath);
  if (fetched.includes(nameOrPath)) return readNamed(fetchedFolder(), nameOrPath);
  const path = resolve(nameOrPath);
  const file = await stat(path).catch(() => null);
  if (file?.isFile()) return read(path, basename(path).replace(/\.arrow$/, ''));
  if (file) throw new InputError('not a file', { where: nameOrPath, rule: 'a trace is one file' });
  if (/[/\\]|\.\w+$/.test(nameOrPath)) {
    throw new InputError('no such file', { where: nameOrPath });
  }
  const { catalogue } = await import('./catalogue.ts');
  const fetchable = catalogue.find((entry) => entry.name === nameOrPath);
  if (fetchable) {
    throw new InputError(`trace ${nameOrPath} is not fetched yet`, {
      rule: `reprise traces fetch ${nameOrPath}`,
    });
  }
  throw unknownName('trace', nameOrPath, [
    ...new Set([...shipped, ...fetched, ...catalogue.map((entry) => entry.name)]),
  ]);
}

function readNamed(folder: string, name: string): Promise<LocatedTrace> {
  return read(join(folder, `${name}.arrow`), name);
}

async function read(path: string, name: string): Promise<LocatedTrace> {
  const bytes = await readFile(path);
  return { path, name, sha256: sha256(bytes), bytes };
}
