import type { Block, Section } from '../sections/section.ts';
import { chartLibraries, fontFaces } from './assets.ts';
import { figureHtml, selfContained } from './figure.ts';
import { escapeCode, escapeHtml } from './html.ts';
import { pageScript } from './script.ts';
import { pageStyle } from './style.ts';

export interface Page {
  readonly title: string;
  readonly opening: readonly Block[];
  readonly sections: readonly Section[];
  /** With the chart libraries inside; without, the pictures alone. */
  readonly interactive: boolean;
  /** What wrote the page and holds true of it, as HTML. */
  readonly footer?: string;
}

const reportFooter =
  'Written by <code>reprise report</code>. The page holds its data, its SQL and its scenarios, and loads nothing.';

/** One HTML document that needs nothing from outside itself. */
export async function pageHtml({
  title,
  opening,
  sections,
  interactive,
  footer = reportFooter,
}: Page): Promise<string> {
  const host = selfContained(interactive);
  const blocks = async (list: readonly Block[]) => {
    const parts: string[] = [];
    for (const block of list) {
      parts.push('chart' in block ? await figureHtml(block.chart, host) : block.html);
    }
    return parts.join('\n');
  };
  const toc = sections.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  const body: string[] = [];
  for (const section of sections) {
    const { id } = section;
    body.push(
      `<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${escapeHtml(section.title)}</h2>\n${await blocks(section.blocks)}</section>`,
    );
  }
  const scripts = interactive ? [...chartLibraries(), escapeCode(pageScript)] : [];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>
${fontFaces()}
${pageStyle}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<main id="main">
<h1>${escapeHtml(title)}</h1>
<nav class="toc" aria-label="Contents"><ol>${toc.join('')}</ol></nav>
<section class="opening" aria-label="Question and answer">
${await blocks(opening)}
</section>
${body.join('\n')}
<footer><p>${footer}</p></footer>
</main>
${scripts.map((code) => `<script>${code}</script>`).join('\n')}
</body>
</html>
`;
}
