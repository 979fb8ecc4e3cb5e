import type { Plugin } from 'vite';

/** Packages behind the kit's addresses that are installed; all others have a stub. */
const installed: readonly string[] = ['@observablehq/inputs', 'apache-arrow', 'htl'];

/** Names of the kit's library that work without a network; the others say what they lack. */
const kept: readonly string[] = ['htl', 'html', 'svg', 'Inputs', 'md'];

/** The folder of the kit's runtime, in the id of a module. */
const runtime = /^.*\/notebook-kit\/dist\/src\/runtime\//;
const stub = 'offline:';
/** An address of the CDN: package and file apart. */
const address = String.raw`https://cdn\.jsdelivr\.net/npm/((?:@[\w.-]+/)?[\w.-]+)(?:@[\d.]+)?/([^"]+)`;
const dynamicImport = new RegExp(String.raw`\bimport\("${address}"\)`, 'g');
const otherwise = new RegExp(address, 'g');

/**
 * Notebook Kit's library imports most of its packages from a CDN while the page is open. Here its
 * modules are rewritten as they are loaded: installed packages by their names, the rest to errors
 * that name what is missing, once it is used. A transform, not a resolver: the development server
 * does not ask resolvers for addresses.
 */
export function offlineImports(): Plugin {
  return {
    name: 'reprise:offline-imports',
    enforce: 'pre',
    resolveId: { filter: { id: /^offline:/ }, handler: (id) => `\0${id}` },
    load: {
      filter: { id: /^\0offline:/ },
      handler: (id) => stubModule(id.slice(stub.length + 1)),
    },
    transform: {
      filter: { id: runtime },
      handler(code, id) {
        const file = id.replace(runtime, '').replace(/\?.*$/, '');
        return { code: offlineModule(file, code), map: null };
      },
    },
  };
}

/** A module of the kit's runtime without addresses; `file` is its path below the runtime folder. */
export function offlineModule(file: string, code: string): string {
  if (file === 'stdlib/sampleDatasets.js') return onlyKept(code, []);
  const own = file === 'stdlib/recommendedLibraries.js' ? onlyKept(code, kept) : code;
  return own
    .replace(dynamicImport, (_, name: string, path: string) =>
      installed.includes(name)
        ? `import("${local(name, path)}")`
        : `Promise.reject(${missing(name)})`,
    )
    .replace(otherwise, (_, name: string, path: string) =>
      installed.includes(name) ? local(name, path) : stub + name,
    );
}

function local(name: string, path: string): string {
  return path === '+esm' ? name : `${name}/${path}`;
}

/** Each exported name on a line of its own: as it is where it is kept, else an error when used. */
function onlyKept(code: string, names: readonly string[]): string {
  return [...code.matchAll(/^export const (\w+) =.*$/gm)]
    .map(([line, name]) => {
      if (names.includes(name as string)) return line;
      return `export const ${name} = () => { throw ${missing(name as string)}; };`;
    })
    .join('\n');
}

/** A package as a default import that fails when something is asked of it. */
function stubModule(name: string): string {
  return `const fail = () => { throw ${missing(name)}; };
export default new Proxy(fail, { get: fail, construct: fail });`;
}

function missing(name: string): string {
  return `new Error(${JSON.stringify(`not bundled for offline use: ${name}`)})`;
}
