/** The rules that keep queues, on plain arrays: front first. */
import { multipliers } from '../../../caching/count-min-sketch.ts';
import type { NaivePolicy, World } from './naive-cache.ts';

type Values = Readonly<Record<string, string | number>>;

export const queuePolicies: Readonly<
  Record<string, (values: Values, world: World) => NaivePolicy>
> = { clock, sieve, 's3-fifo': s3Fifo, '2q': twoQueue, slru, arc, lirs, 'w-tinylfu': wTinyLfu };

function without(list: number[], id: number | undefined): void {
  const at = list.indexOf(id!);
  if (at !== -1) list.splice(at, 1);
}

function toBack(list: number[], id: number): void {
  without(list, id);
  list.push(id);
}

function clock(): NaivePolicy {
  const queue: number[] = [];
  const bits = new Set<number>();
  return {
    hit: (id) => void bits.add(id),
    admit: (id) => {
      bits.delete(id);
      queue.push(id);
    },
    drop: (id) => without(queue, id),
    evict: (mayGo) => {
      if (!queue.some(mayGo)) {
        for (const id of [...queue]) toBack(queue, id);
        return undefined;
      }
      for (;;) {
        const id = queue.shift()!;
        if (mayGo(id) && !bits.has(id)) return id;
        if (mayGo(id)) bits.delete(id);
        queue.push(id);
      }
    },
  };
}

function sieve(): NaivePolicy {
  let list: number[] = [];
  const visited = new Set<number>();
  let hand: number | undefined;
  const leave = (id: number) => {
    if (hand === id) hand = list[list.indexOf(id) + 1];
    list = list.filter((one) => one !== id);
  };
  return {
    hit: (id) => void visited.add(id),
    admit: (id) => {
      visited.delete(id);
      list.push(id);
    },
    drop: leave,
    evict: (mayGo) => {
      let at = Math.max(0, list.indexOf(hand!));
      if (!list.some(mayGo)) {
        hand = list[at];
        return undefined;
      }
      for (; ; at = (at + 1) % list.length) {
        const id = list[at]!;
        if (!mayGo(id)) continue;
        if (!visited.has(id)) {
          hand = id;
          leave(id);
          return id;
        }
        visited.delete(id);
      }
    },
  };
}

function s3Fifo({ smallShare, threshold }: Values, { capacity }: World): NaivePolicy {
  const small: number[] = [];
  const main: number[] = [];
  const ghosts: number[] = [];
  const returning = new Set<number>();
  const count = new Map<number, number>();
  const smallSize = Math.floor(capacity * Number(smallShare));
  const fromSmall = (mayGo: (id: number) => boolean) => {
    for (const id of [...small].filter(mayGo)) {
      without(small, id);
      if (count.get(id)! >= Number(threshold)) {
        count.set(id, 0);
        main.push(id);
        continue;
      }
      ghosts.push(id);
      if (ghosts.length > capacity - smallSize) ghosts.shift();
      return id;
    }
    return undefined;
  };
  const fromMain = (mayGo: (id: number) => boolean) => {
    if (!main.some(mayGo)) {
      // Four turns of the queue leave it as it is.
      return undefined;
    }
    for (;;) {
      const id = main.shift()!;
      if (mayGo(id)) {
        if (count.get(id) === 0) return id;
        count.set(id, count.get(id)! - 1);
      }
      main.push(id);
    }
  };
  return {
    hit: (id) => void count.set(id, Math.min(3, count.get(id)! + 1)),
    admit: (id) => {
      const returns = ghosts.includes(id) || returning.delete(id);
      returning.delete(id);
      without(ghosts, id);
      count.set(id, 0);
      (returns ? main : small).push(id);
    },
    drop: (id) => {
      without(small, id);
      without(main, id);
    },
    evict: (mayGo, _nowMs, incoming) => {
      if (ghosts.includes(incoming)) returning.add(incoming);
      return small.length >= smallSize
        ? (fromSmall(mayGo) ?? fromMain(mayGo))
        : (fromMain(mayGo) ?? fromSmall(mayGo));
    },
  };
}

function twoQueue({ inShare, outShare }: Values, { capacity }: World): NaivePolicy {
  const a1in: number[] = [];
  const a1out: number[] = [];
  const am: number[] = [];
  const returning = new Set<number>();
  const kin = Math.max(1, Math.floor(capacity * Number(inShare)));
  const kout = Math.max(1, Math.floor(capacity * Number(outShare)));
  return {
    hit: (id) => {
      if (am.includes(id)) toBack(am, id);
    },
    admit: (id) => {
      const returns = a1out.includes(id) || returning.has(id);
      returning.delete(id);
      without(a1out, id);
      (returns ? am : a1in).push(id);
    },
    drop: (id) => {
      without(a1in, id);
      without(am, id);
    },
    evict: (mayGo, _nowMs, incoming) => {
      if (a1out.includes(incoming)) returning.add(incoming);
      const order = a1in.length > kin ? [...a1in, ...am] : [...am, ...a1in];
      const victim = order.find(mayGo);
      if (victim === undefined) return undefined;
      if (a1in.includes(victim)) {
        a1out.push(victim);
        if (a1out.length > kout) a1out.shift();
      }
      without(a1in, victim);
      without(am, victim);
      return victim;
    },
  };
}

