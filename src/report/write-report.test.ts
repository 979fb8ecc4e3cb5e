import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { writeSmallRun, writeSmallStudy } from './fixtures/small-runs.ts';
import { buildReport, type Report } from './write-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-report-'));
const runs = join(folder, 'runs');
const page = join(folder, 'index.html');
let report: Report;
let still: Report;

beforeAll(async () => {
  writeSmallStudy(runs);
  report = await buildReport({ runs });
  still = await buildReport({ runs, still: true });
  writeFileSync(page, report.html);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Attributes and CSS that make a browser fetch something. */
function fetched(html: string): string[] {
  const markup = html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, '');
  const found = markup.matchAll(
    /(?:\bsrc|\bhref|\bxlink:href|\baction|\bposter)="([^"]*)"|url\(([^)]*)\)|@import ([^;]*)/g,
  );
  return [...found]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .filter((to) => !/^(?:#|data:)/.test(to));
}

describe('report', () => {
  it('holds all that it shows', () => {
    expect(fetched(report.html)).toEqual([]);
    expect(report.html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, '')).not.toMatch(
      /https?:\/\/(?!www\.w3\.org)/,
    );
    expect(report.html).not.toContain('sourceMappingURL');
  });

  it('is the same twice', async () => {
    expect((await buildReport({ runs, still: true })).html).toBe(still.html);
  });

  it('stays below 3 MB for a dozen runs', () => {
    expect(report.runs).toBe(12);
    expect(Buffer.byteLength(report.html)).toBeLessThan(3e6);
  });

  it('has no script where none is wanted, and the same pictures', () => {
    expect(still.html).not.toContain('<script');
    const pictures = (html: string) => html.match(/<div class="(?:wide|narrow)"><svg /g)?.length;
    expect(pictures(still.html)).toBe(2 * still.charts);
    expect(pictures(report.html)).toBe(pictures(still.html));
  });

  it('has ids of their own, and no link into nothing', () => {
    const ids = [...still.html.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    const targets = [...still.html.matchAll(/(?:href="|url\()#([^")]+)/g)].map((match) => match[1]);
    expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('answers on its first screen', () => {
    const opening = report.html.slice(report.html.indexOf('class="opening"'));
    const question = opening.indexOf('What do the scheduler and the prefix cache change');
    expect(question).toBeGreaterThan(0);
    expect(opening.indexOf('class="answer"')).toBeGreaterThan(question);
    expect(opening).toMatch(
      /class="answer">[^<]*(?:cuts|raises)[^<]*\(single run each, no interval\)/,
    );
  });

  it('gives SQL, data and scenarios with every chart of runs', () => {
    const figures = still.html.match(/<figure[\s\S]*?<\/figure>/g) ?? [];
    expect(figures.length).toBe(still.charts);
    for (const figure of figures.filter((one) => !one.includes('id="clock-steps"'))) {
      expect(figure).toMatch(/download="[^"]+\.csv" href="data:text\/csv/);
      expect(figure).toContain('<summary>SQL</summary>');
      expect(figure).toMatch(/href="#[^"]+-scenarios"/);
      expect(figure).toMatch(/trace (?:kimi-like|multimodal|gsm8k) \(/);
    }
  });

  it('lists requests that did not finish, with the reason', () => {
    expect(still.html).toContain(
      'requests rejected: prompt larger than the KV budget (in 5 of 5 runs)',
    );
  });

  it('shows the runs that are asked for', async () => {
    const some = await buildReport({ runs, only: ['prefill-first'], still: true, title: 'A & B' });
    expect(some.runs).toBe(5);
    expect(some.html).toContain('<title>A &amp; B</title>');
    await expect(buildReport({ runs, only: ['prefil-first'] })).rejects.toThrow(
      'did you mean prefill-first?',
    );
  });

  it('moves with its objective', async () => {
    const strict = await buildReport({ runs, still: true, slo: { ttftMs: 450, tpotMs: 40 } });
    expect(strict.html).toContain(
      'attainment and goodput at TTFT at most 450 ms and TPOT at most 40.0 ms',
    );
  });

  it('shows a single run without comparing it', async () => {
    const alone = join(folder, 'alone');
    writeSmallRun(alone, { requests: 40 });
    const { html, runs: count } = await buildReport({ runs: alone, still: true });
    expect(count).toBe(1);
    expect(html).toContain('(single run, no interval)');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('shows a run in which nothing finished', async () => {
    const refused = join(folder, 'refused');
    writeSmallRun(refused, { requests: 5, rejectEvery: 1 });
    const { html } = await buildReport({ runs: refused, still: true });
    expect(html).toContain('5 requests rejected');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('refuses a folder without runs', async () => {
    await expect(buildReport({ runs: join(folder, 'nowhere') })).rejects.toThrow(InputError);
    const empty = mkdtempSync(join(folder, 'empty-'));
    await expect(buildReport({ runs: empty })).rejects.toThrow('no runs');
  });
});

const browserPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
const skipped = browserPath ? '' : ' (skipped: no Chromium; set CHROMIUM_PATH)';

describe.skipIf(!browserPath)(`report in a browser${skipped}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: browserPath as string,
      args: ['--no-sandbox'],
    });
  });
  afterAll(() => browser?.close());

  async function open(width: number, javaScriptEnabled: boolean) {
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      javaScriptEnabled,
    });
    const view = await context.newPage();
    const requests: string[] = [];
    const errors: string[] = [];
    view.on('request', (request) => requests.push(request.url()));
    view.on('pageerror', (error) => errors.push(String(error)));
    view.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await view.goto(`file://${page}`);
    const outside = () =>
      requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'));
    return { view, outside, errors };
  }

  it.each([1280, 390])(
    'draws every chart at %i px, asks for nothing and does not scroll sideways',
    async (width) => {
      const { view, outside, errors } = await open(width, true);
      for (const id of await view
        .locator('figure.chart')
        .evaluateAll((all) => all.map((one) => one.id))) {
        await view.locator(`figure#${id}`).scrollIntoViewIfNeeded();
        await view.locator(`figure#${id} .live svg`).waitFor();
      }
      expect([outside(), errors]).toEqual([[], []]);
      expect(
        await view.evaluate('document.documentElement.scrollWidth - innerWidth'),
      ).toBeLessThanOrEqual(0);
    },
  );

  it.each([1280, 390])('shows every picture at %i px without scripts', async (width) => {
    const { view } = await open(width, false);
    expect(await view.locator('figure.chart svg:visible').count()).toBe(report.charts);
    expect(await view.locator('form.slo:visible').count()).toBe(0);
    const box = await view.locator('figure.chart svg:visible').first().boundingBox();
    expect(box?.width).toBeLessThanOrEqual(width);
  });

  it('leaves one series in the light when its label is clicked, in all strips', async () => {
    const { view } = await open(1280, true);
    const figure = view.locator('figure#kimi-like-load');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('.live svg').waitFor();
    const faded = () => figure.locator('.live .mark-line path[opacity="0.15"]').count();
    expect(await faded()).toBe(0);
    await figure.locator('.live text', { hasText: 'chunked-prefill, no cache' }).click();
    // Three other runs in three strips; the arrivals are one line for all.
    await expect.poll(faded, { timeout: 20_000 }).toBe(9);
  });

  it('recomputes attainment as a slider moves', async () => {
    const { view, errors } = await open(1280, true);
    const figure = view.locator('figure#kimi-like-attainment');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('form.slo').waitFor();
    const cells = () => figure.locator('tbody td:nth-child(2)').allTextContents();
    const unscripted = await open(1280, false);
    const before = await cells();
    const static_ = unscripted.view.locator('figure#kimi-like-attainment tbody td:nth-child(2)');
    expect(before).toEqual(await static_.allTextContents());
    for (const name of ['ttftSlo', 'tpotSlo']) {
      await figure.locator(`input[name=${name}]`).focus();
      await view.keyboard.press('End');
    }
    expect(await cells()).toEqual(before.map(() => '100.0 %'));
    await figure.locator('input[name=ttftSlo]').focus();
    await view.keyboard.press('Home');
    for (const share of await cells()) expect(Number.parseFloat(share)).toBeLessThan(50);
    expect(errors).toEqual([]);
  });
});
