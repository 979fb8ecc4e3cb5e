import { describe, expect, it } from 'vitest';
import { parseScenario } from '../replay/scenario.ts';
import { labelOf, topologyOf } from './label.ts';

function labelFor(changes: object = {}, group: object = {}): string {
  return labelOf(parseScenario({ groups: [{ model: 'llama-3.1-8b', ...group }], ...changes }));
}

describe('labelOf', () => {
  it('says only the scheduler where everything else is as usual', () => {
    expect(labelFor()).toBe('chunked-prefill');
    expect(labelFor({ seed: 7 }, { count: 9, scheduler: { kind: 'orca' } })).toBe('orca');
  });

  it.each([
    ['the order', {}, { order: { kind: 'shortest-prompt' } }, 'shortest-prompt'],
    ['the prefix cache', {}, { prefixCache: { kind: 'lru' } }, 'prefix cache'],
    ['the placement', { placement: { kind: 'random' } }, {}, 'random'],
    ['sessions', { arrivals: { mode: 'session' } }, {}, 'sessions'],
    ['a closed loop', { arrivals: { mode: 'closed', concurrency: 8 } }, {}, 'closed 8'],
    ['the rate', { arrivals: { rate: { factor: 2.5 } } }, {}, 'rate 2.5x'],
    ['thinning', { arrivals: { rate: { factor: 0.5, by: 'thin' } } }, {}, 'rate 0.5x by thin'],
    ['resampling', { arrivals: { rate: { by: 'resample' } } }, {}, 'rate 1x by resample'],
    ['dequantising', { arrivals: { dequantise: true } }, {}, 'dequantised'],
  ])('adds %s', (_, changes, group, words) => {
    expect(labelFor(changes, group)).toBe(`chunked-prefill, ${words}`);
  });

  it('says which instances do which stage', () => {
    const node = { model: 'llama-3.1-8b' };
    const groups = [
      { ...node, count: 3, roles: ['prefill'], scheduler: { kind: 'prefill-pool' } },
      { ...node, count: 2, roles: ['decode'], scheduler: { kind: 'decode-pool' } },
      { ...node, count: 4 },
    ];
    expect(topologyOf(parseScenario({ groups }))).toBe('3P+2D+4');
    expect(labelOf(parseScenario({ groups }))).toBe('3P+2D+4');
  });

  it('tells system before arrivals', () => {
    const arrivals = { mode: 'session', rate: { factor: 0.5 } };
    const label = labelFor(
      { arrivals, placement: { kind: 'least-loaded' } },
      { prefixCache: { kind: 'lru' }, scheduler: { kind: 'prefill-first' } },
    );
    expect(label).toBe('prefill-first, prefix cache, least-loaded, sessions, rate 0.5x');
  });
});
