import { describe, expect, it } from 'vitest';
import { orders } from './orders.ts';

const requests = [
  { name: 'first', arrivalMs: 0, inputTokens: 50, outputTokens: 300 },
  { name: 'second', arrivalMs: 1, inputTokens: 10, outputTokens: 300 },
  { name: 'third', arrivalMs: 2, inputTokens: 50, outputTokens: 7 },
];

/** A stable sort by key, as the queue does it. */
function queued(kind: string): string[] {
  const order = orders.create({ kind }, { seed: 1 });
  return requests.toSorted((a, b) => order.key(a) - order.key(b)).map(({ name }) => name);
}

describe('orders', () => {
  it.each([
    ['fcfs', ['first', 'second', 'third']],
    ['shortest-prompt', ['second', 'first', 'third']],
    ['longest-prompt', ['first', 'third', 'second']],
    ['shortest-output', ['third', 'first', 'second']],
    ['longest-output', ['first', 'second', 'third']],
  ])('%s gives %o, equal keys by arrival', (kind, names) => {
    expect(queued(kind)).toEqual(names);
  });

  it('call exactly those oracles whose key depends on the output length', () => {
    for (const { kind } of orders.all()) {
      const { key } = orders.create({ kind }, { seed: 1 });
      const request = { arrivalMs: 5, inputTokens: 5, outputTokens: 5 };
      const reads = key(request) !== key({ ...request, outputTokens: 99 });
      expect([kind, orders.oraclesOf({ kind })]).toEqual([kind, reads ? ['length'] : []]);
    }
  });
});
