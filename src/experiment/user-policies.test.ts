import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../replay/scenario.ts';
import { packageRoot } from '../trace/locate.ts';
import { InputError } from '../units/input-error.ts';
import { runKeyOf } from './run-key.ts';
import { runScenario } from './run-scenario.ts';
import { loadPlannedPolicies, policyFilesOf, withUserPolicies } from './user-policies.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-policies-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A placer that goes by a number of another file. */
function writePlacer(name: string, stride = 1): void {
  write(`${name}/stride.ts`, `export const stride: number = ${stride};`);
  write(
    `${name}/placer.ts`,
    `import { definePolicy } from 'reprise';
     import { stride } from './stride.ts';
     const parameters = { first: { type: 'integer', default: 0, min: 0, doc: 'first instance' } };
     export default definePolicy({
       kind: 'stride', doc: 'a stride', source: 'none', parameters,
       create: ({ first }) => {
         let next = first;
         return { place(task, view, out) { out.prefill = (next += stride) % view.instances; } };
       },
     });`,
  );
}

/** The definition of a built-in policy, as a file of a user. */
function copyOf(registry: string, module: string, kind: string): string {
  const from = join(packageRoot(), 'src', 'scheduling', module);
  const name = `copies/${registry}-${kind}.ts`;
  write(
    name,
    `import { ${registry} } from '${from}';\nexport default ${registry}.named('${kind}');`,
  );
  return `./${registry}-${kind}.ts`;
}

const scenario = (change: object = {}, ofGroup: object = {}) => ({
  trace: 'kimi-like',
  limits: { requests: 200 },
  ...change,
  groups: [{ count: 4, model: 'llama-3.1-8b', tp: 2, ...ofGroup }],
});
const placed = (kind = './placer.ts', more: object = {}) =>
  scenario({ placement: { kind, ...more } });

async function keyOf(given: unknown, from: string) {
  return runKeyOf(parseScenario(await withUserPolicies(given, join(folder, from))), 'f'.repeat(64));
}

