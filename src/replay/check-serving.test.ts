import { describe, expect, it } from 'vitest';
import { newTrace, type TraceParts } from '../trace/new-trace.ts';
import { InputError } from '../units/input-error.ts';
import { checkServing, runServing } from './run-serving.ts';
import { parseScenario, type Scenario } from './scenario.ts';

type Json = Record<string, unknown>;

function traceOf(parts: Partial<TraceParts> = {}) {
  const three = { arrivalMs: [0, 5, 9], inputTokens: [4, 9, 2], outputTokens: [1, 2, 3] };
  return newTrace({ ...three, ...parts });
}

/** One medium of so many tokens in the second of three requests. */
function mediaOf(tokens: number): NonNullable<TraceParts['media']> {
  const one = Int32Array.of(-1);
  return {
    offsets: Int32Array.of(0, 0, 1, 1),
    kind: Int32Array.of(0),
    kinds: ['image'],
    id: one,
    width: one,
    height: one,
    durationMs: one,
    tokens: Int32Array.of(tokens),
    position: one,
  };
}

const blocks = { offsets: Int32Array.of(0, 1, 2, 3), values: Int32Array.of(0, 1, 0) };
const lru = { prefixCache: { kind: 'lru' } };

function scenarioOf(changes: Json = {}, group: Json = {}): Scenario {
  return parseScenario({ groups: [{ model: 'llama-3.1-8b', ...group }], ...changes });
}

function refusal(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
}

/** What the check says, having made sure that a replay says the same, and takes no step. */
function verdict(parts: Partial<TraceParts>, scenario: Scenario): string | null {
  const trace = traceOf(parts);
  const checked = refusal(() => checkServing(trace, scenario));
  let steps = 0;
  const sink = () => ({ step: () => steps++, stay: () => {} });
  const run = refusal(() => runServing(trace, scenario, { mode: 'fast', sink }));
  expect(run).toBe(checked);
  expect(steps > 0).toBe(checked === null);
  return checked;
}

describe('checkServing', () => {
  it.each<[string, Partial<TraceParts>, Json, Json, string]>([
    ['a prefix cache without blocks', {}, {}, lru, 'prefix cache without blocks (groups.0.prefix'],
    [
      'a prefix cache beside media',
      { blocks, blockSize: 16, media: mediaOf(5) },
      {},
      lru,
      'prefix cache with media (groups.0.prefixCache)',
    ],
    ['media without tokens', { media: mediaOf(-1) }, {}, {}, 'a medium without tokens (trace'],
    [
      'sessions of a trace without',
      {},
      { arrivals: { mode: 'session' } },
      {},
      'has no sessions (arrivals.mode)',
    ],
    [
      'sessions resampled',
      { parentRequestId: Int32Array.of(-1, 0, 1) },
      { arrivals: { mode: 'session', rate: { by: 'resample' } } },
      {},
      'session arrivals resampled',
    ],
    [
      'thinning to more than there is',
      {},
      { arrivals: { rate: { by: 'thin', factor: 1.5 } } },
      {},
      'rate factor 1.5 (arrivals.rate)',
    ],
    [
      'an empty prompt',
      { inputTokens: [4, 0, 2] },
      {},
      {},
      'prompt of 0 tokens (trace unnamed, row 1)',
    ],
    ['a model too large', {}, {}, { model: 'llama-2-70b' }, 'no memory left for KV'],
    [
      'less KV than a block',
      {},
      {},
      { kv: { capacityTokens: 15 } },
      'the model does not fit (groups.0)',
    ],
    ['more GPUs than a host has', {}, {}, { tp: 16 }, 'at most the 8 GPUs of one host'],
    ['GPUs that do not divide the heads', {}, {}, { tp: 3 }, 'tensor parallelism of 3'],
  ])('refuses %s, as a replay does', (_, parts, changes, group, message) => {
    expect(verdict(parts, scenarioOf(changes, group))).toContain(message);
  });

  it('finds the group that is wrong', () => {
    const model = 'llama-3.1-8b';
    const groups = [{ model }, { model, ...lru }];
    expect(verdict({}, parseScenario({ groups }))).toContain('(groups.1.prefixCache)');
  });

  it.each<[string, Partial<TraceParts>, Json, Json]>([
    ['the plain case', {}, {}, {}],
    ['a prefix cache over blocks', { blocks, blockSize: 16 }, {}, lru],
    ['media where nothing is cached', { media: mediaOf(5) }, {}, {}],
    [
      'an empty prompt outside the window',
      { inputTokens: [4, 9, 0] },
      { arrivals: { window: { fromMs: 0, toMs: 9 } } },
      {},
    ],
    [
      'an empty prompt behind the limit',
      { inputTokens: [4, 9, 0] },
      { limits: { requests: 2 } },
      {},
    ],
  ])('accepts %s, as a replay does', (_, parts, changes, group) => {
    expect(verdict(parts, scenarioOf(changes, group))).toBeNull();
  });

  it('says of an empty prompt what a replay says, whichever requests the seed keeps', () => {
    const said = Array.from({ length: 20 }, (_, seed) =>
      verdict(
        { inputTokens: [4, 0, 2] },
        scenarioOf({ seeds: { workload: seed }, arrivals: { rate: { by: 'thin', factor: 0.8 } } }),
      ),
    );
    expect(said.filter((one) => one === null).length).toBeGreaterThan(0);
    expect(said.filter((one) => one !== null).length).toBeGreaterThan(0);
  });
});
