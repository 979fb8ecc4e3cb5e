/**
 * Orders of the waiting queue. First come first served is the default; the output-length orders
 * are oracles: they read the true length that no deployed system knows.
 */
import type { Order } from '../policy/order.ts';
import { definePolicy, type Oracle, Registry } from '../policy/registry.ts';

function order(kind: string, doc: string, key: Order['key'], oracle: readonly Oracle[] = []) {
  return definePolicy<Order, Record<string, never>>({
    kind,
    doc,
    source: 'textbook scheduling (FCFS, SJF, LPT)',
    parameters: {},
    oracle: () => oracle,
    create: () => ({ key }),
  });
}

export const orders = new Registry<Order>('order', [
  order('fcfs', 'first come, first served', () => 0),
  order('shortest-prompt', 'fewest prompt tokens first', (r) => r.inputTokens),
  order('longest-prompt', 'most prompt tokens first', (r) => -r.inputTokens),
  order('shortest-output', 'fewest output tokens first (SJF)', (r) => r.outputTokens, ['length']),
  order('longest-output', 'most output tokens first (LPT)', (r) => -r.outputTokens, ['length']),
]);
