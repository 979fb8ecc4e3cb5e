/**
 * Orders of the waiting queue. First come first served is the default; the output-length orders
 * are oracles: they read the true length that no deployed system knows. The predicted ones know
 * what the group's length predictor says, and are what their predictor is; a group without one is
 * refused.
 */
import type { Order } from '../policy/order.ts';
import { definePolicy, type Need, type Oracle, Registry } from '../policy/registry.ts';

function order(
  kind: string,
  doc: string,
  key: Order['key'],
  { oracle = [], needs = [] }: { oracle?: readonly Oracle[]; needs?: readonly Need[] } = {},
) {
  return definePolicy<Order, Record<string, never>>({
    kind,
    doc,
    source: 'textbook scheduling (FCFS, SJF, LPT, priorities)',
    parameters: {},
    oracle: () => oracle,
    needs: () => needs,
    create: () => ({ key }),
  });
}

const length = { oracle: ['length'] } as const;
const lengths = { needs: ['lengths'] } as const;

export const orders = new Registry<Order>('order', [
  order('fcfs', 'first come, first served', () => 0),
  order('shortest-prompt', 'fewest prompt tokens first', (r) => r.inputTokens),
  order('longest-prompt', 'most prompt tokens first', (r) => -r.inputTokens),
  order('shortest-output', 'fewest output tokens first (SJF)', (r) => r.outputTokens, length),
  order('longest-output', 'most output tokens first (LPT)', (r) => -r.outputTokens, length),
  order(
    'shortest-predicted',
    'fewest predicted output tokens first (SPJF)',
    (r) => r.predictedTokens,
    lengths,
  ),
  order(
    'longest-predicted',
    'most predicted output tokens first',
    (r) => -r.predictedTokens,
    lengths,
  ),
  order('priority', "largest priority of the trace's requests first", (r) => -r.priority),
]);
