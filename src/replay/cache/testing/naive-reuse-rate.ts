/** The rule of `reuse-rate` on plain lists: all touches are kept and counted anew. */
import type { NaivePolicy, World } from './naive-cache.ts';

interface Block {
  readonly id: number;
  uses: number;
  touchedMs: number;
  class: number;
  settled: number;
  place: 'gone' | 'listed' | 'elder' | 'running';
}

const ages = 12;
const classes = 10;

export function reuseRate(
  values: Readonly<Record<string, string | number>>,
  { depth }: World,
): NaivePolicy {
  const oldMs = Number(values.oldMs);
  const prior = Number(values.prior);
  const from = [0];
  for (let age = 1; age <= ages; age++) from.push(oldMs * 1.5 ** (age - ages + 1));
  const blocks = new Map<number, Block>();
  const touches: { ms: number; class: number }[] = [];
  const reuses: { class: number; age: number }[] = [];
  let request: Block[] = [];
  let added = 0;
  let requests = 0;
  let settles = 0;
  let now = 0;
  /** Class and age of what goes, in order. */
  let order: string[] = [];

  const ageOf = (ms: number) => Math.max(...ageNumbers.filter((age) => ms >= from[age]!));
  const ageNumbers = Array.from({ length: ages }, (_, age) => age);
  const cell = (one: Block, ms: number) => `${one.class} ${ageOf(ms - one.touchedMs)}`;

  const settle = () => {
    if (request.length === 0) return;
    const step = [3, 15].filter((most) => added > most).length;
    for (const [i, one] of request.sort((a, b) => depth(b.id) - depth(a.id)).entries()) {
      one.class = 3 * [1, 3].filter((most) => one.uses > most).length + step;
      if (i === 0) one.class = 9;
      touches.push({ ms: now, class: one.class });
      one.settled = settles++;
      if (one.place === 'running') one.place = 'listed';
    }
    requests++;
    request = [];
    added = 0;
  };

  const learn = () => {
    const reached = (age: number, of: number[]) =>
      touches.filter((one) => of.includes(one.class) && now - one.ms >= from[age]!).length;
    const reused = (age: number, of: number[]) =>
      reuses.filter((one) => of.includes(one.class) && one.age === age).length;
    const every = Array.from({ length: classes }, (_, one) => one);
    const pooled = ageNumbers.map(
      (age) => (prior / ages + reused(age, every)) / (prior + reached(age, every)),
    );
    const rated = every.flatMap((own) => {
      let left = 1;
      const shares: number[] = [];
      const kept = ageNumbers.map((age) => {
        const uses = reused(age, [own]) + prior * pooled[age]!;
        const share = Math.min(left, uses / (reached(age, [own]) + prior));
        shares.push(share);
        const ms = (left - share / 2) * (from[age + 1]! - from[age]!);
        left -= share;
        return ms;
      });
      const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);
      return ageNumbers.map((age) => {
        const rates = ageNumbers.slice(age).map((until) => {
          const uses = sum(shares.slice(age, until + 1));
          return uses === 0 ? 0 : uses / sum(kept.slice(age, until + 1));
        });
        return { own, age, rate: Math.max(...rates) };
      });
    });
    rated.sort((a, b) => a.rate - b.rate || b.age - a.age || a.own - b.own);
    order = rated.map(({ own, age }) => `${own} ${age}`);
  };

  const touch = (id: number, nowMs: number) => {
    const one = blocks.get(id);
    const block = one ?? { id, uses: 0, touchedMs: 0, class: 0, settled: 0, place: 'gone' };
    if (one === undefined) added++;
    else reuses.push({ class: one.class, age: ageOf(nowMs - one.touchedMs) });
    blocks.set(id, block);
    block.uses++;
    block.touchedMs = nowMs;
    block.place = 'running';
    request.push(block);
    now = nowMs;
  };

  return {
    begin: () => {
      settle();
      if (requests % Number(values.relearn) === 0) learn();
    },
    hit: touch,
    admit: touch,
    drop: (id) => {
      blocks.get(id)!.place = 'gone';
    },
    evict: (mayGo, nowMs) => {
      const at = (place: Block['place']) =>
        [...blocks.values()]
          .filter((one) => one.place === place)
          .sort((a, b) => a.settled - b.settled);
      const rank = (one: Block) => order.indexOf(cell(one, nowMs));
      const listed = at('listed').sort((a, b) => rank(a) - rank(b));
      let victim = at('elder').find((one) => mayGo(one.id));
      while (victim === undefined && listed.length > 0) {
        const next = listed.shift()!;
        if (mayGo(next.id)) victim = next;
        else next.place = 'elder';
      }
      victim ??= request.find((one) => one.place === 'running' && mayGo(one.id));
      if (victim !== undefined) victim.place = 'gone';
      return victim?.id;
    },
  };
}
