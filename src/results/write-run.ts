import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Files of a run: scenario.json and one Arrow file per table (the run's bytes), and run.json. */
export interface RunFiles {
  /** By file name, made when asked for; equal scenarios give equal bytes. */
  readonly bytes: Readonly<Record<string, () => Uint8Array | string>>;
  /** Wall time, host, versions, commit, where the trace was: not part of the bytes. */
  readonly sidecar: unknown;
}

/**
 * Writes DIR/RUN/ as a whole or not at all. A run that is there with equal bytes is left as it
 * is; tables that it lacks are added.
 * @throws Error if it is there with other bytes: the same key must mean the same result
 */
export async function writeRun(folder: string, run: string, files: RunFiles): Promise<string> {
  const target = join(folder, run);
  if (await completed(target, files.bytes)) return target;
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${run}.${writer()}.tmp`);
  await mkdir(temporary);
  try {
    for (const [name, content] of Object.entries(files.bytes)) {
      await writeFile(join(temporary, name), content());
    }
    await writeFile(join(temporary, 'run.json'), `${JSON.stringify(files.sidecar, null, 2)}\n`);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another writer of the same run may have been first.
    if (!(await completed(target, files.bytes))) throw error;
  }
  return target;
}

/** Names the writer of a temporary file; the threads of one process write too. */
export function writer(): string {
  return `${hostname()}.${process.pid}.${randomUUID()}`;
}

/**
 * Whether the run is there; if so, with all these files when the promise is kept.
 * @throws Error if a file is there with other bytes
 */
async function completed(target: string, bytes: RunFiles['bytes']): Promise<boolean> {
  if (!existsSync(join(target, 'scenario.json'))) return false;
  const there = new Set(await readdir(target));
  const lacking: string[] = [];
  for (const [name, content] of Object.entries(bytes)) {
    if (!there.has(name)) lacking.push(name);
    else if (!(await readFile(join(target, name))).equals(Buffer.from(content() as Uint8Array))) {
      throw new Error(`${join(target, name)} holds other bytes than this replay gave`);
    }
  }
  for (const name of lacking) {
    const temporary = join(target, `.${name}.${writer()}.tmp`);
    await writeFile(temporary, (bytes[name] as () => Uint8Array | string)());
    await rename(temporary, join(target, name));
  }
  return true;
}
