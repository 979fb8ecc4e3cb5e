/**
 * The rules of a block cache on plain lists and sets, for comparison: written from the rules, with
 * nothing of the fast code but the parameters' defaults. Quadratic and worse.
 */
import { cachePolicies } from '../../../caching/policies.ts';
import type { PolicySpec } from '../../../policy/registry.ts';
import type { HitRule } from '../block-stream.ts';
import { createNaivePolicy } from './naive-policies.ts';

/** What a rule may look at. Next uses are in steps of the replay; Infinity for none. */
export interface World {
  readonly capacity: number;
  readonly seed: number;
  depth(id: number): number;
  nextUse(id: number): number;
  /** Turn of a request in its session, from 1. */
  turn(request: number): number;
}

export interface NaivePolicy {
  hit(id: number, nowMs: number): void;
  admit(id: number, nowMs: number): void;
  /** The victim among the residents that may go, which the policy then counts as gone. */
  evict(mayGo: (id: number) => boolean, nowMs: number, incoming: number): number | undefined;
  drop(id: number): void;
  begin?(request: number): void;
}

export interface NaiveOptions {
  readonly policy: PolicySpec;
  readonly capacity: number;
  readonly rule: HitRule;
  readonly arrivalMs: readonly number[];
  /** Whether a request's last block is partial. */
  readonly partial?: readonly boolean[];
  readonly seed?: number;
}

