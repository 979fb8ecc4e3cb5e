import { constants } from 'node:fs';
import {
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';

import { join } from 'node:path';
import { writer } from '../results/write-run.ts';
import { InputError } from '../units/input-error.ts';

/** What a merge did; `runs` = copied + completed + present. */
export interface MergeOutcome {
  readonly runs: number;
  /** Runs that the target lacked. */
  readonly copied: number;
  /** Runs that were there and got tables they lacked. */
  readonly completed: number;
  /** Runs that were there with all their tables. */
  readonly present: number;
  /** Folders of runs that were never finished: left out. */
  readonly unfinished: number;
  readonly from: readonly string[];
  readonly to: string;
}

export interface MergeOptions {
  readonly to: string;
  readonly onProgress?: (done: number, of: number) => void;
}

/**
 * Joins the run folders of shards into one. Runs go over whole (temporary name, then rename), as
 * hard links where the file system can; a merge that is stopped is taken up by the next one.
 * @throws Error naming run and file where two folders hold other bytes for the same key; nothing of
 * that run has changed then
 */
export async function mergeRuns(
  from: readonly string[],
  { to, onProgress }: MergeOptions,
): Promise<MergeOutcome> {
  const sources = await Promise.all(from.map(listRuns));
  await mkdir(to, { recursive: true }).catch((cause) => {
    throw new InputError('cannot write there', { where: to, rule: 'a folder', cause });
  });
  const target = await realpath(to);
  const holders = new Map<string, string[]>();
  for (const { folder, runs } of sources) {
    if ((await realpath(folder)) === target) {
      throw new InputError('a folder merged into itself', { where: folder });
    }
    for (const run of runs) holders.set(run, [...(holders.get(run) ?? []), join(folder, run)]);
  }
  const counts = { copied: 0, completed: 0, present: 0 };
  let done = 0;
  for (const run of [...holders.keys()].sort()) {
    counts[await mergeRun(run, holders.get(run) as string[], to)]++;
    onProgress?.(++done, holders.size);
  }
  const unfinished = sources.reduce((sum, source) => sum + source.unfinished, 0);
  return { runs: holders.size, ...counts, unfinished, from, to };
}

interface RunList {
  readonly folder: string;
  readonly runs: readonly string[];
  readonly unfinished: number;
}

async function listRuns(folder: string): Promise<RunList> {
  const names = await readdir(folder).catch((cause) => {
    throw new InputError('cannot read the run folder', { where: folder, cause });
  });
  const candidates = names.filter((name) => /^[0-9a-f]{16}$|^\.[0-9a-f]{16}\..*\.tmp$/.test(name));
  const runs: string[] = [];
  for (const name of candidates) {
    const finished = !name.startsWith('.') && (await exists(join(folder, name, 'scenario.json')));
    if (finished) runs.push(name);
  }
  return { folder, runs, unfinished: candidates.length - runs.length };
}

/** The run from all who hold it: first checked against each other, then what lacks is added. */
async function mergeRun(
  run: string,
  sources: readonly string[],
  to: string,
): Promise<'copied' | 'completed' | 'present'> {
  const target = join(to, run);
  const there = await exists(join(target, 'scenario.json'));
  const files = new Map<string, string>();
  for (const holder of there ? [target, ...sources] : sources) {
    for (const name of await readdir(holder)) {
      if (name.startsWith('.')) continue;
      const path = join(holder, name);
      const known = files.get(name);
      if (known === undefined) {
        if (name.endsWith('.arrow') && holder !== target) await checkWhole(path, run);
        files.set(name, path);
      } else if (name !== 'run.json' && !(await equalFiles(known, path))) {
        throw new Error(`run ${run}: ${path} holds other bytes than ${known}`);
      }
    }
  }
  if (there) {
    const lacking = [...files].filter(([name, path]) => path !== join(target, name));
    for (const [name, path] of lacking) {
      const temporary = join(target, `.${name}.${writer()}.tmp`);
      await place(path, temporary);
      await rename(temporary, join(target, name));
    }
    return lacking.length > 0 ? 'completed' : 'present';
  }
  const temporary = join(to, `.${run}.${writer()}.tmp`);
  await mkdir(temporary);
  try {
    for (const [name, path] of files) await place(path, join(temporary, name));
    await rename(temporary, target);
    return 'copied';
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another writer may have brought the run in the meantime: then it is checked like any other.
    if (!(await exists(join(target, 'scenario.json')))) throw error;
    return mergeRun(run, sources, to);
  }
}

/** The file under another name: a hard link (runs never change), a copy across file systems. */
async function place(path: string, at: string): Promise<void> {
  await link(path, at).catch(() => copyFile(path, at, constants.COPYFILE_EXCL));
}

/** A copy of a shard that broke off leaves files without their end. */
async function checkWhole(path: string, run: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const end = await file.read({ buffer: Buffer.alloc(6), position: Math.max(0, size - 6) });
    if (end.buffer.toString('latin1') === 'ARROW1') return;
  } finally {
    await file.close();
  }
  throw new Error(`run ${run}: ${path} is cut short: copy it again from where it was computed`);
}

async function equalFiles(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(a), stat(b)]);
  if (first.ino === second.ino && first.dev === second.dev) return true;
  if (first.size !== second.size) return false;
  const [left, right] = await Promise.all([readFile(a), readFile(b)]);
  return left.equals(right);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
