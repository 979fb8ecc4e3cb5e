import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { escapeCode } from './html.ts';

const resolve = createRequire(import.meta.url).resolve;

/** The chart libraries as scripts for the page, in order. */
export function chartLibraries(): string[] {
  return [
    ['vega', 'vega.min.js'],
    ['vega-lite', 'vega-lite.min.js'],
    ['vega-embed', 'vega-embed.min.js'],
  ].map(([name, file]) => {
    const path = join(dirname(resolve(name as string)), file as string);
    return escapeCode(readFileSync(path, 'utf8')).replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
  });
}

/** Inter (latin, three weights) as @font-face rules with the files inside. */
export function fontFaces(): string {
  return [400, 600, 700]
    .map((weight) => {
      const path = resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);
      const data = readFileSync(path).toString('base64');
      return `@font-face{font-family:Inter;font-style:normal;font-weight:${weight};src:url(data:font/woff2;base64,${data}) format("woff2")}`;
    })
    .join('\n');
}
