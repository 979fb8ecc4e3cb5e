/**
 * Checks the direction of imports between rooms (src/*) against the floors of the plan, and that
 * there are no cycles between files. Reads the edges from esbuild's metafile.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

/** Floor of each room: a room imports only from floors below its own, or from itself. */
export const floors: Readonly<Record<string, number>> = {
  units: 0,
  hardware: 1,
  tables: 1,
  model: 1,
  trace: 2,
  cost: 2,
  policy: 3,
  scheduling: 4,
  caching: 4,
  compression: 4,
  replay: 5,
  results: 6,
  experiment: 7,
  report: 8,
  cli: 9,
  dev: 10,
};

export interface ImportEdge {
  from: string;
  to: string;
}

/** Import edges between the sources of src/, type-only imports included. */
export async function importEdges(root: string): Promise<ImportEdge[]> {
  const entryPoints = sources(join(root, 'src')).map((path) => path.slice(root.length + 1));
  const result = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'unused',
    write: false,
    bundle: true,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    // Without this, imports of types alone would not be seen.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    logLevel: 'silent',
  });
  return edgesOf(result.metafile);
}

function edgesOf(metafile: Metafile): ImportEdge[] {
  return Object.entries(metafile.inputs).flatMap(([from, input]) =>
    input.imports.filter((i) => !i.external).map((i) => ({ from, to: i.path })),
  );
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** What breaks the plan, one line each. */
export function violations(edges: readonly ImportEdge[]): string[] {
  const found: string[] = [];
  for (const { from, to } of edges) {
    const a = roomOf(from);
    const b = roomOf(to);
    if (a === undefined || b === undefined) {
      if (a !== undefined) found.push(`${from} imports ${to}, which stands in no room`);
      continue;
    }
    if (a === b) continue;
    if (floors[a] === undefined) found.push(`${from}: room ${a} is not in the plan`);
    else if ((floors[b] ?? 99) >= floors[a]) {
      found.push(`${from} (${a}, floor ${floors[a]}) imports ${to} (${b}, floor ${floors[b]})`);
    }
  }
  return [...found, ...cycles(edges)];
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function cycles(edges: readonly ImportEdge[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
      return;
    }
    state.set(file, 'open');
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const edges = await importEdges(root);
  const found = violations(edges);
  for (const line of found) console.error(line);
  console.log(`${edges.length} imports between sources checked, ${found.length} against the plan`);
  process.exitCode = found.length > 0 || edges.length < 50 ? 1 : 0;
}
