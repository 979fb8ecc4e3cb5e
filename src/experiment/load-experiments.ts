import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../trace/locate.ts';
import { InputError } from '../units/input-error.ts';
import type { Experiment } from './define.ts';
import { parseExperiment } from './experiment-schema.ts';
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
  const value = file.endsWith('.json') ? await readJson(file) : await importDefault(file);
  try {
    return parseExperiment(value);
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

/** Says where 'reprise' is, so that experiments may stand outside of this package too. */
const tsconfig = () => join(packageRoot(), 'src', 'experiment', 'experiment.tsconfig.json');

async function importDefault(file: string): Promise<unknown> {
  // Files that are CommonJS by their place are not reached by the option below.
  process.env.TSX_TSCONFIG_PATH ??= tsconfig();
  const { tsImport } = await import('tsx/esm/api');
  try {
    const module = (await tsImport(pathToFileURL(file).href, {
      parentURL: import.meta.url,
      tsconfig: tsconfig(),
    })) as { default?: unknown };
    // A file outside a package of modules is CommonJS, its exports one level deeper.
    const value = (module.default as typeof module | undefined)?.default ?? module.default;
    if (value !== undefined) return value;
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw notLoaded(file, cause);
  }
  const rule = 'export default defineExperiment({ … })';
  throw new InputError('no default export', { where: shown(file), rule });
}

/** What kept a module from loading, at the first place in the researcher's own files. */
function notLoaded(file: string, cause: unknown): InputError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const what = 'the experiment does not load';
  const [, place, message] =
    /^(?:Transform failed[^\n]*\n)?([^\n]+?:\d+:\d+): ERROR: ([^\n]+)/.exec(error.message) ?? [];
  if (place !== undefined) {
    return new InputError(what, { where: shown(place), rule: message, cause });
  }
  const frames = [
    ...(error.stack ?? '').matchAll(/(\/(?!\/)[^\s()?:]+\.[mc]?[tj]s)(?:\?[^\s:]*)?:(\d+):(\d+)/g),
  ];
  const own = frames.find(([, path]) => !isOurs(path as string));
  const where = own ? `${shown(own[1] as string)}:${own[2]}:${own[3]}` : shown(file);
  return new InputError(what, { where, rule: error.message.split('\n')[0], cause });
}

function isOurs(path: string): boolean {
  const root = packageRoot();
  return ['src', 'dist', 'node_modules'].some((folder) => path.startsWith(join(root, folder)));
}

function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
