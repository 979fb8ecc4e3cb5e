import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../trace/locate.ts';
import { InputError } from '../units/input-error.ts';
import { loadExperiments } from './load-experiments.ts';
import { planExperiment, TraceShelf } from './plan.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-load-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const plain = {
  name: 'a',
  paper: 'b',
  question: 'c?',
  scenarios: {
    list: { cells: { x: { trace: 'kimi-like', groups: [{ model: 'llama-3.1-8b' }] } } },
  },
};
const withScenario = (change: object) => ({
  ...plain,
  scenarios: { list: { base: plain.scenarios.list.cells.x, cells: { x: change } } },
});

async function refusal(path: string): Promise<string> {
  try {
    for (const { experiment } of await loadExperiments([path])) {
      await planExperiment(experiment, new TraceShelf(), path);
    }
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error('not refused');
}

describe('loadExperiments', () => {
  it('reads TypeScript and JSON alike, and finds all experiments of a folder', async () => {
    write('good/one.experiment.json', JSON.stringify(plain));
    write(
      'good/deeper/two.experiment.ts',
      `const name: string = 'two';
       export default { ...${JSON.stringify(plain)}, name };`,
    );
    write('good/claims.ts', 'export default 3;');
    const found = await loadExperiments([join(folder, 'good')]);
    expect(found.map(({ experiment }) => experiment.name)).toEqual(['two', 'a']);
    expect(found[1]?.experiment).toEqual({ ...plain, folder: join(folder, 'good') });
  });

  it('lets a file anywhere import reprise', async () => {
    const file = write(
      'elsewhere/mine.experiment.ts',
      `import { defineExperiment } from 'reprise';
       export default defineExperiment(${JSON.stringify(plain)});`,
    );
    const [found] = await loadExperiments([file]);
    expect(found?.experiment).toEqual({ ...plain, folder: join(folder, 'elsewhere') });
  });

  it('loads every experiment that ships', async () => {
    const found = await loadExperiments([join(packageRoot(), 'experiments')]);
    expect(found.length).toBeGreaterThanOrEqual(3);
  });

  it('refuses two experiments of one name, naming both files', async () => {
    write('twice/one.experiment.json', JSON.stringify(plain));
    write('twice/two.experiment.json', JSON.stringify(plain));
    const message = await refusal(join(folder, 'twice'));
    expect(message).toContain('two experiments b/a');
    expect(message).toMatch(/one\.experiment\.json.*two\.experiment\.json/);
  });

  it.each([
    [
      'syntax.experiment.ts',
      "export default {\n  name: 'x' paper: 'y'\n}",
      'ts:2:12): Expected "}"',
    ],
    [
      'throws.experiment.ts',
      'const a: any = undefined;\nexport default { name: a.b };',
      'throws.experiment.ts:',
    ],
    ['imports.experiment.ts', "import { x } from './none.ts';\nexport default x;", 'none.ts'],
    ['empty.experiment.ts', 'export const a = 1;', 'no default export'],
    ['text.experiment.json', '{ "name": "a",\n  "paper" "b" }', 'text.experiment.json:2'],
  ])('names file and place of what does not load: %s', async (name, text, part) => {
    const message = await refusal(write(`bad/${name}`, text));
    expect(message).toContain(part);
    expect(message).toContain(name);
  });

  it.each([
    ['a wrong key', { ...plain, claim: [] }, 'unknown key "claim"', 'did you mean claims?'],
    [
      'a wrong key inside a form',
      { ...plain, scenarios: { grid: { base: {}, axis: {} } } },
      'unknown key "axis"',
      'scenarios.grid',
    ],
    ['a missing member', { ...plain, question: undefined }, 'missing value', 'question'],
    ['a name with spaces', { ...plain, name: 'A b' }, 'invalid value "A b"', 'name'],
    [
      'a scenario key',
      withScenario({ groups: [{ model: 'llama-3.1-8b', cout: 2 }] }),
      'unknown key "cout"',
      'experiment b/a, cell system=x, groups.0): did you mean count?',
    ],
    [
      'an unknown policy',
      withScenario({ placement: { kind: 'least-loded' } }),
      'least-loded',
      'least-loaded',
    ],
    ['a missing trace', withScenario({ trace: 'kimi-lik' }), 'kimi-lik', 'kimi-like'],
    ['no trace', withScenario({ trace: null }), 'no trace', 'cell system=x, trace'],
    [
      'a cache that the trace cannot feed',
      withScenario({
        trace: 'gsm8k',
        groups: [{ model: 'llama-3.1-8b', prefixCache: { kind: 'lru' } }],
      }),
      'prefix cache without blocks',
      'groups.0.prefixCache',
    ],
  ])('refuses %s before anything runs', async (name, value, what, where) => {
    const file = write(`bad/${name.replaceAll(' ', '-')}.experiment.json`, JSON.stringify(value));
    const message = await refusal(file);
    expect(message).toContain('.experiment.json');
    expect(message).toContain(what);
    expect(message).toContain(where);
  });
});
