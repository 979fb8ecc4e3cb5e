import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';

/** What a site wrote, so that the next one removes what it does not write again. */
const listFile = 'assets/files.json';

/**
 * The files of a site by their path below its folder, written together: each one whole (to a
 * temporary name, then renamed), the index last, and then files of an earlier site that this one
 * has not are removed. Files that no site wrote stay.
 */
export class SiteFiles {
  readonly #files = new Map<string, string>();

  /** Adds a file; one path holds one text. */
  add(path: string, text: string): string {
    const before = this.#files.get(path);
    if (before !== undefined && before !== text) throw new Error(`two files ${path}`);
    this.#files.set(path, text);
    return path;
  }

  get paths(): string[] {
    return [...this.#files.keys()].sort();
  }

  get bytes(): number {
    return [...this.#files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }

  async write(folder: string): Promise<void> {
    const earlier = await listedIn(folder);
    const own = [...this.paths, listFile].sort();
    const all = [...new Set([...earlier, ...own])].sort();
    // Listed before it is there: what a killed writer leaves is removed by the next.
    await save(join(folder, listFile), listText(all));
    const late = (path: string) => Number(path === 'index.html');
    for (const path of this.paths.sort((a, b) => late(a) - late(b))) {
      await save(join(folder, path), this.#files.get(path) as string);
    }
    for (const path of earlier.filter((one) => !own.includes(one))) {
      await rm(join(folder, path), { force: true });
      // A folder that is empty now held pages of ours alone.
      if (dirname(path) !== '.') await rmdir(join(folder, dirname(path))).catch(() => {});
    }
    await save(join(folder, listFile), listText(own));
  }
}

/** Files that an earlier site lists; none where the list is not ours. */
async function listedIn(folder: string): Promise<string[]> {
  const path = join(folder, listFile);
  if (!existsSync(path)) return [];
  try {
    const { files } = JSON.parse(await readFile(path, 'utf8')) as { files?: unknown };
    return Array.isArray(files) ? files.filter(isInside) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isInside(path: unknown): path is string {
  return typeof path === 'string' && normalize(path) === path && !/^(?:\.\.|\/)/.test(path);
}

function listText(files: readonly string[]): string {
  return `${JSON.stringify({ site: 'reprise report', files }, null, 1)}\n`;
}

/** Writes a file as a whole or not at all. */
export async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}
