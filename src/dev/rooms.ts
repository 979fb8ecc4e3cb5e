/**
 * Checks the direction of imports between rooms (src/*) against the floors of the plan, and that
 * there are no cycles between files (imports of types alone may go in a circle).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  typeOnly: boolean;
}

/** Import edges between the sources of src/: of values, of types alone, and lazy ones. */
export function importEdges(root: string): ImportEdge[] {
  return sources(join(root, 'src')).flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    return [...text.matchAll(importPattern)].map((match) => {
      const target = (match.groups?.from ?? match.groups?.lazy) as string;
      const typeOnly = /^(import|export) type\b/.test(match[0]);
      return {
        from: relative(root, path),
        to: relative(root, join(dirname(path), target)),
        typeOnly,
      };
    });
  });
}

/** Statements that end in `from './…'`, bare `import './…'`, and `import('./…')`. */
const importPattern =
  /^(?:import|export)\b[^;'"]*?(?:\bfrom\s+)?['"](?<from>\.[^'"]+)['"]|\bimport\(\s*['"](?<lazy>\.[^'"]+)['"]/gm;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(ts|mjs|cjs)$/.test(entry.name) ? [path] : [];
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
  for (const { from, to, typeOnly } of edges) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
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
  const edges = importEdges(root);
  const found = violations(edges);
  for (const line of found) console.error(line);
  console.log(`${edges.length} imports between sources checked, ${found.length} against the plan`);
  process.exitCode = found.length > 0 || edges.length < 200 ? 1 : 0;
}
