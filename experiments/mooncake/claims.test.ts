import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cellsOf } from '../../src/experiment/cells.ts';
import { type LoadedExperiment, loadExperiments } from '../../src/experiment/load-experiments.ts';
import { packageRoot } from '../../src/trace/locate.ts';
import { tokensOf, v3 } from './published.ts';

const folder = join(packageRoot(), 'experiments', 'mooncake');
const versions: Readonly<Record<string, string>> = {
  v3: 'arXiv 2407.00079v3',
  fast25: "FAST'25",
};

let loaded: readonly LoadedExperiment[];
beforeAll(async () => {
  loaded = await loadExperiments(Object.keys(versions).map((edition) => join(folder, edition)));
});

describe('the experiments that need no cluster', () => {
  it('are each of one paper: folder, names, ids and sources agree', () => {
    const mixed = loaded.flatMap(({ experiment, file }) => {
      const edition = relative(folder, dirname(file));
      const { claims = [], name } = experiment;
      const own = (text: string) => text.startsWith(`${edition}-`);
      return [
        ...(own(name) ? [] : [name]),
        ...claims.filter(({ id }) => !own(id)).map(({ id }) => id),
        ...claims
          .filter(({ source }) => Object.values(versions).includes(source.version))
          .filter(({ source }) => source.version !== versions[edition])
          .map(({ id, source }) => `${id}: ${source.version}`),
      ];
    });
    expect(loaded.length).toBeGreaterThan(0);
    expect(mixed).toEqual([]);
  });

  it('replay the model of their paper alone', () => {
    const models = loaded.flatMap(({ experiment, file }) =>
      cellsOf(experiment).flatMap(({ scenario }) =>
        typeof scenario.model === 'string'
          ? [[relative(folder, dirname(file)), scenario.model]]
          : [],
      ),
    );
    expect(new Set(models.map(([edition, model]) => `${edition} ${model}`))).toEqual(
      new Set(['v3 llama-2-70b', 'fast25 llama-3-70b']),
    );
  });

  it('hold every figure of table 1, all of them out of comparison without its trace', () => {
    const claims = loaded.flatMap(({ experiment }) => experiment.claims ?? []);
    const policies = ['lru', 'lfu', 'length-aware'] as const;
    for (const policy of policies) {
      const own = claims.filter(({ id }) => new RegExp(`^v3-table1-${policy}-(\\d|unl)`).test(id));
      expect(own.map(({ published }) => published)).toEqual(v3.table1[policy]);
      expect(own.filter(({ notComparable }) => notComparable === undefined)).toEqual([]);
    }
  });
});

describe('tokensOf', () => {
  it('counts in 1024', () => expect(tokensOf('128k')).toBe(131_072));
});
