import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { parseScenario } from './scenario.ts';

fc.configureGlobal({ seed: 71, numRuns: 200 });

type Json = Record<string, unknown>;

const model = 'llama-3.1-8b';

/** The smallest scenario, with members of it, or of its only group, changed. */
function scenario(changes: Json = {}, group: Json = {}): Json {
  return { groups: [{ model, ...group }], ...changes };
}

describe('parseScenario', () => {
  it('fills in every default, those of the policies too', () => {
    expect(parseScenario(scenario())).toMatchObject({
      trace: null,
      seed: 1,
      seeds: { workload: null, policy: null },
      arrivals: {
        mode: 'open',
        concurrency: 1,
        rate: { factor: 1, by: 'compress' },
        dequantise: false,
        window: null,
      },
      clock: { kind: 'analytic', allReduce: 'custom', draw: 0 },
      profile: 'modern-cuda-graphs',
      placement: { kind: 'round-robin' },
      groups: [
        {
          count: 1,
          roles: ['prefill', 'decode'],
          model,
          gpu: 'a100-80gb',
          tp: 1,
          scheduler: { kind: 'chunked-prefill', budget: 8192, maxSequences: 256 },
          order: { kind: 'fcfs' },
          kv: { capacityTokens: null, blockSize: 16, gpuMemoryUtilisation: 0.9 },
          prefixCache: { kind: 'off' },
          hostDramGib: null,
        },
      ],
      limits: { requests: null },
      prices: null,
    });
  });

  it('leaves a complete scenario as it is', () => {
    const complete = parseScenario(
      scenario(
        {
          arrivals: { window: { fromMs: 1, toMs: 2 }, rate: { by: 'thin' } },
          clock: { kind: 'affine' },
          seeds: { policy: 0 },
          prices: {
            date: '2026-01-31',
            source: 'a price list',
            currency: 'USD',
            gpuHour: 1.5,
            dramGibHour: 0,
          },
        },
        { scheduler: { kind: 'orca' }, kv: { blockSize: 1 }, count: 3, hostDramGib: 512 },
      ),
    );
    expect(parseScenario(complete)).toEqual(complete);
    expect(parseScenario(JSON.parse(JSON.stringify(complete)))).toEqual(complete);
  });

  it('does not change the value that it was given', () => {
    const given = scenario({ arrivals: {} }, { scheduler: { kind: 'orca' } });
    const before = structuredClone(given);
    parseScenario(given);
    expect(given).toEqual(before);
  });

  it('writes names as the tables have them, so that equal systems give equal scenarios', () => {
    const loose = parseScenario(
      scenario({ profile: 'default' }, { gpu: 'A100-80GB', roles: ['decode', 'prefill'] }),
    );
    expect(loose).toEqual(parseScenario(scenario()));
  });

  it.each([
    ['a window that ends before it begins', { arrivals: { window: { fromMs: 5, toMs: 5 } } }],
    ['no group', { groups: [] }],
    ['an unknown profile', { profile: 'moderm' }],
  ])('refuses %s', (_, changes) => {
    expect(() => parseScenario(scenario(changes))).toThrow(InputError);
  });

  it('refuses a cluster in which nobody decodes', () => {
    expect(() => parseScenario(scenario({}, { roles: ['prefill'] }))).toThrow(
      'no instance does decode (groups)',
    );
  });

  it('refuses policies that go by lengths which nobody predicts', () => {
    const group = { order: { kind: 'longest-predicted' } };
    expect(() => parseScenario(scenario({}, group))).toThrow('lengths none (groups.0.lengths)');
    const predicted = { ...group, lengths: { kind: 'history' } };
    expect(parseScenario(scenario({}, predicted)).groups[0]?.order.kind).toBe('longest-predicted');
  });

  it('refuses KV between instances of two models', () => {
    const store = { kind: 'pool' };
    const groups = [
      { model: 'llama-3.1-8b', store },
      { model: 'llama-3.1-70b', tp: 8, store },
    ];
    expect(() => parseScenario({ groups })).toThrow('one model only');
  });

  it('refuses what is no object, and groups that are no list', () => {
    for (const value of [null, 5, 'open', []]) {
      expect(() => parseScenario(value)).toThrow(
        new InputError(`invalid value ${JSON.stringify(value)}`, {
          where: 'scenario',
          rule: `expected object, received ${value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value}`,
        }),
      );
    }
    expect(() => parseScenario({ groups: { model } })).toThrow('(groups): expected array');
  });

  it('answers any JSON with a scenario or an InputError, never with another error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        for (const value of [
          a,
          scenario({ arrivals: a }, { kv: b, scheduler: a }),
          { groups: [b] },
        ]) {
          try {
            parseScenario(value);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        }
      }),
    );
  });
});
