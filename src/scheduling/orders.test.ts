import { describe, expect, it } from 'vitest';
import { orders } from './orders.ts';

const blank = {
  arrivalMs: 0,
  inputTokens: 50,
  outputTokens: 300,
  predictedTokens: 10,
  priority: 0,
};
const requests = [
  { ...blank, name: 'first' },
  { ...blank, name: 'second', inputTokens: 10, predictedTokens: 9 },
  { ...blank, name: 'third', outputTokens: 7, predictedTokens: 400, priority: 2 },
];

/** A stable sort by key, as the queue does it. */
function queued(kind: string, waiting = requests): string[] {
  const order = orders.create({ kind }, { seed: 1 });
  return waiting.toSorted((a, b) => order.key(a) - order.key(b)).map(({ name }) => name);
}

describe('orders', () => {
  it.each([
    ['fcfs', ['first', 'second', 'third']],
    ['shortest-prompt', ['second', 'first', 'third']],
    ['longest-prompt', ['first', 'third', 'second']],
    ['shortest-output', ['third', 'first', 'second']],
    ['longest-output', ['first', 'second', 'third']],
    ['shortest-predicted', ['second', 'first', 'third']],
    ['longest-predicted', ['third', 'first', 'second']],
    ['priority', ['third', 'first', 'second']],
  ])('%s gives %o, equal keys by arrival', (kind, names) => {
    expect(queued(kind)).toEqual(names);
  });

  it('by prediction need a predictor', () => {
    const needing = orders.all().filter(({ kind }) => orders.needsOf({ kind }).length > 0);
    expect(needing.map(({ kind }) => kind)).toEqual(['shortest-predicted', 'longest-predicted']);
  });

  it('call exactly those oracles whose key depends on the output length', () => {
    for (const { kind } of orders.all()) {
      const { key } = orders.create({ kind }, { seed: 1 });
      const reads = key(blank) !== key({ ...blank, outputTokens: 99 });
      expect([kind, orders.oraclesOf({ kind })]).toEqual([kind, reads ? ['length'] : []]);
    }
  });
});
