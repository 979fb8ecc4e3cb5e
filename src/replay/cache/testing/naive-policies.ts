/** The rules that rank residents, each as a sort key: the first of the residents goes. */
import { prefillCost } from '../../../caching/prefill-cost.ts';
import { RandomStream } from '../../../units/random.ts';
import type { NaivePolicy, World } from './naive-cache.ts';
import { queuePolicies } from './naive-queues.ts';
import { reuseRate } from './naive-reuse-rate.ts';

type Values = Readonly<Record<string, string | number>>;

/** What is remembered of a block. Times are numbers of touches. */
interface Known {
  id: number;
  admitted: number;
  touched: number;
  touchedMs: number;
  /** Uses since admission, and of all times. */
  count: number;
  total: number;
  uses: number[];
  /** Of policies that fix it at a touch. */
  priority: number;
  turn: number;
}

type Key = (one: Known, values: Values, world: World) => number[];

const keys: Record<string, Key> = {
  lru: (one) => [one.touched],
  vllm: (one) => [one.touched],
  fifo: (one) => [one.admitted],
  ttl: (one, { expiry }) => [expiry === 'fixed' ? one.admitted : one.touched],
  lfu: (one) => [one.count, one.touched],
  'lfu-perfect': (one) => [one.total, one.touched],
  'length-aware': (one, { evict }, { depth }) => {
    const deep = depth(one.id);
    return [one.count, evict === 'deep-first' ? -deep : deep, one.touched];
  },
  'lru-k': (one, { k, history }) => {
    const uses = history === 'resident' ? one.uses.slice(-one.count) : one.uses;
    return [uses.at(-Number(k)) ?? -1, one.touched];
  },
  // The next use as it was known at the last touch: it is the next one since.
  min: (one, _values, { depth }) => [-one.priority, -depth(one.id), one.id],
  'sglang-radix': (one, { strategy }) => {
    const hits = one.count - 1;
    const scores: Record<string, number> = {
      lru: one.touched,
      lfu: hits,
      slru: hits >= 2 ? 1 : 0,
      fifo: one.admitted,
      mru: -one.touched,
      filo: -one.admitted,
    };
    return [scores[strategy!]!, one.touched];
  },
  'lfu-da': (one) => [one.priority, one.touched],
  gdsf: (one) => [one.priority, one.touched],
};

export function createNaivePolicy(values: Values, world: World): NaivePolicy {
  const kind = String(values.kind);
  if (kind === 'hyperbolic') return hyperbolic(Number(values.sample), world);
  if (kind === 'session-aware') return sessionAware(values, world);
  if (kind === 'reuse-rate') return reuseRate(values, world);
  const queue = queuePolicies[kind];
  return queue === undefined ? ranked(kind, values, world) : queue(values, world);
}

function ranked(kind: string, values: Values, world: World): NaivePolicy {
  let age = 0;
  const book = bookkeeping((one) => {
    if (kind === 'lfu-da') one.priority = age + one.count;
    else if (kind === 'gdsf') one.priority = age + one.count * cost(one.id, values, world);
    else if (kind === 'min') one.priority = world.nextUse(one.id);
  });
  const key = keys[kind]!;
  return {
    ...book,
    evict: (mayGo) => {
      const free = book.known().filter((one) => mayGo(one.id));
      const victim = least(free, (one) => key(one, values, world));
      if (victim !== undefined) age = victim.priority;
      return victim?.id;
    },
  };
}

function cost(id: number, { cost: choice, blockTokens }: Values, { depth }: World): number {
  if (choice === 'uniform') return 1;
  const tokens = Number(blockTokens);
  const from = tokens * depth(id);
  return prefillCost(from, from + tokens) / prefillCost(0, tokens);
}

function hyperbolic(sample: number, { seed }: World): NaivePolicy {
  const book = bookkeeping();
  const random = new RandomStream(seed, 'hyperbolic');
  const array: number[] = [];
  const leave = (id: number) => {
    const last = array.pop()!;
    if (last !== id) array[array.indexOf(id)] = last;
  };
  return {
    ...book,
    admit: (id, nowMs) => {
      book.admit(id, nowMs);
      array.push(id);
    },
    drop: leave,
    evict: (mayGo) => {
      const draws = array.length === 0 ? 0 : sample;
      const drawn = Array.from({ length: draws }, () => array[random.integer(array.length)]!);
      const free = drawn.filter(mayGo);
      const candidates = free.length > 0 ? free : array.filter(mayGo);
      const victim = least(candidates, (id) => {
        const { count, admitted } = book.of(id);
        return [count / (book.now() - admitted)];
      });
      if (victim !== undefined) leave(victim);
      return victim;
    },
  };
}

function sessionAware({ threshold, patienceMs }: Values, world: World): NaivePolicy {
  const reached: number[] = Array(100).fill(0);
  let current = 0;
  const book = bookkeeping((one) => {
    one.turn = Math.min(current, 8);
  });
  /** Share of the sessions at a turn that went on. */
  const share = (turn: number) => (reached[turn + 1]! + 1) / (reached[turn]! + 2);
  return {
    ...book,
    begin: (request) => {
      current = world.turn(request);
      reached[current]!++;
    },
    evict: (mayGo, nowMs) => {
      const expected = (one: Known) =>
        share(one.turn) >= Number(threshold) && nowMs - one.touchedMs <= Number(patienceMs);
      const free = book.known().filter((one) => mayGo(one.id));
      return least(free, (one) => [expected(one) ? 1 : 0, one.touched])?.id;
    },
  };
}

/** Counts and times of all blocks ever seen. */
function bookkeeping(onTouch: (one: Known) => void = () => {}) {
  const all = new Map<number, Known>();
  let clock = 0;
  const touch = (one: Known, nowMs: number) => {
    one.touched = clock++;
    one.touchedMs = nowMs;
    one.count++;
    one.total++;
    one.uses.push(one.touched);
    onTouch(one);
  };
  const fresh = { admitted: 0, touched: 0, touchedMs: 0, count: 0, total: 0, priority: 0, turn: 0 };
  return {
    known: () => [...all.values()],
    of: (id: number) => all.get(id)!,
    now: () => clock,
    hit: (id: number, nowMs: number) => touch(all.get(id)!, nowMs),
    admit: (id: number, nowMs: number) => {
      const one = all.get(id) ?? { id, uses: [], ...fresh };
      all.set(id, one);
      one.admitted = clock;
      one.count = 0;
      touch(one, nowMs);
    },
    drop: (_id: number) => {},
  };
}

/** The one with the smallest key; the first of several. */
function least<T>(all: readonly T[], keyOf: (one: T) => number[]): T | undefined {
  let best: T | undefined;
  let bestKey: number[] = [];
  for (const one of all) {
    const key = keyOf(one);
    const at = key.findIndex((value, i) => value !== bestKey[i]);
    if (best !== undefined && (at === -1 || key[at]! > bestKey[at]!)) continue;
    best = one;
    bestKey = key;
  }
  return best;
}
