import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { floors, type ImportEdge, importEdges, violations } from './rooms.ts';

function edge(from: string, to: string, typeOnly = false): ImportEdge {
  return { from: `src/${from}`, to: `src/${to}`, typeOnly };
}

/** Import edges of a tree of sources, given as lines by path below src. */
function edgesOf(files: Readonly<Record<string, readonly string[]>>): ImportEdge[] {
  const root = mkdtempSync(join(tmpdir(), 'reprise-rooms-'));
  try {
    for (const [path, lines] of Object.entries(files)) {
      const file = join(root, 'src', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, lines.join('\n'));
    }
    return importEdges(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('violations', () => {
  it('accepts imports from floors below, and within a room', () => {
    const edges = [edge('replay/a.ts', 'units/b.ts'), edge('replay/a.ts', 'replay/deep/c.ts')];
    expect(violations(edges)).toEqual([]);
  });

  it('finds an import from a floor above, of types alone too', () => {
    expect(violations([edge('cost/a.ts', 'replay/b.ts')])).toEqual([
      'src/cost/a.ts (cost, floor 2) imports src/replay/b.ts (replay, floor 5)',
    ]);
    expect(violations([edge('cost/a.ts', 'replay/b.ts', true)])).toHaveLength(1);
  });

  it('finds an import between rooms of one floor', () => {
    expect(violations([edge('caching/a.ts', 'scheduling/b.ts')])).toEqual([
      'src/caching/a.ts (caching, floor 4) imports src/scheduling/b.ts (scheduling, floor 4)',
    ]);
  });

  it('finds rooms that are not in the plan, and imports from no room', () => {
    expect(violations([edge('attic/a.ts', 'units/b.ts')])[0]).toContain('attic is not in the plan');
    expect(violations([edge('units/a.ts', 'attic/b.ts')])).toHaveLength(1);
    expect(violations([{ from: 'src/cli/a.ts', to: 'traces/x.ts', typeOnly: false }])).toEqual([
      'src/cli/a.ts imports traces/x.ts, which stands in no room',
    ]);
  });

  it('finds a cycle of values, also behind other files, and names its files', () => {
    const cycle = [
      edge('units/a.ts', 'units/b.ts'),
      edge('units/b.ts', 'units/c.ts'),
      edge('units/b.ts', 'units/d.ts'),
      edge('units/d.ts', 'units/b.ts'),
    ];
    expect(violations(cycle)).toEqual([
      'cycle: src/units/b.ts -> src/units/d.ts -> src/units/b.ts',
    ]);
    expect(violations([edge('units/a.ts', 'units/a.ts')])).toHaveLength(1);
  });

  it('lets types go in a circle, and paths meet again', () => {
    const circle = [edge('units/a.ts', 'units/b.ts'), edge('units/b.ts', 'units/a.ts', true)];
    expect(violations(circle)).toEqual([]);
    const diamond = [
      edge('units/a.ts', 'units/b.ts'),
      edge('units/a.ts', 'units/c.ts'),
      edge('units/b.ts', 'units/d.ts'),
      edge('units/c.ts', 'units/d.ts'),
    ];
    expect(violations(diamond)).toEqual([]);
  });
});

describe('importEdges', () => {
  it.each([
    ['a named import', ["import { x } from './b.ts';"], false],
    ['a default import', ["import x from './b.ts';"], false],
    ['an import over several lines', ['import {', '  x,', '  type Y,', "} from './b.ts';"], false],
    ['an import for its effect', ["import './b.ts';"], false],
    ['an export from elsewhere', ["export { x } from './b.ts';"], false],
    ['an export of all', ["export * from './b.ts';"], false],
    ['an import of types alone', ["import type { X } from './b.ts';"], true],
    ['an export of types alone', ["export type { X } from './b.ts';"], true],
    ['an import at need', ['async () => {', "  await import('./b.ts');", '};'], false],
  ])('finds %s', (_, lines, typeOnly) => {
    const edges = edgesOf({ 'units/a.ts': lines, 'units/b.ts': [] });
    expect(edges).toEqual([edge('units/a.ts', 'units/b.ts', typeOnly)]);
  });

  it('finds every import of a file, in rooms of any depth, and leaves packages out', () => {
    const edges = edgesOf({
      'replay/serving/a.ts': [
        "import { readFile } from 'node:fs';",
        "import { z } from 'zod';",
        "import { x } from '../../units/b.ts';",
        "import { y } from '../c.ts';",
      ],
    });
    expect(edges).toEqual([
      edge('replay/serving/a.ts', 'units/b.ts'),
      edge('replay/serving/a.ts', 'replay/c.ts'),
    ]);
  });
});

describe('the sources', () => {
  const edges = importEdges(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));

  it('keep to the plan', () => {
    expect(violations(edges)).toEqual([]);
  });

  it('are all read: every room but the empty ones imports, and there are many imports', () => {
    expect(edges.length).toBeGreaterThan(200);
    const rooms = new Set(edges.map(({ from }) => from.split('/')[1]));
    for (const room of ['units', 'cost', 'replay', 'results', 'cli']) expect(rooms).toContain(room);
    for (const room of rooms) expect(Object.keys(floors)).toContain(room);
  });
});
