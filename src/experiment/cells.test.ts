import { describe, expect, it } from 'vitest';
import { expandCells, merged } from './cells.ts';

const base = { groups: [{ model: 'llama-3.1-8b' }], placement: { kind: 'least-loaded' } };

describe('expandCells', () => {
  it('crosses the axes of a grid, the last fastest, and gives every cell each seed', () => {
    const cells = expandCells({
      grid: {
        base,
        axes: {
          rate: { set: 'arrivals.rate.factor', to: [1, 2] },
          memory: { short: { groups: [{ model: 'llama-2-7b', tp: 2 }] }, long: {} },
        },
      },
      seeds: [7, 9],
    });
    expect(cells.map(({ name }) => name)).toEqual([
      'rate=1,memory=short,seed=7',
      'rate=1,memory=short,seed=9',
      'rate=1,memory=long,seed=7',
      'rate=1,memory=long,seed=9',
      'rate=2,memory=short,seed=7',
      'rate=2,memory=short,seed=9',
      'rate=2,memory=long,seed=7',
      'rate=2,memory=long,seed=9',
    ]);
    expect(cells[5]).toEqual({
      name: 'rate=2,memory=short,seed=9',
      labels: { rate: 2, memory: 'short', seed: 9 },
      scenario: {
        ...base,
        groups: [{ model: 'llama-2-7b', tp: 2 }],
        arrivals: { rate: { factor: 2 } },
        seed: 9,
      },
    });
    expect(base.groups).toEqual([{ model: 'llama-3.1-8b' }]);
  });

  it('takes the axes of a zip side by side, and refuses unequal lengths', () => {
    const zip = (to: number[]) => ({
      zip: {
        base,
        axes: {
          tp: { set: 'groups.0.tp', to: [1, 2] },
          count: { set: ['groups.0.count', 'limits.requests'], to },
        },
      },
    });
    const cells = expandCells(zip([8, 4]));
    expect(cells.map(({ name }) => name)).toEqual(['tp=1,count=8', 'tp=2,count=4']);
    expect(cells[1]?.scenario).toMatchObject({
      groups: [{ tp: 2, count: 4 }],
      limits: { requests: 4 },
    });
    expect(() => expandCells(zip([8]))).toThrow('axes of unequal length: tp 2, count 1');
  });

  it('names the cells of a list, and joins several sets', () => {
    const cells = expandCells([
      { list: { base, cells: { mine: {}, theirs: { seed: 3 } } }, repetitions: 1 },
      { list: { base, axis: 'system', cells: { other: {} } } },
    ]);
    expect(cells.map(({ name }) => name)).toEqual([
      'system=mine,seed=1',
      'system=theirs,seed=1',
      'system=other',
    ]);
  });

  it('takes the cells that a program makes', () => {
    const cells = expandCells(function* () {
      for (const tp of [1, 2, 4])
        yield { labels: { tp }, scenario: { preset: 'reference-roofline' } };
    });
    expect(cells.map(({ name }) => name)).toEqual(['tp=1', 'tp=2', 'tp=4']);
    expect(cells[0]?.scenario).toMatchObject({ clock: { kind: 'roofline-max' } });
  });

  it('refuses a program that fails, or yields what is no cell', () => {
    const failing = () => {
      throw new Error('in the program');
    };
    expect(() => expandCells(failing)).toThrow(/makes the scenarios fails .*in the program/);
    const odd = (cell: unknown) => () => expandCells(() => [cell] as never);
    expect(odd({ labels: { a: { b: 1 } }, scenario: {} })).toThrow('cell 0 of the program');
    expect(odd({ labels: { a: 1 } })).toThrow('cell 0 of the program');
    expect(() => expandCells((async () => []) as never)).toThrow('program');
  });

  it('refuses two cells of one name, an axis without values, and no cells', () => {
    const twice = [1, 2].map(() => ({ list: { base, cells: { same: {} } } }));
    expect(() => expandCells(twice)).toThrow('two cells system=same (scenarios)');
    expect(() => expandCells({ grid: { base, axes: { empty: {} } } })).toThrow('without values');
    expect(() => expandCells(() => [])).toThrow('no scenarios');
  });

  it('refuses a preset that does not exist, with the nearest name', () => {
    const wrong = { list: { base: { preset: 'reference-rofline' }, cells: { a: {} } } };
    expect(() => expandCells(wrong)).toThrow('reference-roofline');
  });
});

describe('merged', () => {
  it('merges members, replaces lists, and drops the parameters of another kind', () => {
    const scheduler = { kind: 'chunked-prefill', budget: 512 };
    expect(merged({ scheduler }, { scheduler: { kind: 'chunked-prefill', cap: 1 } })).toEqual({
      scheduler: { kind: 'chunked-prefill', budget: 512, cap: 1 },
    });
    expect(merged({ scheduler }, { scheduler: { kind: 'orca' } })).toEqual({
      scheduler: { kind: 'orca' },
    });
    expect(merged({ list: [1, 2] }, { list: [3] })).toEqual({ list: [3] });
  });
});
