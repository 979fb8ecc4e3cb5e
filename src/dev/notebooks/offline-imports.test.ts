import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { offlineModule } from './offline-imports.ts';

const kit = dirname(fileURLToPath(import.meta.resolve('@observablehq/notebook-kit')));
const runtime = join(kit, 'runtime');

describe('offline modules', () => {
  it('import what is installed by its name', () => {
    const inputs = readFileSync(join(runtime, 'stdlib', 'inputs.js'), 'utf8');
    expect(offlineModule('stdlib/inputs.js', inputs)).toContain(
      'export * from "@observablehq/inputs"',
    );
    const css = '@import url("https://cdn.jsdelivr.net/npm/@observablehq/inputs/dist/index.css");';
    expect(offlineModule('stdlib/inputs.css', css)).toBe(
      '@import url("@observablehq/inputs/dist/index.css");',
    );
    const arrow = 'await import("https://cdn.jsdelivr.net/npm/apache-arrow@17.0.0/+esm")';
    expect(offlineModule('stdlib/x.js', arrow)).toBe('await import("apache-arrow")');
  });

  it('keep the names of the library; those that are missing fail when used, by name', async () => {
    const library = readFileSync(join(runtime, 'stdlib', 'recommendedLibraries.js'), 'utf8');
    const code = offlineModule('stdlib/recommendedLibraries.js', library);
    const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Record<
      string,
      () => unknown
    >;
    expect(Object.keys(module)).toEqual(expect.arrayContaining(['html', 'Inputs', 'd3', 'vl']));
    expect(() => module.d3?.()).toThrow('not bundled for offline use: d3');
    expect(code).toContain('import("htl")');
  });

  it('leave no address in any module that a page can reach', () => {
    const files = readdirSync(join(runtime, 'stdlib'))
      .filter((file) => /\.(?:js|css)$/.test(file))
      // Reached only through names of the library that are errors here.
      .filter((file) => !/^(?:tex|leaflet|mapboxgl|duckdb)\.js$/.test(file));
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      const code = readFileSync(join(runtime, 'stdlib', file), 'utf8');
      expect(offlineModule(`stdlib/${file}`, code)).not.toContain('cdn.jsdelivr');
    }
  });
});
