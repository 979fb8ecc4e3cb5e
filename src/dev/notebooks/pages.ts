import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A notebook of the folder, as the index lists it. */
export interface Page {
  /** File name with `.html`. */
  readonly file: string;
  readonly title: string;
  /** First paragraph of its first Markdown cell, in Markdown. */
  readonly about: string;
}

/** Where the index shows the list. */
const placeholder = '<!-- list of notebooks -->';

/** The notebooks of a folder: `start-here` first, then by name. */
export async function pagesOf(folder: string): Promise<Page[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.html'));
  const order = (file: string) => (file === 'start-here.html' ? '' : file);
  const pages = files
    .filter((file) => file !== 'index.html')
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(async (file) => pageOf(file, await readFile(join(folder, file), 'utf8')));
  return Promise.all(pages);
}

/** Title and first paragraph of a notebook in the kit's format. */
export function pageOf(file: string, html: string): Page {
  const title = /<title>([^<]*)<\/title>/.exec(html)?.[1]?.trim() ?? basename(file, '.html');
  const markdown = /<script[^>]*type="text\/markdown"[^>]*>([\s\S]*?)<\/script>/.exec(html)?.[1];
  const paragraphs = (markdown ?? '').split(/\n\s*\n/).map((text) => text.trim());
  const about = paragraphs.find((text) => text !== '' && !text.startsWith('#')) ?? '';
  return { file, title, about: about.replace(/\s*\n\s*/g, ' ') };
}

/** A Markdown cell of the index with the list in it; other cells stay as they are. */
export function withList(markdown: string, pages: readonly Page[]): string {
  const items = pages.map(({ file, title, about }) => `- **[${title}](${file})**  \n  ${about}`);
  return markdown.replace(placeholder, items.join('\n'));
}
