import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTrace } from '../../experiment/run-scenario.ts';
import { openResults } from '../../results/views.ts';
import { packageRoot } from '../../trace/locate.ts';
import { traceStatistics } from '../../trace/statistics.ts';
import { formatShare } from '../../units/format.ts';
import { buildNotebooks } from './build.ts';
import { serveFolder } from './serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-notebooks-'));
const cache = join(folder, 'cache');
const out = join(folder, 'dist');
let server: Server;
let url: string;

beforeAll(async () => {
  await buildNotebooks({ root: join(packageRoot(), 'notebooks'), cache }, out);
  ({ server, url } = await serveFolder(out, 0));
}, 120_000);
afterAll(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

const texts = (path: string) => readFileSync(join(out, path), 'utf8');

describe('built notebooks', () => {
  it('stand on the index with what they are about', () => {
    const index = texts('index.html');
    expect(index).toMatch(/href="start-here\.html"[\s\S]*ten cells[\s\S]*href="traces\.html"/);
    expect(index).not.toContain('<!-- list');
  });

  it('hold no address of the CDN', () => {
    const assets = readdirSync(join(out, 'assets')).filter((file) => /\.(?:js|css)$/.test(file));
    expect(assets.length).toBeGreaterThan(5);
    const holding = assets.filter((file) => texts(join('assets', file)).includes('jsdelivr'));
    expect(holding).toEqual([]);
    expect(texts('traces.html')).not.toContain('jsdelivr');
  });

  it('have ten cells from trace to chart', () => {
    expect(texts('start-here.html').match(/id="cell-\d+"/g)).toHaveLength(10);
  });

  it('embed no chart with more than a few thousand rows', () => {
    const results = readdirSync(join(out, 'assets')).filter((file) => file.endsWith('.json'));
    expect(results.length).toBeGreaterThan(0);
    for (const file of results) {
      const { rows } = JSON.parse(texts(join('assets', file))) as { rows: unknown[] };
      expect(rows.length).toBeLessThan(3000);
    }
  });
});

const browserPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
const skipped = browserPath ? '' : ' (skipped: no Chromium; set CHROMIUM_PATH)';

describe.skipIf(!browserPath)(`notebooks in a browser${skipped}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: browserPath as string,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterAll(() => browser?.close());

  async function open(page: string, width: number) {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const view = await context.newPage();
    const outside: string[] = [];
    const complaints: string[] = [];
    view.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(url)) {
        outside.push(request.url());
      }
    });
    view.on('pageerror', (error) => complaints.push(String(error)));
    view.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    await view.goto(url + page);
    return { view, outside, complaints };
  }

  /** Marks of each chart of a page, once all are drawn. */
  async function marksOf(view: Page, charts: number): Promise<number[]> {
    const plots = view.locator('figure.chart svg.marks');
    await expect.poll(() => plots.count(), { timeout: 20_000 }).toBe(charts);
    return plots.evaluateAll((all) =>
      all.map((one) => one.querySelectorAll('g.role-mark path[d]:not([d=""])').length),
    );
  }

  it.each([
    ['start-here.html', 2, 1280],
    ['start-here.html', 2, 390],
    ['traces.html', 8, 1280],
    ['traces.html', 8, 390],
    ['mooncake.html', 12, 1280],
    ['mooncake.html', 12, 390],
    ['hybrid-scheduling.html', 6, 1280],
    ['hybrid-scheduling.html', 6, 390],
  ])(
    'draws %s with %i charts at %i px, without an error or an outside request',
    async (page, charts, width) => {
      const { view, outside, complaints } = await open(page, width);
      const marks = await marksOf(view, charts);
      expect(Math.min(...marks)).toBeGreaterThan(0);
      expect(await view.locator('.observablehq--error').allTextContents()).toEqual([]);
      expect([outside, complaints]).toEqual([[], []]);
      const sideways = 'document.documentElement.scrollWidth - innerWidth';
      expect(await view.evaluate(sideways)).toBeLessThanOrEqual(0);
      await view.context().close();
    },
  );

  it('describes every chart, with trace, kind and data', async () => {
    const { view } = await open('traces.html', 1280);
    await marksOf(view, 8);
    const figures = view.locator('figure.chart');
    const labels = await figures
      .locator('.plot:not(.key)')
      .evaluateAll((all) => all.map((plot) => plot.getAttribute('aria-label') ?? ''));
    const titles = await figures.locator('h3').allTextContents();
    for (const [i, title] of titles.entries()) expect(labels[i]).toContain(title);
    for (const caption of await figures.locator('figcaption').allTextContents()) {
      expect(caption).toMatch(
        /^Trace [\w-]+, (?:recorded|sampled|generated); drawn from \w+ \((?:rec|sam|gen)/,
      );
    }
    expect(await figures.locator('a[download]').count()).toBe(8);
    await view.context().close();
  });

  it('finds in SQL what the statistics of the trace say', async () => {
    const { view } = await open('traces.html', 1280);
    await marksOf(view, 8);
    const { trace } = await loadTrace('kimi-like');
    const { reuse, input_tokens } = traceStatistics(trace);
    const text = (await view.locator('figure.chart h3').allTextContents()).join('\n');
    const said = text.replaceAll('\u00a0', ' ');
    expect(said).toContain(`finds ${formatShare(reuse?.infinite_cache_hit_ratio ?? null)} of all`);
    expect(said).toContain(
      `${formatShare(reuse?.used_once_share ?? null)} of the blocks are used once`,
    );
    expect(said).toContain(`used ${reuse?.most_uses.toLocaleString('en')} times`);
    expect(said).toContain(`within ${Math.round(reuse?.interval_s?.p50 ?? 0)} s, nine`);
    expect(said).toContain(`at most ${input_tokens.p50?.toLocaleString('en')} tokens of text`);
    await view.context().close();
  });

  it('shows another trace where one has no blocks or images, and says so', async () => {
    const { view, complaints } = await open('traces.html', 1280);
    await marksOf(view, 8);
    await view.locator('label', { hasText: 'gsm8k' }).click();
    await view.locator('text=gsm8k has no blocks; shown is').first().waitFor();
    expect(await view.locator('text=gsm8k has no images; shown is multimodal').count()).toBe(1);
    const caption = view.locator('figure.chart figcaption').first();
    expect(await caption.textContent()).toMatch(
      /^Trace gsm8k, recorded; drawn from input_tokens \(recorded\), output_tokens \(generated\)/,
    );
    expect(complaints).toEqual([]);
    await view.context().close();
  });

  it('recomputes attainment as the slider moves', async () => {
    const { view, complaints } = await open('start-here.html', 1280);
    await marksOf(view, 2);
    const title = async () =>
      (await view.locator('figure.chart h3').first().textContent())?.replaceAll('\u00a0', ' ') ??
      '';
    const session = await openResults(join(cache, 'runs', 'start-here'));
    const attained = async (ms: number) => {
      const rows = await session.objects(
        `SELECT scheduler, attainment FROM attainment(ttft_slo_ms := ${ms}) JOIN runs USING (run)
         WHERE trace = 'kimi-like' ORDER BY attainment DESC`,
      );
      return rows
        .map((row) => `${row.scheduler} ${formatShare(Number(row.attainment))}`)
        .join(', ');
    };
    expect(await title()).toContain(await attained(1000));
    const number = view.locator('form input[type=number]');
    await number.fill('4600');
    await number.press('Enter');
    await expect.poll(title).toContain('4600 ms');
    expect(await title()).toContain(await attained(4600));
    session.close();
    expect(complaints).toEqual([]);
    await view.context().close();
  });
});