async function refusal(given: unknown, from = ''): Promise<string> {
  try {
    await runScenario(given, { out: null, folder: join(folder, from) });
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error('not refused');
}

describe('the key of a run with a policy file', () => {
  it('is the same for the same file elsewhere, however its path is written', async () => {
    writePlacer('one');
    writePlacer('two');
    const first = await keyOf(placed(), 'one');
    expect(await keyOf(placed(), 'two')).toEqual(first);
    expect(await keyOf(placed('./../one/placer.ts'), 'one')).toEqual(first);
    expect(await keyOf(placed(join(folder, 'one', 'placer.ts')), 'one')).toEqual(first);
    expect(first.canonical).toContain('"placement":{"first":0,"kind":"./placer.ts"}');
  });

  it('changes with what the file imports, and the hash of the scenario does not', async () => {
    writePlacer('changing', 1);
    const before = await keyOf(placed(), 'changing');
    writePlacer('changing', 2);
    const after = await keyOf(placed(), 'changing');
    expect(after.run).not.toBe(before.run);
    expect(after.scenarioHash).toBe(before.scenarioHash);
    writePlacer('changing', 1);
    expect(await keyOf(placed(), 'changing')).toEqual(before);
  });

  it('tells files of one name in two folders apart, in one process', async () => {
    writePlacer('stride-1', 1);
    writePlacer('stride-2', 2);
    const ttft = async (from: string) => {
      const { run, ttft_ms } = await runScenario(placed(), {
        out: null,
        folder: join(folder, from),
      });
      return [run, ttft_ms.mean];
    };
    const [one, two] = [await ttft('stride-1'), await ttft('stride-2')];
    expect(one[0]).not.toBe(two[0]);
    expect(one[1]).not.toBe(two[1]);
    expect(await ttft('stride-1')).toEqual(one);
  });

  it('covers its parameters', async () => {
    writePlacer('one');
    const key = (first: number) => keyOf(placed('./placer.ts', { first }), 'one');
    expect(await key(0)).toEqual(await keyOf(placed(), 'one'));
    expect((await key(1)).scenarioHash).not.toBe((await key(0)).scenarioHash);
  });
});

describe('policies of files', () => {
  it('decide as built-in ones of the same code, in every place', async () => {
    const results = async (given: unknown) => {
      const { run, scenario_hash, wall_s, ...rest } = await runScenario(given, {
        out: null,
        folder: join(folder, 'copies'),
      });
      return rest;
    };
    const builtIn = scenario(
      {
        placement: { kind: 'least-loaded' },
        admission: { kind: 'ttft-tbt', ttftSloMs: 4000 },
        estimator: { kind: 'regression' },
      },
      {
        scheduler: { kind: 'srpt' },
        order: { kind: 'shortest-prompt' },
        lengths: { kind: 'history' },
      },
    );
    const ofFiles = scenario(
      {
        placement: { kind: copyOf('placers', 'registries.ts', 'least-loaded') },
        admission: { kind: copyOf('admissions', 'admissions.ts', 'ttft-tbt'), ttftSloMs: 4000 },
        estimator: { kind: copyOf('estimators', 'estimators/estimators.ts', 'regression') },
      },
      {
        scheduler: { kind: copyOf('schedulers', 'registries.ts', 'srpt') },
        order: { kind: copyOf('orders', 'orders.ts', 'shortest-prompt') },
        lengths: { kind: copyOf('lengthPredictors', 'length-predictors.ts', 'history') },
      },
    );
    const expected = await results(builtIn);
    expect(expected.rejected).toBeGreaterThan(0);
    expect(await results(ofFiles)).toEqual(expected);
  });

  it('are refused where they cannot do what is asked there', async () => {
    writePlacer('one');
    const kind = './placer.ts';
    expect(await refusal(scenario({}, { scheduler: { kind } }), 'one')).toMatch(
      /^no scheduler: plan missing \(.*placer\.ts\): create gives \{ plan \}/,
    );
    expect(await refusal(scenario({ estimator: { kind } }), 'one')).toMatch(
      /^no estimator: prefillMs and roundMs missing .* function that makes \{ prefillMs, roundMs \}/,
    );
    expect(await refusal(scenario({}, { store: { kind } }), 'one')).toContain(
      'a policy file ./placer.ts (groups.0.store): a file can be the policy of placement',
    );
  });

  it('are refused with the nearest name of a wrong parameter, and a value out of range', async () => {
    writePlacer('one');
    expect(await refusal(placed('./placer.ts', { frist: 2 }), 'one')).toBe(
      'unknown parameter in placement "frist": did you mean first?',
    );
    expect(await refusal(placed('./placer.ts', { first: -2 }), 'one')).toBe(
      'invalid value -2 (placement.first): an integer, at least 0',
    );
  });

  it('name place and file of what does not load', async () => {
    expect(await refusal(placed('./none.ts'))).toMatch(
      /^no such policy file \(placement, .*none\.ts/,
    );
    expect(await refusal(placed('none.ts'))).toBe(
      'no path "none.ts" (placement): a policy file starts with ./ ../ or /: ./none.ts',
    );
    expect(await refusal(placed('./none.py'))).toMatch(
      /^no policy file \(placement, .*none\.py\): a mo/,
    );
    write('bad.ts', 'export const a = 1;');
    expect(await refusal(placed('./bad.ts'))).toMatch(
      /^no default export \(placement, .*bad\.ts\): ex/,
    );
    write('bad.ts', "export default { kind: 'x', doc: 'y' };");
    expect(await refusal(placed('./bad.ts'))).toMatch(
      /^no policy definition: source, parameters, create missing \(placement, .*bad\.ts\)/,
    );
    write('bad.ts', "export default {\n kind: 'x' doc: 'y' };");
    expect(await refusal(placed('./bad.ts'))).toMatch(
      /^the policy does not load \(placement, .*bad\.ts:2:\d+\)/,
    );
  });

  const failing = (body: string) =>
    write(
      'failing.ts',
      `export default { kind: 'f', doc: 'fails', source: 'none', parameters: {},
         create: () => ({ place(task, view, out) {
           ${body}
         } }) };`,
    );

  it('load what they need before a replay, and name the file where they cannot', async () => {
    const text = (body: string) =>
      `let ready = false;
       export default { kind: 'p', doc: 'prepared', source: 'none', parameters: {},
         prepare: async () => { ${body} },
         create: () => ({ place(task, view, out) { out.prefill = ready ? 0 : -1; } }) };`;
    write('prepared.ts', text('ready = true;'));
    const options = { out: null, folder };
    expect((await runScenario(placed('./prepared.ts'), options)).finished).toBe(200);
    write('prepared.ts', text('throw new Error("no solver");'));
    expect(await refusal(placed('./prepared.ts'))).toMatch(
      /^the policy fails in prepare \(.*prepared\.ts.*\): no solver$/,
    );
  });

  it('name file and place of what they throw in the middle of a replay', async () => {
    failing('if (view.nowMs > 20_000) throw new Error("lost"); out.prefill = 0;');
    expect(await refusal(placed('./failing.ts'))).toMatch(
      /^the policy fails in place \(.*failing\.ts:\d+:\d+\): lost/,
    );
    failing('out.prefill = view.instances;');
    expect(await refusal(placed('./failing.ts'))).toMatch(
      /^the replay fails \(with .*failing\.ts\): placement chose instance 4/,
    );
  });
});

describe('loadPlannedPolicies', () => {
  const planned = async (sha256: string) => {
    writePlacer('planned');
    const given = await withUserPolicies(placed(), join(folder, 'planned'));
    const other = JSON.parse(JSON.stringify(given).replace(/#[0-9a-f]{64}/, `#${sha256}`));
    return { given, other, kind: `./placer.ts#${sha256}` };
  };
  const path = join(folder, 'planned', 'placer.ts');

  it('takes what this thread has loaded', async () => {
    const { given } = await planned('a'.repeat(64));
    expect(Object.values(policyFilesOf(given))).toEqual([path]);
    await expect(loadPlannedPolicies(given, {})).resolves.toBeUndefined();
  });

  it('refuses a file that is not there, and another one of its name', async () => {
    const { other, kind } = await planned('b'.repeat(64));
    const missing = join(folder, 'gone.ts');
    await expect(loadPlannedPolicies(other, { [kind]: missing })).rejects.toThrow(
      `no such policy file (${missing})`,
    );
    await expect(loadPlannedPolicies(other, { [kind]: path })).rejects.toThrow(
      /^another policy \.\/placer\.ts \(.*planned\/placer\.ts\): sha256 of .* asks for bbbbbbbbbbbb$/,
    );
  });
});
