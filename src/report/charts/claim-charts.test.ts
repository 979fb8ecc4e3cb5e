import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { type Chart, narrow, wide } from '../chart.ts';
import { manyClaims } from '../fixtures/scorecard-rows.ts';
import { errorText, toleranceShare } from '../site/claim-text.ts';
import { stripChart } from '../site/scorecard-page.ts';
import { renderSvg } from '../svg.ts';
import { claimDumbbells } from './claim-dumbbells.ts';

const head = { id: 'd', title: 'Finding', subtitle: 'Drawn', provenance: [] };
const dumbbells = claimDumbbells(manyClaims(), { toleranceShare, errorText }, head);

function warnings(chart: Chart): string[] {
  const heard: string[] = [];
  const say = (...words: unknown[]) => {
    heard.push(words.join(' '));
    return logger;
  };
  const logger = {
    level: () => logger,
    error: say,
    warn: say,
    info: () => logger,
    debug: () => logger,
  };
  for (const layout of [wide, narrow]) {
    for (const interactive of [false, true]) {
      const { spec } = chart.draw({ ...layout, interactive });
      const whole = { ...spec, datasets: { rows: [...chart.rows] } } as unknown as TopLevelSpec;
      compile(whole, { logger: logger as never });
    }
  }
  return heard;
}

describe('the dumbbells of claims', () => {
  it('hold every figure that was compared, nearest first, and no shape', () => {
    expect(dumbbells.rows.map((row) => row.claim)).toEqual([
      'p99-tpot',
      'set-from-it',
      'p99-ttft',
      'far',
    ]);
  });

  it('put ours over the published figure, with interval and tolerance', () => {
    expect(dumbbells.rows[0]).toMatchObject({ ratio: 1.04, error: '+4 %' });
    expect(dumbbells.rows[0]?.low).toBeCloseTo(0.98, 12);
    expect(dumbbells.rows[0]?.high).toBeCloseTo(1.1, 12);
    expect(dumbbells.rows[1]?.tolerance_high).toBeCloseTo(1.1, 12);
  });

  it('draw what is far away at the edge, with its own number', async () => {
    expect(dumbbells.rows[3]?.ratio).toBe(10);
    expect(await renderSvg(dumbbells, wide, 'd')).toContain('>+9,900 %<');
  });

  it('mark calibrated figures so', async () => {
    expect(await renderSvg(dumbbells, narrow, 'd')).toContain('replayed: calibrated');
  });
});

describe('the strip of verdicts', () => {
  const strip = stripChart(manyClaims());
  it('counts every claim once, per paper and in all', () => {
    const sum = (paper: string) =>
      strip.rows.filter((row) => row.paper === paper).reduce((n, row) => n + Number(row.claims), 0);
    expect([sum('all'), sum('example'), sum('other')]).toEqual([7, 4, 3]);
    expect(strip.title).toBe('1 of 7 claims of every kind come out within tolerance, 3 are off');
  });

  it('leaves one bar where there is one paper', () => {
    const one = stripChart(manyClaims().slice(0, 4));
    expect([...new Set(one.rows.map((row) => row.paper))]).toEqual(['example']);
  });
});

describe('both', () => {
  it('are specifications that Vega-Lite has nothing to say against', () => {
    for (const chart of [dumbbells, stripChart(manyClaims())]) {
      expect([chart.id, warnings(chart)]).toEqual([chart.id, []]);
    }
  });
});
