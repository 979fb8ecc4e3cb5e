import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../trace/locate.ts';
import { checkValues, scenariosOf } from './point-scenarios.ts';
import { parseSpaceFile, readSpaceFile, spaceOf } from './space-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-space-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tp = { set: 'groups.0.tp', choices: [1, 2] };

/** A valid space with some members replaced. */
function space(changes: object = {}): Record<string, unknown> {
  return {
    base: { trace: 'kimi-like', groups: [{ model: 'llama-3.1-8b' }] },
    parameters: { tp },
    ...changes,
  };
}

const parameter = (spec: object) => space({ parameters: { x: spec } });
const range = { set: 'seed', min: 1, max: 8 };

describe('parseSpaceFile', () => {
  it('takes choices, named patches and ranges', () => {
    const file = parseSpaceFile(
      space({
        parameters: {
          tp,
          cache: { choices: { off: {}, on: { placement: { kind: 'least-loaded' } } } },
          budget: { set: ['groups.0.scheduler.budget'], min: 256, max: 1024, step: 256 },
        },
      }),
    );
    expect(spaceOf(file).size).toBe(2 * 2 * 4);
  });

  it.each<[string, object, RegExp]>([
    ['no parameters', space({ parameters: {} }), /no parameters \(parameters\): at least one/],
    [
      'a wrong key',
      space({ constrains: [] }),
      /unknown key "constrains".*did you mean constraints/,
    ],
    [
      'a wrong key of a parameter',
      parameter({ ...tp, choises: [1] }),
      /unknown key "choises" \(parameters\.x\): did you mean choices\?/,
    ],
    [
      'no value',
      parameter({ set: 'seed', choices: [] }),
      /parameters\.x\.choices\): at least one value/,
    ],
    ['no named patch', parameter({ choices: {} }), /no choices \(parameters\.x\): at least one/],
    [
      'a choice twice',
      parameter({ set: 'seed', choices: [1, 1] }),
      /choice 1 twice \(parameters\.x\)/,
    ],
    ['ends out of order', parameter({ ...range, max: 0 }), /range from 1 to 0 \(parameters\.x\)/],
    ['a log scale from 0', parameter({ ...range, min: 0, log: true }), /log scale from 0/],
    ['steps on a log scale', parameter({ ...range, log: true, step: 2 }), /step on a log scale/],
    ['fractions of an integer', parameter({ ...range, step: 0.5, integer: true }), /integer range/],
    ['no path', parameter({ min: 1, max: 2 }), /missing value \(parameters\.x\.set\)/],
    ['a name that is no column', space({ parameters: { 'a b': tp } }), /parameter name "a b"/],
    ['a name with a meaning', space({ parameters: { run: tp } }), /parameter name run/],
    ['names alike', space({ parameters: { tp, TP: tp } }), /two parameters tp/],
    ['a seed twice', space({ seeds: [1, 1] }), /a seed twice \(seeds\)/],
    ['falling fidelities', space({ fidelity: { requests: [9, 5] } }), /fidelities out of order/],
    [
      'a fidelity after the full run',
      space({ fidelity: { requests: [null, 5] } }),
      /fidelities out of order/,
    ],
  ])('refuses %s', (_, value, message) => {
    expect(() => parseSpaceFile(value)).toThrow(message);
  });
});

describe('readSpaceFile', () => {
  const written = (text: string) => {
    const path = join(folder, 'space.json');
    writeFileSync(path, text);
    return path;
  };

  it('names the file in every error', async () => {
    await expect(readSpaceFile('nowhere.json')).rejects.toThrow(
      /cannot read the search space \(nowhere\.json\)/,
    );
    await expect(readSpaceFile(written('{'))).rejects.toThrow(/not JSON \(.*space\.json\)/);
    await expect(readSpaceFile(written('{"base": {}}'))).rejects.toThrow(/space\.json, parameters/);
  });

  const shipped = join(packageRoot(), 'experiments', 'search');
  it.each(readdirSync(shipped).filter((name) => name.endsWith('.json')))(
    'reads %s',
    async (name) => {
      const file = await readSpaceFile(join(shipped, name));
      checkValues(file, spaceOf(file).parameters);
    },
  );
});

describe('scenariosOf', () => {
  it('sets the values of a point over the base, one scenario per seed', () => {
    const file = parseSpaceFile(
      space({
        parameters: {
          tp: { set: ['groups.0.tp', 'groups.0.count'], choices: [2] },
          router: { choices: { near: { placement: { kind: 'least-loaded' } } } },
        },
        seeds: [3, 4],
      }),
    );
    const cells = scenariosOf(file, { tp: 2, router: 'near' }, 50);
    expect(cells.map(({ scenario }) => scenario)).toEqual(
      [3, 4].map((seed) => ({
        trace: 'kimi-like',
        groups: [{ model: 'llama-3.1-8b', tp: 2, count: 2 }],
        placement: { kind: 'least-loaded' },
        limits: { requests: 50 },
        seed,
      })),
    );
  });
});

describe('checkValues', () => {
  const check = (changes: object) => () => {
    const file = parseSpaceFile(space(changes));
    checkValues(file, spaceOf(file).parameters);
  };

  it.each<[string, object, RegExp]>([
    ['an unknown preset', { base: { preset: 'conversation' } }, /unknown preset.*\(base\)/],
    [
      'an unknown path',
      { parameters: { x: { set: 'groups.0.tpp', choices: [1] } } },
      /unknown key "tpp" \(parameters\.x = 1, groups\.0\): did you mean tp\?/,
    ],
    [
      'an unknown policy',
      { parameters: { x: { set: 'placement.kind', choices: ['round-robin', 'least-load'] } } },
      /unknown placement "least-load" \(parameters\.x = "least-load".*least-loaded/,
    ],
    [
      'a value of the wrong type',
      { parameters: { tp: { set: 'groups.0.tp', min: 0.5, max: 2 } } },
      /invalid value 0\.5 \(parameters\.tp = 0\.5, groups\.0\.tp\)/,
    ],
  ])('refuses %s', (_, changes, message) => {
    expect(check(changes)).toThrow(message);
  });

  it('takes a value that is valid beside some values of the others', () => {
    const parameters = {
      scheduler: { set: 'groups.0.scheduler.kind', choices: ['prefill-first', 'chunked-prefill'] },
      budget: { set: 'groups.0.scheduler.budget', choices: [512, 2048] },
    };
    expect(check({ parameters })).not.toThrow();
  });
});
