import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../trace/locate.ts';
import { InputError } from '../units/input-error.ts';

/** What a researcher's file is to hold, for errors. */
export interface Expected {
  /** As in `the experiment does not load`. */
  readonly title: string;
  /** Its default export, as in `export default defineExperiment({ … })`. */
  readonly form: string;
}

/** Says where 'reprise' is, so that files may stand outside of this package too. */
const tsconfig = () => join(packageRoot(), 'src', 'experiment', 'experiment.tsconfig.json');

/**
 * The default export of a researcher's TypeScript or JavaScript file, evaluated anew at each call.
 * @throws InputError at the first place in the researcher's own files
 */
export async function importDefault(file: string, { title, form }: Expected): Promise<unknown> {
  // Files that are CommonJS by their place are not reached by the option below.
  process.env.TSX_TSCONFIG_PATH ??= tsconfig();
  const { tsImport } = await import('tsx/esm/api');
  try {
    const module = (await tsImport(pathToFileURL(file).href, {
      parentURL: import.meta.url,
      tsconfig: tsconfig(),
    })) as { default?: unknown };
    // A file outside a package of modules is CommonJS, its exports one level deeper.
    const value = isCommonJs(module.default) ? module.default.default : module.default;
    if (value !== undefined) return value;
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw notLoaded(file, title, cause);
  }
  throw new InputError('no default export', { where: shown(file), rule: form });
}

function isCommonJs(value: unknown): value is { default?: unknown } {
  return value !== null && typeof value === 'object' && '__esModule' in value;
}

function notLoaded(file: string, title: string, cause: unknown): InputError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const what = `the ${title} does not load`;
  const [, place, message] =
    /^(?:Transform failed[^\n]*\n)?([^\n]+?:\d+:\d+): ERROR: ([^\n]+)/.exec(error.message) ?? [];
  if (place !== undefined) {
    return new InputError(what, { where: shown(place), rule: message, cause });
  }
  const where = ownPlaceOf(error) ?? shown(file);
  return new InputError(what, { where, rule: error.message.split('\n')[0], cause });
}

/** `file:line:column` of the first call in an error's stack that is not in our files or Node's. */
export function ownPlaceOf(error: Error): string | undefined {
  const frames = [
    ...(error.stack ?? '').matchAll(/(\/(?!\/)[^\s()?:]+\.[mc]?[tj]s)(?:\?[^\s:]*)?:(\d+):(\d+)/g),
  ];
  const own = frames.find(([, path]) => !isOurs(path as string));
  return own && `${shown(own[1] as string)}:${own[2]}:${own[3]}`;
}

function isOurs(path: string): boolean {
  const root = packageRoot();
  return ['src', 'dist', 'node_modules'].some((folder) => path.startsWith(join(root, folder)));
}

/** A path as a reader in the working folder writes it. */
export function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
