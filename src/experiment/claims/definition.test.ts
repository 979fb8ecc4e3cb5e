import { describe, expect, it } from 'vitest';
import { cellsOf, type ExpandedCell } from '../cells.ts';
import type { Claim, Experiment } from '../define.ts';
import { definitionOf, figureOf } from './definition.ts';
import { newClaim } from './testing/claim-factory.ts';

const scenarios: Experiment['scenarios'] = {
  list: {
    base: { trace: 'gsm8k', groups: [{ model: 'llama-65b', tp: 8 }] },
    cells: { one: { seed: 1 }, two: { seed: 2 } },
  },
};
const experiment: Experiment = {
  name: 'one',
  paper: 'paper',
  question: 'What?',
  scenarios,
  views: { slow: 'SELECT 1 AS x', slower: 'FROM slow', other: 'SELECT 3' },
};

function hash(
  claim: Partial<Claim> = {},
  changes: Partial<Experiment> = {},
  cells?: ExpandedCell[],
): string {
  const changed = { ...experiment, ...changes };
  return definitionOf(changed, newClaim(claim), cells ?? cellsOf(changed));
}

describe('the definition of a claim', () => {
  it.each<[string, Partial<Claim>]>([
    ['SQL', { sql: 'SELECT 101 AS replayed' }],
    ['published figure', { published: 101 }],
    ['precision', { precision: 1 }],
    ['unit', { unit: 's' }],
    ['kind', { kind: 'postdicted' }],
    ['tolerance', { tolerance: { relative: 0.2, reason: 'a test' } }],
    ['form of the tolerance', { tolerance: { absolute: 0.1, reason: 'a test' } }],
    ['cells', { cells: { system: 'one' } }],
  ])('changes with its %s', (_, change) => {
    expect(hash(change)).not.toBe(hash());
  });

  it.each<[string, Partial<Claim>]>([
    ['words', { says: 'It waits', source: { version: 'v2', where: 'Tab. 1', read: 'derived' } }],
    ['the reason of the tolerance', { tolerance: { relative: 0.1, reason: 'another' } }],
    ['being called not comparable', { notComparable: 'other hardware' }],
    ['changes that are listed', { changes: [{ date: '2026-01-01', what: 'a', why: 'b' }] }],
    ['indentation of the SQL', { sql: '\n    SELECT 100 AS replayed\n' }],
  ])('does not change with %s', (_, change) => {
    expect(hash(change)).toBe(hash());
  });

  it('is the same hash from version to version: records of first comparisons stand on it', () => {
    const cells = { system: 'one' };
    expect(hash({ cells, precision: 0.1 }, { slo: { ttftMs: 500 } })).toBe(
      '558c83e55694a5c0dff02676f1255ccfd40f6140e14de2845054d9c9ce7dfd58',
    );
  });

  it('covers the scenarios of its cells alone', () => {
    const cells = { system: 'one' };
    const other = (seed: number): Partial<Experiment> => ({
      scenarios: {
        list: {
          base: { trace: 'gsm8k', groups: [{ model: 'llama-65b', tp: 8 }] },
          cells: { one: { seed: 1 }, two: { seed } },
        },
      },
    });
    expect(hash({ cells }, other(3))).toBe(hash({ cells }));
    expect(hash({}, other(3))).not.toBe(hash());
  });

  it('does not depend on the order of cells, nor on the folder of a trace', () => {
    const cells = cellsOf({ scenarios });
    expect(hash({}, {}, [...cells].reverse())).toBe(hash());
    const moved = cells.map((cell) => ({
      ...cell,
      scenario: { ...cell.scenario, trace: '/elsewhere/gsm8k.arrow' },
    }));
    expect(hash({}, {}, moved)).toBe(hash());
  });

  it('covers the views that its SQL reaches, through others too', () => {
    const sql = 'SELECT x AS replayed FROM slower';
    const views = { ...experiment.views, slow: 'SELECT 2 AS x' };
    expect(hash({ sql }, { views })).not.toBe(hash({ sql }));
    expect(hash({ sql }, { views: { ...experiment.views, other: 'SELECT 4' } })).toBe(
      hash({ sql }),
    );
  });

  it('covers window and baselines where the SQL asks for them', () => {
    const measure = { fromMs: 1000 };
    const sql = 'SELECT count(*) AS replayed FROM measured';
    expect(hash({ sql }, { measure })).not.toBe(hash({ sql }));
    expect(hash({}, { measure })).toBe(hash());
    const baselines = { paper: { system: 'one' } };
    const paired = 'SELECT count(*) AS replayed FROM paired';
    expect(hash({ sql: paired }, { baselines })).not.toBe(hash({ sql: paired }));
    expect(hash({}, { slo: { ttftMs: 500 } })).not.toBe(hash());
  });
});

describe('the figure of a claim', () => {
  const figure = (claim: Partial<Claim> = {}, changes: Partial<Experiment> = {}) => {
    const changed = { ...experiment, ...changes };
    return figureOf(changed, newClaim(claim), cellsOf(changed));
  };
  const reads = 'SELECT x AS replayed FROM slow';

  it.each<[string, Partial<Claim>]>([
    ['id', { id: 'renamed' }],
    ['kind', { kind: 'postdicted' }],
    ['unit', { unit: 's' }],
    ['precision', { precision: 1 }],
    ['tolerance', { tolerance: { relative: 2, reason: 'wide' } }],
  ])('is the same under another %s', (_, change) => {
    expect(figure(change)).toBe(figure());
  });

  it('is another with the SQL, a view that it reads, its scenarios or what was published', () => {
    const views = { ...experiment.views, slow: 'SELECT 2 AS x' };
    const all = [
      figure(),
      figure({ sql: reads }),
      figure({ sql: reads }, { views }),
      figure({ cells: { system: 'one' } }),
      figure({ published: 101 }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is the same where cells are renamed', () => {
    const base = { trace: 'gsm8k', groups: [{ model: 'llama-65b', tp: 8 }] };
    const cells = { uno: { seed: 1 }, due: { seed: 2 } };
    expect(figure({}, { scenarios: { list: { base, cells } } })).toBe(figure());
  });
});
