import { compile, type TopLevelSpec } from 'vega-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CheckedRows,
  type CheckResult,
  checkCalibration,
} from '../../cost/calibration/check/check.ts';
import { csvFolder } from '../../cost/calibration/csv-folder.fixture.ts';
import { type Chart, narrow, wide } from '../chart.ts';
import { renderSvg } from '../svg.ts';
import { checkPage } from './clock-check-page.ts';
import { clockPage } from './clock-page.ts';
import { comparedPoints, shapePanels } from './clock-rows.ts';
import type { SitePage } from './shell.ts';

const gemms = Array.from({ length: 8 }, (_, i) => `${2 ** (i + 3)},4096,4096,bf16,${40 + i}`);
const folder = csvFolder({
  'gemm.csv': `m,n,k,dtype,latency_us\n${gemms.join('\n')}\n`,
  'iterations.csv': `engine,engine_version,model,tp,phase,batch,prompt_len,ctx_per_request,latency_ms
vllm,0.6.0,llama2-70b,8,decode,32,1,4096,20
vllm,2026,llama2-70b,8,decode,8,1,4096,15
vllm,2026,llama2-70b,8,decode,32,1,4096,21
`,
});
afterAll(folder.remove);

let checked: { result: CheckResult; rows: CheckedRows };
let page: SitePage;
beforeAll(async () => {
  checked = await checkCalibration({ data: folder.path });
  page = await clockPage();
});

const blocksOf = ({ opening, sections }: SitePage) => [
  ...opening,
  ...sections.flatMap(({ blocks }) => blocks),
];
const chartsOf = (of: SitePage): Chart[] =>
  blocksOf(of).flatMap((block) => ('chart' in block ? [block.chart] : []));
const htmlOf = (of: SitePage, id: string) =>
  (of.sections.find((section) => section.id === id)?.blocks ?? [])
    .map((block) => ('html' in block ? block.html : ''))
    .join('');

function remarksOn(spec: object): string[] {
  const remarks: string[] = [];
  const heard = (...messages: readonly unknown[]) => {
    remarks.push(messages.join(' '));
    return logger;
  };
  const logger = {
    level: () => logger,
    error: heard,
    warn: heard,
    info: () => logger,
    debug: () => logger,
  };
  compile(spec as TopLevelSpec, { logger: logger as never });
  return remarks;
}

describe('the page of the clock', () => {
  it('draws every chart in both sizes, with nothing for Vega-Lite to say against it', async () => {
    const charts = chartsOf(page);
    expect(charts.map(({ id }) => id)).toEqual([
      'clock-steps',
      'clock-families',
      'clock-h200',
      'measured-h200',
      'shape-h200',
    ]);
    for (const chart of charts) {
      for (const layout of [wide, narrow]) {
        expect(await renderSvg(chart, layout, chart.id)).not.toMatch(/NaN|undefined|Infinity/);
        for (const interactive of [false, true]) {
          const { spec } = chart.draw({ ...layout, interactive });
          const datasets = { rows: [...chart.rows] };
          expect([chart.id, remarksOn({ ...spec, datasets })]).toEqual([chart.id, []]);
        }
      }
    }
  });

  it('marks what a fit saw, in the chart and in the table', () => {
    const [steps] = chartsOf(page) as [Chart];
    const line = (row: string) => steps.rows.find((one) => one.panel === row && one.rows === 3);
    expect(line('vllm 0.6.0 (modern-cuda-graphs)')).toMatchObject({
      default_profile: null,
      default_profile_fitted: expect.any(Number),
    });
    expect(htmlOf(page, 'steps')).toContain('◇');
  });

  it('says what it does not know, and where its figures come from', () => {
    expect(htmlOf(page, 'limits').match(/<li>/g)?.length).toBeGreaterThan(5);
    expect(htmlOf(page, 'limits')).not.toContain('`');
    expect(htmlOf(page, 'records')).toContain('a100/gemm.parquet');
    expect(htmlOf(page, 'fitted')).toContain('h200, vllm-0.14-h200');
    expect(htmlOf(page, 'engine')).toContain('code-prefill-first');
  });

  it('is the same twice', async () => {
    const text = (of: SitePage) => JSON.stringify(blocksOf(of));
    expect(text(await clockPage())).toBe(text(page));
  });
});

describe('the page of a check', () => {
  it('compares every row, and says which a fit saw', () => {
    const points = comparedPoints(checked.rows, 'a100-80gb');
    expect(points).toHaveLength(11);
    expect(points.filter(({ fitted }) => fitted === 'yes')).toMatchObject([
      { panel: 'decode steps', unit: 'ms', measured: 20 },
    ]);
  });

  it('bins errors by size, and leaves out steps that a fit saw', () => {
    const panels = shapePanels(checked.rows, 'a100-80gb');
    expect(panels.map(({ panel, size }) => [panel, size])).toEqual([
      ['gemm', 'rows m'],
      ['decode steps', 'sequences'],
    ]);
    expect(panels[1]?.bins.map(({ rows }) => rows)).toEqual([1, 1]);
  });

  it('holds charts, tables and worst rows, and is the same twice', async () => {
    const html = await checkPage(checked, { command: 'reprise calibrate check --data DATA' });
    for (const part of ['families', 'measured-a100-80gb', 'shape-a100-80gb', 'steps', 'worst']) {
      expect(html).toContain(`id="${part}"`);
    }
    expect(html).toContain('of 11 measured times are met within');
    expect(bodyOf(html)).not.toMatch(/NaN|undefined/);
    expect(await checkPage(checked, { command: 'reprise calibrate check --data DATA' })).toBe(html);
  });
});

/** The page without its scripts. */
function bodyOf(html: string): string {
  return html.replaceAll(/<script[\s\S]*?<\/script>/g, '');
}
