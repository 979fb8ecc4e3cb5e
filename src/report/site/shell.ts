import type { Chart } from '../chart.ts';
import { anchorTo, type FigureHost, figureHtml } from '../page/figure.ts';
import { csvOf, escapeHtml, slug } from '../page/html.ts';
import type { Block, Section } from '../sections/section.ts';
import type { SiteFiles } from './site-files.ts';

/** One page of the site, before it is set in the frame that all pages share. */
export interface SitePage {
  /** Below the site's folder: `index.html`, `experiments/NAME.html`. */
  readonly path: string;
  readonly title: string;
  /** Where the page belongs, above its title. */
  readonly above?: string;
  readonly opening: readonly Block[];
  readonly sections: readonly Section[];
  /** Pages to read before and after this one. */
  readonly before?: Neighbour;
  readonly after?: Neighbour;
}

type Neighbour = Pick<SitePage, 'path' | 'title'>;

/** What the navigation of all pages leads to. */
export interface NavEntry {
  readonly path: string;
  readonly title: string;
  /** Entries of one name unfold together. */
  readonly under?: string;
}

export interface Frame {
  readonly title: string;
  readonly nav: readonly NavEntry[];
  readonly interactive: boolean;
  readonly files: SiteFiles;
}

/** Adds a page, and the data of its charts, to the files of the site. */
export async function addPage(frame: Frame, page: SitePage): Promise<void> {
  frame.files.add(page.path, await framed(frame, page));
}

const upwards = '../';

/** The way from one page to a file of the site. */
export function hrefFrom(page: string, to: string): string {
  return upwards.repeat(page.split('/').length - 1) + to;
}

/** `experiments/mooncake-load.html` as part of a file name. */
export function pageName(path: string): string {
  return slug(path.replace(/\.html$/, ''));
}

/** Adds a table as a file and gives the link to it. */
export function addData(files: SiteFiles, page: string, name: string, text: string): string {
  return hrefFrom(page, files.add(`data/${pageName(page)}-${name}`, text));
}

async function framed(frame: Frame, page: SitePage): Promise<string> {
  const { path, title, above, opening, sections } = page;
  const host: FigureHost = {
    interactive: frame.interactive,
    data: (chart: Chart) =>
      addData(frame.files, path, `${chart.id}.csv`, chart.csv ?? csvOf(chart.rows)),
    dataIsFile: true,
  };
  const blocks = async (list: readonly Block[]) => {
    const parts: string[] = [];
    for (const block of list) {
      parts.push('chart' in block ? await figureHtml(block.chart, host) : block.html);
    }
    return parts.join('\n');
  };
  const body: string[] = [];
  for (const section of sections) {
    const { id } = section;
    const heading = `<h2 id="${id}-h">${escapeHtml(section.title)}${anchorTo(id)}</h2>`;
    body.push(
      `<section id="${id}" aria-label="${escapeHtml(section.title)}">${heading}\n${await blocks(section.blocks)}</section>`,
    );
  }
  const main = `${above ? `<p class="above">${escapeHtml(above)}</p>\n` : ''}<h1>${escapeHtml(title)}</h1>
${contents(sections)}
<section class="opening" aria-label="Question and answer">
${await blocks(opening)}
</section>
${body.join('\n')}
${neighbours(page)}`;
  return documentHtml(frame, path, title, main);
}

function neighbours({ path, before, after }: SitePage): string {
  if (before === undefined && after === undefined) return '';
  const link = (to: Neighbour | undefined, word: string, rel: string) =>
    to === undefined
      ? '<span></span>'
      : `<span>${word} <a rel="${rel}" href="${hrefFrom(path, to.path)}">${escapeHtml(to.title)}</a></span>`;
  return `<nav class="neighbours" aria-label="Neighbours">${link(before, 'Before:', 'prev')}${link(after, 'Next:', 'next')}</nav>`;
}

function contents(sections: readonly Section[]): string {
  if (sections.length < 2) return '';
  const items = sections.map(
    ({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`,
  );
  return `<nav class="toc" aria-label="On this page"><ol>${items.join('')}</ol></nav>`;
}

function documentHtml(frame: Frame, path: string, title: string, main: string): string {
  const asset = (name: string) => hrefFrom(path, `assets/${name}`);
  const scripts = frame.interactive
    ? ['vega.js', 'vega-lite.js', 'vega-embed.js', 'page.js'].map(
        (name) => `<script defer src="${asset(name)}"></script>\n`,
      )
    : [];
  const full = path === 'index.html' ? title : `${title} · ${frame.title}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(full)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${asset('style.css')}">
${scripts.join('')}</head>
<body class="site">
<a class="skip" href="#main">Skip to the content</a>
<header>${navigation(frame, path)}</header>
<main id="main">
${main}
<footer><p>Written by <code>reprise report</code>. Everything shown comes from the runs by the SQL beside it; nothing is loaded from elsewhere.</p></footer>
</main>
</body>
</html>
`;
}

function navigation({ nav }: Frame, path: string): string {
  const link = ({ path: to, title }: NavEntry) => {
    const here = to === path ? ' aria-current="page"' : '';
    return `<li><a href="${hrefFrom(path, to)}"${here}>${escapeHtml(title)}</a></li>`;
  };
  const parts: string[] = [];
  for (const entry of nav) {
    const { under } = entry;
    if (under === undefined) parts.push(link(entry));
    else if (nav.find((other) => other.under === under) === entry) {
      const members = nav.filter((other) => other.under === under);
      const here = members.some((member) => member.path === path) ? ' class="here"' : '';
      parts.push(
        `<li><details class="pages"><summary${here}>${escapeHtml(under)} (${members.length})</summary><ul>${members.map(link).join('')}</ul></details></li>`,
      );
    }
  }
  return `<nav class="site" aria-label="Pages"><ul>${parts.join('')}</ul></nav>`;
}
