import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../units/canonical.ts';
import { InputError } from '../../units/input-error.ts';
import { manyClaims } from '../fixtures/scorecard-rows.ts';
import { type SmallExperiments, writeSmallExperiments } from '../fixtures/small-experiment.ts';
import { writeSmallRun } from '../fixtures/small-runs.ts';
import { type Site, type SiteOptions, writeSite } from './write-site.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-site-'));
const runs = join(folder, 'runs');
const output = join(folder, 'site');
let small: SmallExperiments;
let site: Site;

const write = (options: Partial<SiteOptions> = {}) =>
  writeSite({
    runs,
    experiments: [small.run, small.notRun],
    traces: small.shelf,
    scorecard: { rows: manyClaims() },
    output,
    ...options,
  });

beforeAll(async () => {
  small = await writeSmallExperiments(folder, runs);
  for (const scheduler of ['prefill-first', 'chunked-prefill']) {
    writeSmallRun(runs, { scheduler, requests: 120 });
  }
  site = await write();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
const page = (path: string, dir = output) => readFileSync(join(dir, path), 'utf8');
const experimentPage = 'experiments/example-two-schedulers.html';

/** What a page's attributes lead to, scripts left out. */
function linksOf(html: string): string[] {
  const markup = html.replace(/<script\b[^>]*>[^<]+<\/script>/g, '');
  return [...markup.matchAll(/\b(?:href|src)="([^"]*)"/g)].map((match) => match[1] as string);
}

describe('the site', () => {
  it('has an overview, a page per experiment and trace of other runs, and what they rest on', () => {
    expect(site.pages).toEqual([
      'index.html',
      experimentPage,
      'experiments/example-not-run.html',
      'runs/kimi-like.html',
      'scorecard.html',
      'traces.html',
      'clock.html',
      'definitions.html',
    ]);
    expect(site).toMatchObject({ index: join(output, 'index.html'), experiments: 2, runs: 10 });
  });

  it('leads nowhere but to its own pages, anchors and files', () => {
    for (const path of site.pages) {
      const ids = new Map<string, Set<string>>();
      const idsIn = (file: string) => {
        const known =
          ids.get(file) ??
          new Set([...page(file).matchAll(/\bid="([^"]+)"/g)].map((m) => m[1] as string));
        ids.set(file, known);
        return known;
      };
      for (const link of linksOf(page(path))) {
        if (link === 'data:,') continue;
        const [to = '', anchor] = link.split('#');
        const target = to === '' ? path : relative(output, resolve(output, dirname(path), to));
        expect([path, link, existsSync(join(output, target))]).toEqual([path, link, true]);
        if (anchor) expect([path, link, idsIn(target).has(anchor)]).toEqual([path, link, true]);
      }
    }
  });

  it('names each id of a page once', () => {
    for (const path of site.pages) {
      const ids = [...page(path).matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
      expect([path, ids.filter((id, i) => ids.indexOf(id) !== i)]).toEqual([path, []]);
    }
  });

  it('names no place outside', () => {
    for (const path of [...site.pages, 'assets/style.css', 'assets/page.js']) {
      expect([path, page(path).match(/https?:\/\/(?!www\.w3\.org)[^\s"']*/g)]).toEqual([
        path,
        null,
      ]);
      expect(page(path)).not.toContain('sourceMappingURL');
      expect(page(path)).not.toContain(folder);
    }
  });

  it('is the same twice', async () => {
    const again = join(folder, 'again');
    await write({ output: join(again, 'index.html') });
    const hashes = (dir: string) => filesIn(dir).map((file) => [file, sha256(page(file, dir))]);
    expect(hashes(again)).toEqual(hashes(output));
  });

  it('writes no missing value into a page', () => {
    for (const path of site.pages) {
      const text = page(path).replace(/<script\b[\s\S]*?<\/script>|<pre[\s\S]*?<\/pre>/g, '');
      expect([path, text.match(/NaN|undefined|Infinity|\[object/)]).toEqual([path, null]);
    }
  });

  it('removes the pages of experiments that are no longer shown', async () => {
    const other = join(folder, 'other');
    await write({ output: other });
    await write({
      output: other,
      experiments: [small.run],
      scorecard: undefined,
      otherRuns: false,
    });
    const pages = filesIn(other).filter((file) => file.endsWith('.html'));
    expect(pages).toEqual(
      ['clock.html', 'definitions.html', experimentPage, 'index.html', 'traces.html'].sort(),
    );
    expect(page('index.html', other)).not.toContain('scorecard');
  });

  it('has no script where none is wanted, and the same pictures', async () => {
    const still = join(folder, 'still');
    await write({ output: still, still: true });
    const pictures = (html: string) => html.match(/<svg /g)?.length;
    for (const path of site.pages) {
      expect(page(path, still)).not.toContain('<script');
      expect(pictures(page(path, still))).toBe(pictures(page(path)));
    }
    expect(filesIn(still).filter((file) => file.endsWith('.js'))).toEqual([]);
  });
});

describe('the page of an experiment', () => {
  it('answers its question with the title that its SQL gives', () => {
    const html = page(experimentPage);
    expect(html).toContain('Which scheduler keeps &lt;gaps&gt; short &amp; steady?');
    expect(html).toMatch(/class="answer">p99 TPOT is at most \d+\u00a0ms\.</);
    expect(page('index.html')).toMatch(/class="answer">p99 TPOT is at most \d+\u00a0ms\.</);
  });

  it('keeps heavy tables beside it', () => {
    const csv = page('data/experiments-example-two-schedulers-points.csv');
    expect(csv.split('\n').length).toBe(6402);
    expect(page(experimentPage)).toContain('4,000 of 6,400 rows drawn, evenly spaced');
    const embedded = [
      ...page(experimentPage).matchAll(
        /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/g,
      ),
    ]
      .map((match) => JSON.parse(match[1] as string) as { csv: string })
      .map(({ csv }) => csv.split('\n').length - 2);
    expect(Math.max(...embedded)).toBe(4000);
  });

  it('says under each chart on what it rests and what its interval is', () => {
    const figure = /<figure class="chart" id="tpot"[\s\S]*?<\/figure>/.exec(
      page(experimentPage),
    )?.[0];
    expect(figure).toContain('trace small (recorded; output_tokens generated)');
    expect(figure).toContain('range over 2 seeds');
    expect(figure).toContain('<summary>SQL</summary>');
    expect(figure).toContain('href="../data/experiments-example-two-schedulers-tpot.csv"');
    expect(figure).toContain('href="../data/experiments-example-two-schedulers-scenarios.json"');
  });

  it('leaves out a chart without rows', () => {
    expect(page(experimentPage)).not.toContain('id="empty"');
  });

  it('draws how much each system carries', () => {
    const figure = /<figure class="chart" id="capacity-chat"[\s\S]*?<\/figure>/.exec(
      page(experimentPage),
    )?.[0];
    expect(figure).toMatch(/carries [\d.]+ requests\/s/);
    expect(figure).toContain('the target of 90.0');
  });

  it('shows its claims, each linked with the scorecard and back', () => {
    expect(page(experimentPage)).toContain('href="../scorecard.html#claim-example-p99-tpot"');
    expect(page('scorecard.html')).toContain(`href="${experimentPage}#claim-example-p99-tpot"`);
    expect(page(experimentPage)).not.toContain('claim-other-far');
  });

  it('says that it has not been run', () => {
    const html = page('experiments/example-not-run.html');
    expect(html).toContain('None of its 1 run has been made yet.');
    expect(html).not.toContain('<figure');
  });

  it('names the experiment and the chart whose SQL is wrong', async () => {
    const { experiment, plans } = small.run;
    const [chart] = experiment.charts ?? [];
    const charts = [{ ...chart!, sql: 'SELECT nothing FROM runs' }];
    const experiments = [{ plans, experiment: { ...experiment, charts } }];
    await expect(write({ experiments, output: join(folder, 'wrong') })).rejects.toThrow(
      /experiment example\/two-schedulers, charts\.tpot/,
    );
    expect(existsSync(join(folder, 'wrong'))).toBe(false);
  });
});

describe('the scorecard page', () => {
  it('counts predicted claims alone in its headline', () => {
    const answer = /class="answer">([^<]*)</.exec(page('scorecard.html'))?.[1];
    expect(answer).toBe(
      '1 of 4 predicted figures reproduced (1 off, 1 not comparable, 1 not run).',
    );
    expect(page('index.html')).toContain('1 of 4 predicted figures reproduced');
  });

  it('shows what was changed, and why a claim is not compared', () => {
    const html = page('scorecard.html');
    expect(html).toContain('changed 2026-01-02: tolerance 2 to 5\u00a0ms (clock ticks)');
    expect(html).toContain('the replay has no power model');
  });

  it('names withdrawn claims', async () => {
    const first = {
      date: '2026-01-01',
      kind: 'predicted',
      definition: 'd',
      replayed: 1,
      verdict: 'off',
      engine_version: 'e',
    } as const;
    const withdrawn = [{ paper: 'example', id: 'gone', first_comparison: first }];
    const other = join(folder, 'withdrawn');
    await write({ output: other, scorecard: { rows: manyClaims(), withdrawn } });
    expect(page('scorecard.html', other)).toMatch(
      /class="answer">1 of 5 predicted [^<]*1 withdrawn/,
    );
    expect(page('scorecard.html', other)).toMatch(/example\/gone: predicted/);
  });
});

describe('the traces page', () => {
  it('says of every trace what was recorded and what made up', () => {
    const html = page('traces.html');
    expect(html).toContain('generated columns: output_tokens of small');
    expect(html).toMatch(/<th scope="row">output_tokens<\/th><td>generated<\/td>/);
    expect(html).toMatch(/<th scope="row">input_tokens<\/th><td>recorded<\/td>/);
    for (const picture of ['lengths', 'arrivals', 'reuse'])
      expect(html).toContain(`id="small-${picture}"`);
  });
});

describe('writing a site', () => {
  it('refuses a folder without runs, and a page that is no folder', async () => {
    const nowhere = { experiments: [], runs: join(folder, 'nowhere') };
    await expect(write(nowhere)).rejects.toThrow(InputError);
    const empty = mkdtempSync(join(folder, 'empty-'));
    await expect(write({ experiments: [], runs: empty })).rejects.toThrow('no runs');
    await expect(write({ output: join(folder, 'page.html') })).rejects.toThrow('--single');
  });

  it('shows runs without any experiment', async () => {
    const alone = join(folder, 'alone');
    const own = join(folder, 'own-runs');
    writeSmallRun(own, { requests: 40 });
    const { pages } = await writeSite({ runs: own, output: alone });
    expect(pages).toContain('runs/kimi-like.html');
    expect(page('index.html', alone)).toContain('1 run on 1 trace');
  });
});

const browserPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
const skipped = browserPath ? '' : ' (skipped: no Chromium; set CHROMIUM_PATH)';

describe.skipIf(!browserPath)(`the site in a browser${skipped}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: browserPath as string,
      args: ['--no-sandbox'],
    });
  });
  afterAll(() => browser?.close());

  async function open(
    path: string,
    options: { width: number; scheme?: 'light' | 'dark'; scripts?: boolean },
  ) {
    const { width, scheme = 'light', scripts = true } = options;
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      colorScheme: scheme,
      javaScriptEnabled: scripts,
    });
    const view = await context.newPage();
    const outside: string[] = [];
    const errors: string[] = [];
    view.on('request', (request) => {
      if (!/^(?:file|data):/.test(request.url())) outside.push(request.url());
    });
    view.on('requestfailed', (request) => errors.push(request.url()));
    view.on('pageerror', (error) => errors.push(String(error)));
    view.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await view.goto(`file://${join(output, path)}`);
    return { view, outside, errors };
  }

  it.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)('draws every chart of every page at %i px in the %s theme', async (width, scheme) => {
    for (const path of site.pages) {
      const { view, outside, errors } = await open(path, { width, scheme });
      const ids = await view.locator('figure.chart').evaluateAll((all) => all.map((one) => one.id));
      for (const id of ids) {
        await view.locator(`figure#${id}`).scrollIntoViewIfNeeded();
        await view.locator(`figure#${id} .live svg`).waitFor();
      }
      const sideways = await view.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([path, outside, errors, Math.max(0, Number(sideways))]).toEqual([path, [], [], 0]);
      await view.context().close();
    }
  });

  it('draws in the colours of the theme', async () => {
    const inkOf = async (scheme: 'light' | 'dark') => {
      const { view } = await open('scorecard.html', { width: 1280, scheme, scripts: false });
      return view.evaluate(`getComputedStyle([...document.querySelectorAll(
        'figure#verdicts .wide svg text')].find((text) => text.textContent === 'example')).fill`);
    };
    expect(await inkOf('light')).toBe('rgb(28, 29, 31)');
    expect(await inkOf('dark')).toBe('rgb(236, 236, 238)');
  });

  it.each([1280, 390])('shows every picture at %i px without scripts', async (width) => {
    for (const path of site.pages) {
      const { view } = await open(path, { width, scripts: false });
      const figures = await view.locator('.plot').count();
      expect([path, await view.locator('.plot svg:visible').count()]).toEqual([path, figures]);
      await view.context().close();
    }
  });

  it('tells the values of a line under the pointer', async () => {
    const { view } = await open(experimentPage, { width: 1280 });
    const figure = view.locator('figure#tpot');
    await figure.scrollIntoViewIfNeeded();
    const point = figure.locator('.live .mark-symbol.role-mark path').first();
    await point.waitFor({ state: 'attached' });
    await point.hover({ force: true });
    const tooltip = view.locator('#vg-tooltip-element');
    await tooltip.waitFor();
    expect(await tooltip.textContent()).toMatch(/scheduler.*(?:prefill-first|chunked-prefill)/);
  });

  it('orders claims by a click on a column’s head, what has no value last', async () => {
    const { view } = await open('scorecard.html', { width: 1280 });
    const names = () =>
      view.locator('#claims tbody tr .id a, #claims tbody tr .id').allTextContents();
    const first = async () => ((await names())[0] ?? '').split(' · ')[0];
    const head = view.locator('#claims th button', { hasText: 'error' });
    await head.click();
    expect(await first()).toBe('p99-tpot');
    await head.click();
    expect(await first()).toBe('far');
    const last = await view.locator('#claims tbody tr:last-child td:nth-child(6)').textContent();
    expect(last).toBe('-');
  });

  it('leads from the overview to an experiment and on to its claim', async () => {
    const { view } = await open('index.html', { width: 1280 });
    await view.locator('nav.site summary').first().click();
    await view.locator('nav.site a', { hasText: 'two-schedulers' }).click();
    await view.locator('a', { hasText: 'p99-tpot' }).first().click();
    await view.waitForURL(/scorecard\.html#claim-example-p99-tpot$/);
    const target = await view.locator('tr:target').getAttribute('id');
    expect(target).toBe('claim-example-p99-tpot');
  });
});
