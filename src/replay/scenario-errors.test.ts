import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { parseScenario } from './scenario.ts';

type Json = Record<string, unknown>;

/** A scenario with one member set, by its path. */
function withMember(path: string, value: unknown): unknown {
  const root: Json = { groups: [{ model: 'llama-3.1-8b' }] };
  const keys = path.split('.');
  const last = keys.pop() as string;
  let at = root;
  for (const key of keys) {
    at[key] ??= {};
    at = at[key] as Json;
  }
  at[last] = value;
  return root;
}

function messageFor(path: string, value: unknown): string {
  try {
    parseScenario(withMember(path, value));
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  return 'accepted';
}

describe('an unknown key', () => {
  it.each([
    ['arival', 'scenario', 'arrivals'],
    ['placment', 'scenario', 'placement'],
    ['arrivals.dequantize', 'arrivals', 'dequantise'],
    ['arrivals.rate.factr', 'arrivals.rate', 'factor'],
    ['limits.request', 'limits', 'requests'],
    ['groups.0.modle', 'groups.0', 'model'],
    ['groups.0.prefixcache', 'groups.0', 'prefixCache'],
    ['groups.0.kv.blocksize', 'groups.0.kv', 'blockSize'],
    ['seeds.workloads', 'seeds', 'workload'],
    ['groups.0.hostDramGiB', 'groups.0', 'hostDramGib'],
  ])('%s is named, with its place %s and the nearest key %s', (path, where, near) => {
    const key = path.split('.').at(-1);
    expect(messageFor(path, 1)).toBe(`unknown key "${key}" (${where}): did you mean ${near}?`);
  });

  it('in a window is named, beside what the window needs', () => {
    const window = { fromMs: 0, toMs: 9, untilMs: 3 };
    expect(messageFor('arrivals.window', window)).toMatch(
      /^unknown key "untilMs" \(arrivals\.window\): (did you mean|one of) .*toMs/,
    );
  });

  it('like no other is answered with all there are', () => {
    expect(messageFor('limits.everything', 1)).toBe(
      'unknown key "everything" (limits): one of requests',
    );
  });

  it.each(['toString', 'constructor'])('named %s is refused as any other', (key) => {
    expect(messageFor(`limits.${key}`, 1)).toContain(`unknown key "${key}" (limits)`);
    expect(messageFor(`placement.${key}`, 1)).not.toBe('accepted');
  });
});

describe('an unknown name', () => {
  it.each([
    ['groups.0.model', 'lama-3.1-8b', 'unknown model "lama-3.1-8b": did you mean llama-3.1-8b?'],
    ['groups.0.gpu', 'a10-80gb', 'unknown GPU "a10-80gb": did you mean a100-80gb?'],
    ['profile', 'modern-cuda-grafs', 'did you mean modern-cuda-graphs?'],
    ['placement', { kind: 'round-robbin' }, 'unknown placement "round-robbin"'],
    ['clock', { kind: 'analitic' }, 'unknown clock "analitic": did you mean analytic?'],
    ['groups.0.scheduler', { kind: 'orka' }, 'unknown scheduler "orka": did you mean orca?'],
    ['groups.0.order', { kind: 'fcsf' }, 'unknown order "fcsf": did you mean fcfs?'],
    ['groups.0.prefixCache', { kind: 'lur' }, 'unknown prefix cache "lur": did you mean lru?'],
    [
      'groups.0.scheduler',
      { kind: 'orca', maxSequence: 5 },
      'unknown parameter in groups.0.scheduler "maxSequence": did you mean maxSequences?',
    ],
    ['clock', { kind: 'affine', round: 5 }, 'unknown parameter in clock "round"'],
  ])('at %s: %o', (path, value, message) => {
    expect(messageFor(path, value)).toContain(message);
  });
});

/** Prices with some members changed. */
const prices = (changes: Json) => ({
  date: '2026-01-31',
  source: 'a price list',
  currency: 'USD',
  gpuHour: 1.5,
  dramGibHour: 0.01,
  ...changes,
});

describe('a wrong value', () => {
  it.each([
    ['seeds.policy', -1, 'invalid value -1 (seeds.policy)'],
    ['seeds.workload', 0.5, 'invalid value 0.5 (seeds.workload)'],
    ['clock', { kind: 'analytic', draw: -1 }, '-1 (clock.draw): an integer, at least 0'],
    ['clock', { kind: 'analytic', draw: 1.5 }, '1.5 (clock.draw): an integer, at least 0'],
    ['groups.0.hostDramGib', -1, 'invalid value -1 (groups.0.hostDramGib)'],
    [
      'prices',
      prices({ date: '2026-02-30' }),
      'invalid value "2026-02-30" (prices.date): a date, YYYY-MM-DD',
    ],
    ['prices', prices({ date: '31.1.2026' }), '(prices.date): a date, YYYY-MM-DD'],
    ['prices', prices({ source: '' }), 'invalid value "" (prices.source)'],
    ['prices', prices({ gpuHour: 0 }), 'invalid value 0 (prices.gpuHour)'],
    ['prices', prices({ dramGibHour: -1 }), 'invalid value -1 (prices.dramGibHour)'],
    ['prices', { date: '2026-01-31' }, 'missing value (prices.source)'],
    ['prices', prices({ gpuhour: 1 }), 'unknown key "gpuhour" (prices): did you mean gpuHour?'],
    ['seed', -1, 'invalid value -1 (seed)'],
    ['seed', 1.5, 'invalid value 1.5 (seed)'],
    ['trace', 5, 'invalid value 5 (trace): expected string, received number'],
    ['arrivals.mode', 'opened', 'invalid value "opened" (arrivals.mode)'],
    ['arrivals.concurrency', 0, 'invalid value 0 (arrivals.concurrency)'],
    ['arrivals.rate.factor', 0, 'invalid value 0 (arrivals.rate.factor)'],
    ['arrivals.rate.by', 'scale', 'invalid value "scale" (arrivals.rate.by)'],
    ['arrivals.dequantise', 'yes', 'invalid value "yes" (arrivals.dequantise)'],
    ['arrivals.window', { fromMs: 0 }, 'missing value (arrivals.window.toMs)'],
    ['arrivals.window', { fromMs: 3, toMs: 2 }, 'empty window (arrivals.window)'],
    ['limits.requests', 0, 'invalid value 0 (limits.requests)'],
    ['placement', 'random', 'invalid value "random" (placement): expected object'],
    ['placement', {}, 'missing value (placement.kind): expected string'],
    ['groups.0.count', 0, 'invalid value 0 (groups.0.count)'],
    ['groups.0.tp', '2', 'invalid value "2" (groups.0.tp): expected number, received string'],
    ['groups.0.model', undefined, 'missing value (groups.0.model): expected string'],
    ['groups.0.roles', ['encode'], 'invalid value "encode" (groups.0.roles.0)'],
    ['groups.0.kv.blockSize', 5000, 'invalid value 5000 (groups.0.kv.blockSize)'],
    ['groups.0.kv.gpuMemoryUtilisation', 1.1, 'invalid value 1.1 (groups.0.kv.gpuMemory'],
    ['groups.0.kv.capacityTokens', '9', 'invalid value "9" (groups.0.kv.capacityTokens)'],
    [
      'groups.0.scheduler',
      { kind: 'orca', maxSequences: 0 },
      'invalid value 0 (groups.0.scheduler.maxSequences): an integer, at least 1',
    ],
    ['clock', { kind: 'affine', roundMs: -1 }, 'invalid value -1 (clock.roundMs)'],
  ])('at %s: %o is shown with its place', (path, value, message) => {
    expect(messageFor(path, value)).toContain(message);
  });
});