function slru({ protectedShare }: Values, { capacity }: World): NaivePolicy {
  const probation: number[] = [];
  const guarded: number[] = [];
  return {
    hit: (id) => {
      without(probation, id);
      toBack(guarded, id);
      if (guarded.length > Math.floor(capacity * Number(protectedShare))) {
        probation.push(guarded.shift()!);
      }
    },
    admit: (id) => void probation.push(id),
    drop: (id) => {
      without(probation, id);
      without(guarded, id);
    },
    evict: (mayGo) => {
      const victim = [...probation, ...guarded].find(mayGo);
      without(probation, victim);
      without(guarded, victim);
      return victim;
    },
  };
}

function arc(_values: Values, { capacity }: World): NaivePolicy {
  const t1: number[] = [];
  const t2: number[] = [];
  const b1: number[] = [];
  const b2: number[] = [];
  let p = 0;
  return {
    hit: (id) => {
      without(t1, id);
      toBack(t2, id);
    },
    admit: (id) => {
      const returns = b1.includes(id) || b2.includes(id);
      without(b1, id);
      without(b2, id);
      (returns ? t2 : t1).push(id);
    },
    drop: (id) => {
      without(t1, id);
      without(t2, id);
    },
    evict: (mayGo, _nowMs, incoming) => {
      let remember = true;
      let first = t1;
      const inB2 = b2.includes(incoming);
      if (b1.includes(incoming)) {
        p = Math.min(capacity, p + Math.max(1, b2.length / b1.length));
      } else if (inB2) {
        p = Math.max(0, p - Math.max(1, b1.length / b2.length));
      } else if (t1.length + b1.length >= capacity) {
        if (b1.length === 0) remember = false;
        else b1.shift();
      } else if (t1.length + t2.length + b1.length + b2.length >= 2 * capacity) {
        b2.shift();
      }
      const fromT1 = t1.length > 0 && (t1.length > p || (inB2 && t1.length === p));
      if (remember && !fromT1) first = t2;
      const victim = [...first, ...(first === t1 ? t2 : t1)].find(mayGo);
      if (victim === undefined) return undefined;
      if (remember) (t1.includes(victim) ? b1 : b2).push(victim);
      without(t1, victim);
      without(t2, victim);
      return victim;
    },
  };
}

function lirs({ highShare }: Values, { capacity }: World): NaivePolicy {
  const stack: number[] = [];
  const queue: number[] = [];
  const low = new Set<number>();
  const mostLow = capacity - Math.max(1, Math.floor(capacity * Number(highShare)));
  const prune = () => {
    while (stack.length > 0 && !low.has(stack[0]!)) stack.shift();
  };
  const use = (id: number, becomesLow: boolean) => {
    toBack(stack, id);
    without(queue, id);
    if (becomesLow) low.add(id);
    else queue.push(id);
    prune();
    if (low.size <= mostLow) return;
    const bottom = stack.shift()!;
    low.delete(bottom);
    queue.push(bottom);
    prune();
  };
  const drop = (id: number) => {
    without(queue, id);
    without(stack, id);
    low.delete(id);
    prune();
  };
  return {
    hit: (id) => {
      if (low.has(id)) {
        toBack(stack, id);
        prune();
      } else {
        use(id, stack.includes(id));
      }
    },
    admit: (id) => use(id, low.size < mostLow || stack.includes(id)),
    drop,
    evict: (mayGo) => {
      const victim = queue.find(mayGo);
      if (victim !== undefined) {
        without(queue, victim);
        return victim;
      }
      const lowest = stack.find((id) => low.has(id) && mayGo(id));
      if (lowest !== undefined) drop(lowest);
      return lowest;
    },
  };
}

function wTinyLfu({ windowShare, protectedShare }: Values, { capacity }: World): NaivePolicy {
  const windowSize = Math.max(1, Math.floor(capacity * Number(windowShare)));
  const guardedSize = Math.floor((capacity - windowSize) * Number(protectedShare));
  const window: number[] = [];
  const probation: number[] = [];
  const guarded: number[] = [];
  const bits = Math.max(4, Math.ceil(Math.log2(capacity)));
  const rows = multipliers.map(() => new Array<number>(2 ** bits).fill(0));
  let additions = 0;
  const place = (row: number, id: number) =>
    Math.floor(
      (Number(BigInt.asUintN(32, BigInt(id + 1) * BigInt(multipliers[row]!))) * 2 ** bits) /
        2 ** 32,
    );
  const count = (id: number) => Math.min(...rows.map((row, r) => row[place(r, id)]!));
  const use = (id: number) => {
    for (const [r, row] of rows.entries()) row[place(r, id)] = Math.min(15, row[place(r, id)]! + 1);
    if (++additions < 10 * capacity) return;
    additions = 0;
    for (const row of rows) for (const [i, n] of row.entries()) row[i] = Math.floor(n / 2);
  };
  const leave = (id: number | undefined) => {
    for (const list of [window, probation, guarded]) without(list, id);
  };
  return {
    hit: (id) => {
      use(id);
      if (window.includes(id)) {
        toBack(window, id);
        return;
      }
      leave(id);
      guarded.push(id);
      if (guarded.length > guardedSize) probation.push(guarded.shift()!);
    },
    admit: (id) => {
      use(id);
      window.push(id);
      if (window.length > windowSize) probation.push(window.shift()!);
    },
    drop: leave,
    evict: (mayGo) => {
      const candidate = window.find(mayGo);
      const victim = [...probation, ...guarded].find(mayGo);
      const both = candidate !== undefined && victim !== undefined;
      const full = window.length >= windowSize;
      const loses = both && full && count(candidate) <= count(victim);
      const goes = loses ? candidate : (victim ?? candidate);
      leave(goes);
      return goes;
    },
  };
}
