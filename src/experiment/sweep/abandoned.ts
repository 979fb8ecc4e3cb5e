import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * Removes what killed writers of this host left behind; those that live keep theirs, but for
 * this process if `own` says that its threads have been stopped.
 */
export async function removeAbandoned(folder: string, { own = false } = {}): Promise<void> {
  for (const name of await readdir(folder)) {
    const writer = writerOf(name);
    if (writer === null || writer.host !== hostname()) continue;
    if (isAlive(writer.pid) && !(own && writer.pid === process.pid)) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Host and process in the name of an unfinished run folder (write-run.ts). */
function writerOf(name: string): { host: string; pid: number } | null {
  const match = /^\.[0-9a-f]{16}\.(.+)\.(\d+)\.[0-9a-f-]{36}\.tmp$/.exec(name);
  return match ? { host: match[1] as string, pid: Number(match[2]) } : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
