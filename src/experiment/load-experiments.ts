import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../units/input-error.ts';
import type { Experiment } from './define.ts';
import { parseExperiment } from './experiment-schema.ts';
import { importDefault, shown } from './import-module.ts';
import { idOf } from './plan.ts';

export interface LoadedExperiment {
  readonly experiment: Experiment;
  /** Where it stands. */
  readonly file: string;
}

const suffix = /\.experiment\.(ts|mts|js|mjs|json)$/;

/**
 * The experiments of files and folders; a folder stands for all `*.experiment.ts` and
 * `*.experiment.json` below it, in order of their paths.
 * @throws InputError naming the file and the place in it
 */
export async function loadExperiments(paths: readonly string[]): Promise<LoadedExperiment[]> {
  const files: string[] = [];
  for (const path of paths) files.push(...(await filesAt(path)));
  const loaded: LoadedExperiment[] = [];
  for (const file of new Set(files)) loaded.push({ experiment: await load(file), file });
  const owner = new Map<string, string>();
  for (const { experiment, file } of loaded) {
    const id = idOf(experiment);
    const other = owner.get(id);
    if (other !== undefined) {
      throw new InputError(`two experiments ${id}`, { where: `${shown(other)}, ${shown(file)}` });
    }
    owner.set(id, file);
  }
  return loaded;
}

async function filesAt(path: string): Promise<string[]> {
  const full = resolve(path);
  if (!existsSync(full)) throw new InputError('no such experiment', { where: path });
  if (statSync(full).isFile()) return [full];
  const found = (await readdir(full, { recursive: true }))
    .filter((name) => suffix.test(name) && !name.includes('node_modules'))
    .sort();
  if (found.length === 0) {
    const rule = 'a file NAME.experiment.ts or NAME.experiment.json';
    throw new InputError('no experiments', { where: path, rule });
  }
  return found.map((name) => join(full, name));
}

async function load(file: string): Promise<Experiment> {
  const expected = { title: 'experiment', form: 'export default defineExperiment({ … })' };
  const value = file.endsWith('.json') ? await readJson(file) : await importDefault(file, expected);
  try {
    return { ...parseExperiment(value), folder: dirname(file) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(shown(file));
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const at = /position (\d+)/.exec(message)?.[1];
    const line = at === undefined ? '' : `:${text.slice(0, Number(at)).split('\n').length}`;
    throw new InputError('not JSON', { where: `${shown(file)}${line}`, rule: message, cause });
  }
}
