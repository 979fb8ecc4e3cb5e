import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { narrow, wide } from '../chart.ts';
import type { Row } from '../session.ts';
import { familyHues, hues } from '../theme.ts';
import { dressSpec } from './dress-spec.ts';

const systems = ['orca', 'chunked-prefill', 'mine'];
const rows: Row[] = systems.flatMap((scheduler) =>
  [1, 2].map((rate) => ({ scheduler, rate, ttft_ms: 100 * rate, low: 90, high: 300 })),
);
const order = new Map([['scheduler', systems]]);
const x = { field: 'rate', type: 'quantitative' };
const y = { field: 'ttft_ms', type: 'quantitative' };
const color = { field: 'scheduler', type: 'nominal' };

// biome-ignore lint/suspicious/noExplicitAny: the tests read deep into plain JSON
type Json = Record<string, any>;
const dress = (spec: Json, layout = wide): Json => dressSpec(spec, { rows, order, layout });
const remarks = (spec: Json) => {
  const heard: string[] = [];
  const say = (...words: unknown[]) => {
    heard.push(words.join(' '));
    return logger;
  };
  const logger: Json = { level: () => logger, error: say, warn: say, info: say, debug: say };
  compile({ ...spec, datasets: { rows } } as unknown as TopLevelSpec, { logger: logger as never });
  return heard;
};

describe('a specification of an experiment', () => {
  it('gets the colour of each policy family, and free ones for other systems', () => {
    const { scale } = dress({ mark: 'bar', encoding: { x, y, color } }).encoding.color;
    expect(scale.domain).toEqual(systems);
    const own = (name: string) => hues[familyHues[name] as 'blue'].mark.light;
    expect(scale.range.slice(0, 2)).toEqual([own('orca'), own('chunked-prefill')]);
    expect(new Set(scale.range).size).toBe(3);
  });

  it('gives a system its colour whether the others are there or not', () => {
    const mine = [...systems, 'yours'];
    const colourOf = (shown: Row[]) => {
      const dressing = { rows: shown, order: new Map([['scheduler', mine]]), layout: wide };
      const spec = dressSpec({ mark: 'bar', encoding: { color } }, dressing);
      const { domain, range } = (spec as Json).encoding.color.scale;
      expect(domain).toEqual(mine.filter((one) => shown.some((row) => row.scheduler === one)));
      return range[domain.indexOf('yours')];
    };
    const yours = [{ scheduler: 'yours', rate: 1 }];
    expect(colourOf(yours)).toBe(colourOf([...rows, ...yours]));
  });

  it('tells lines apart by dash and points by shape, beside colour', () => {
    const line = dress({ mark: 'line', encoding: { x, y, color } }).encoding;
    const point = dress({ mark: { type: 'point' }, encoding: { x, y, color } }).encoding;
    expect(line.strokeDash).toMatchObject({ field: 'scheduler', scale: { domain: systems } });
    expect(point.shape).toMatchObject({ field: 'scheduler', scale: { domain: systems } });
    expect(line.shape).toBeUndefined();
  });

  it('keeps what its author set', () => {
    const given = {
      mark: 'line',
      encoding: {
        x: { ...x, axis: { tickCount: 2, title: 'rate' } },
        y: { ...y, axis: { format: '.2f' } },
        color: { ...color, scale: { range: ['red', 'green', 'blue'] }, legend: null },
        strokeDash: { value: [1, 1] },
      },
      config: { line: { strokeWidth: 7 } },
    };
    const { encoding, config } = dress(given);
    expect(encoding.color.scale.range).toEqual(['red', 'green', 'blue']);
    expect(encoding.color.legend).toBeNull();
    expect(encoding.x.axis).toMatchObject({ tickCount: 2, title: 'rate' });
    expect(encoding.y.axis.labelExpr).toBeUndefined();
    expect(encoding.strokeDash).toEqual({ value: [1, 1] });
    expect(config.line).toMatchObject({ strokeWidth: 7, strokeCap: 'butt' });
  });

  it('writes milliseconds as people do and puts the ticks of log axes on round numbers', () => {
    const log = dress({ mark: 'line', encoding: { x, y: { ...y, scale: { type: 'log' } } } });
    expect(log.encoding.y.axis.labelExpr).toContain("' ms'");
    expect(log.encoding.y.axis.values).toEqual([100, 150, 200]);
    expect(log.encoding.y.scale).toMatchObject({ type: 'log', nice: false });
  });

  it('shows systems in the order of the cells', () => {
    const bar = dress({ mark: 'bar', encoding: { y: color, x: y } });
    expect(bar.encoding.y.sort).toEqual(systems);
  });

  it('stands upright on a narrow screen', () => {
    const plot = { mark: 'point', encoding: { x, y } };
    const side = dress({ hconcat: [plot, plot] }, narrow);
    expect([side.hconcat, side.vconcat.length]).toEqual([undefined, 2]);
    const column = dress({ ...plot, encoding: { x, y, column: color } }, narrow).encoding;
    expect(column.column).toBeUndefined();
    expect(column.facet).toMatchObject({ field: 'scheduler', columns: 1 });
    expect(dress({ hconcat: [plot, plot] }).hconcat.length).toBe(2);
  });

  it('lifts the names of small multiples above the title of their axis', () => {
    const facet = { ...color, columns: 2 };
    const lines = dress({ mark: 'line', encoding: { x, y, facet } });
    expect(lines.encoding.facet.header.labelPadding).toBe(24);
    const bars = dress({ mark: 'bar', encoding: { x: y, y: color, facet } });
    expect(bars.encoding.facet.header).toBeUndefined();
  });

  it('may name colours that follow the theme', () => {
    const rule = dress({ mark: { type: 'rule', color: '$muted' }, encoding: { x } });
    expect(rule.mark.color).toMatch(/^#/);
  });

  it('tells its values under the pointer only where scripts run', () => {
    const spec = { mark: 'line', encoding: { x, y, color } };
    expect(JSON.stringify(dress(spec))).not.toContain('"tooltip":true');
    const live = dress(spec, { ...wide, interactive: true });
    expect(live.mark.point.tooltip).toBe(true);
    expect(live.params[0]).toMatchObject({ bind: 'legend', select: { fields: ['scheduler'] } });
    expect(live.encoding.opacity.condition.param).toBe(live.params[0].name);
  });

  it.each([
    ['bars', { mark: 'bar', encoding: { x: y, y: color, color } }],
    [
      'lines with a band',
      {
        layer: [
          {
            mark: 'area',
            encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
          },
          { mark: 'line', encoding: { x, y, color } },
        ],
      },
    ],
    ['small multiples', { mark: 'line', encoding: { x, y, facet: { ...color, columns: 2 } } }],
    ['facets', { facet: { ...color }, spec: { mark: 'point', encoding: { x, y } } }],
    [
      'plots side by side',
      {
        hconcat: [
          { mark: 'point', encoding: { x, y, color } },
          { mark: 'point', encoding: { x: y, y: x, color } },
        ],
      },
    ],
    [
      'a heat map',
      { mark: 'rect', encoding: { x: { field: 'rate', type: 'ordinal' }, y: color, color: y } },
    ],
  ])('of %s is one that Vega-Lite has nothing to say against', (_name, spec) => {
    for (const layout of [wide, narrow]) {
      for (const interactive of [false, true]) {
        expect(remarks(dress(spec, { ...layout, interactive }))).toEqual([]);
      }
    }
  });
});
