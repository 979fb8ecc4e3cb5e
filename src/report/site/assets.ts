import { chartLibraries, fontFaces } from '../page/assets.ts';
import { pageScript } from '../page/script.ts';
import { pageStyle } from '../page/style.ts';
import type { SiteFiles } from './site-files.ts';
import { siteScript } from './site-script.ts';
import { siteStyle } from './site-style.ts';

/** Style, scripts and chart libraries that all pages share. */
export function addAssets(files: SiteFiles, interactive: boolean): void {
  files.add('assets/style.css', `${fontFaces()}${pageStyle}${siteStyle}`);
  if (!interactive) return;
  const names = ['vega.js', 'vega-lite.js', 'vega-embed.js'];
  for (const [i, code] of chartLibraries().entries()) files.add(`assets/${names[i]}`, code);
  files.add('assets/page.js', `${pageScript}${siteScript}`);
}
