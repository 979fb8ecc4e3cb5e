import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
 * is.
 * @throws Error if it is there with other bytes: the same key must mean the same result
 */
export async function writeRun(folder: string, run: string, files: RunFiles): Promise<string> {
  const target = join(folder, run);
  if (await standsThere(target, files.bytes)) return target;
  await mkdir(folder, { recursive: true });
  // Not the process id: the threads of one process write too.
  const temporary = join(folder, `.${run}.${randomUUID()}.tmp`);
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
    if (!(await standsThere(target, files.bytes))) throw error;
  }
  return target;
}

/** Whether the run is there with these bytes; throws if it is there with others. */
async function standsThere(target: string, bytes: RunFiles['bytes']): Promise<boolean> {
  if (!existsSync(join(target, 'scenario.json'))) return false;
  const differs = await firstDifference(target, bytes);
  if (differs === undefined) return true;
  throw new Error(`${join(target, differs)} holds other bytes than this replay gave`);
}

async function firstDifference(
  target: string,
  bytes: RunFiles['bytes'],
): Promise<string | undefined> {
  const there = new Set(await readdir(target));
  for (const [name, content] of Object.entries(bytes)) {
    if (!there.has(name)) return name;
    const old = await readFile(join(target, name));
    const fresh = content();
    if (!old.equals(typeof fresh === 'string' ? Buffer.from(fresh) : fresh)) return name;
  }
  return undefined;
}