/** Per request: its hits, and what is resident after it, sorted. */
export function naiveReplay(
  given: readonly (readonly number[])[],
  { policy, capacity, rule, arrivalMs, partial = [], seed = 1 }: NaiveOptions,
): { hits: number; residents: number[] }[] {
  const values = cachePolicies.complete(policy, 'policy') as Record<string, string | number>;
  const vllm = policy.kind === 'vllm';
  let fresh = 1 + Math.max(-1, ...given.flat());
  const requests = given.map((ids, i) =>
    vllm && partial[i] && ids.length > 0 ? [...ids.slice(0, -1), fresh++] : [...ids],
  );
  const unique = new Set(requests.flat()).size;
  const parents = new Map(requests.flatMap((ids) => ids.map((id, i) => [id, ids[i - 1]])));
  const depths = new Map(requests.flatMap((ids) => ids.map((id, i) => [id, i])));
  let request = 0;
  let position = 0;
  const turns = naiveTurns(given);
  const world: World = {
    capacity: Math.max(1, Math.min(capacity, unique)),
    seed,
    depth: (id) => depths.get(id)!,
    nextUse: (id) => {
      const own = requests[request]!.indexOf(id);
      if (rule === 'block' && own > position) return request * 1000 + own;
      const later = requests.findIndex((ids, i) => i > request && ids.includes(id));
      if (later === -1) return Infinity;
      return rule === 'prefix' ? later : later * 1000 + requests[later]!.indexOf(id);
    },
    turn: (which) => turns[which]!,
  };
  const leafOnly = policy.kind === 'sglang-radix' || values.form === 'leaf-only';
  const bypass = Boolean(values.bypass);
  const residents = new Set<number>();
  const since = new Map<number, number>();
  const misses: number[] = [];
  const naive = createNaivePolicy(values, world);

  const withChild = () => new Set([...residents].map((id) => parents.get(id)));
  const touch = (id: number, nowMs: number) => {
    if (residents.has(id)) naive.hit(id, nowMs);
    else naive.admit(id, nowMs);
    if (!residents.has(id) || values.expiry === 'sliding') {
      since.delete(id);
      since.set(id, nowMs);
    }
    residents.add(id);
  };
  const evict = (kept: readonly number[], nowMs: number, incoming: number) => {
    const stuck = leafOnly ? withChild() : new Set();
    const mayGo = (id: number) => residents.has(id) && !kept.includes(id) && !stuck.has(id);
    const victim = naive.evict(mayGo, nowMs, incoming);
    if (victim === undefined) return false;
    if (!mayGo(victim)) throw new Error(`the naive policy gave up ${victim}, which may not go`);
    residents.delete(victim);
    since.delete(victim);
    return true;
  };
  const expire = (nowMs: number) => {
    const ttlMs = Number(values.ttlMs);
    if (ttlMs === 0) return;
    for (;;) {
      const stuck = leafOnly ? withChild() : new Set();
      const late = [...since].find(([id, from]) => nowMs - from > ttlMs && !stuck.has(id));
      if (late === undefined) return;
      naive.drop(late[0]);
      residents.delete(late[0]);
      since.delete(late[0]);
    }
  };
  const admits = (id: number) => {
    switch (values.admission) {
      case 'second-hit': {
        const window = Number(values.rememberedMisses) || world.capacity;
        misses.push(id);
        return misses.slice(-1 - window, -1).includes(id);
      }
      case 'depth-cap':
        return world.depth(id) < Number(values.maxDepth);
      case 'used-again':
        return world.nextUse(id) !== Infinity;
      default:
        return true;
    }
  };

  const takeBlock = (id: number, nowMs: number): number => {
    if (residents.has(id)) {
      touch(id, nowMs);
      return 1;
    }
    const parent = parents.get(id);
    if (!admits(id)) return 0;
    if (leafOnly && parent !== undefined && !residents.has(parent)) return 0;
    if (bypass) {
      touch(id, nowMs);
      if (residents.size > capacity) evict([], nowMs, -1);
    } else if (
      residents.size < capacity ||
      evict(leafOnly && parent !== undefined ? [parent] : [], nowMs, id)
    ) {
      touch(id, nowMs);
    }
    return 0;
  };
  const takePrefix = (ids: readonly number[], nowMs: number): number => {
    const miss = ids.findIndex((id) => !residents.has(id));
    let leading = miss === -1 ? ids.length : miss;
    const whole = miss === -1 && leading > 0;
    const entering = new Set<number>();
    let open = true;
    for (const id of ids.filter((one) => !residents.has(one))) {
      if (admits(id) && open) entering.add(id);
      else if (leafOnly) open = false;
    }
    const order = values.touch === 'head-first' ? [...ids] : [...ids].reverse();
    const missing = order.filter((id) => entering.has(id));
    const perBlock = values.room === 'block';
    if (!bypass && !perBlock) {
      for (const [i, id] of missing.entries()) {
        if (residents.size + i + 1 > capacity) evict(ids, nowMs, id);
      }
    }
    for (const id of order) {
      if (!residents.has(id) && !entering.has(id)) continue;
      const full = !residents.has(id) && residents.size >= capacity;
      if (full && perBlock && !bypass) evict(ids, nowMs, id);
      touch(id, nowMs);
    }
    while (residents.size > capacity) evict([], nowMs, -1);
    if (vllm && whole) leading--;
    return leading;
  };

  return requests.map((ids, i) => {
    request = i;
    const nowMs = arrivalMs[i]!;
    naive.begin?.(i);
    // What is known of the future at expiry is never asked.
    expire(nowMs);
    let hits = 0;
    if (rule === 'prefix') {
      position = ids.length;
      hits = takePrefix(ids, nowMs);
    } else {
      for (const [at, id] of ids.entries()) {
        position = at;
        hits += takeBlock(id, nowMs);
      }
    }
    return { hits, residents: [...residents].sort((a, b) => a - b) };
  });
}

/** Turns of sessions inferred from chains: see sessions.ts for the rule. */
function naiveTurns(requests: readonly (readonly number[])[]): number[] {
  const session: number[] = [];
  for (const [i, ids] of requests.entries()) {
    const seen = ids.findIndex((id) => !requests.slice(0, i).some((one) => one.includes(id)));
    const known = ids.slice(0, seen === -1 ? ids.length : seen);
    const users = requests.slice(0, i).map((one) => one.includes(known.at(-1)!));
    session.push(known.length >= 2 ? session[users.lastIndexOf(true)]! : i);
  }
  return session.map((own, i) => session.slice(0, i + 1).filter((one) => one === own).length);
}
