/**
 * Reuse rate, a policy of our own. Sources of the idea: hit density (Beckmann, Chen and Cidon,
 * "LHD: improving cache hit rate by maximizing hit density", NSDI'18) and Gittins' index.
 * Rule: the victim is the block whose room brings the fewest reuses per second from now on. That is
 * learned by class and age (time since the last touch).
 * - Class: how often a block was used (1, 2 or 3, 4 or more times), with how many blocks never seen
 *   before the request came that touched it last (at most 3, at most 15, more): a chat that goes on
 *   adds few, a prompt that comes once is all new. The deepest block of a request is a class of its
 *   own: its end is mostly partial, and what follows has another id.
 * - Ages: 12. The last begins at `oldMs` and has no end, so what is that old goes by recency; each
 *   before it begins 1.5 times sooner than the next, the first at 0.
 * - For each class and age: of the touches that got that old, the share whose block was used again
 *   at that age, resident or not. `prior` touches with the share of all classes together are added.
 *   The rate of a block is reuses over time kept, both expected by those shares, if it is kept to
 *   the end of that age or of a later one, whichever gives the most.
 * The class and age with the smallest rate gives its least recently touched block, of one request
 * the deepest. A held block that comes to its turn waits apart, and goes before all others once it
 * is released, unless it is used before. Blocks of the running request go last. Rates are learned
 * every `relearn` requests. What is remembered of blocks that left (last touch, class, uses) is
 * never forgotten.
 * Chosen on the shipped kimi-like trace and the first half of the public conversation trace alone:
 * classes, ages and parameters (experiments/mooncake/cache-policy). Units: ms.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdHeap } from '../id-heap.ts';
import { IdLists } from '../id-lists.ts';

const ages = 12;
const growth = 1.5;
/** Three steps of uses by three of new blocks, and the deepest block of a request. */
const classes = 10;
const deepest = 9;
/** One list each and one more: IdLists has room for 127. */
const cells = classes * ages;
/** The list of the running request's blocks, after those of classes and ages. */
const running = cells;

interface Settings {
  readonly oldMs: number;
  readonly prior: number;
  readonly relearn: number;
}

class ReuseRate implements Eviction {
  readonly #settings: Settings;
  readonly #held: Int32Array;
  readonly #depth: Int32Array;
  /** A list for each class and age, least recently touched first. */
  readonly #lists: IdLists;
  /** When each age begins; that of the last one's nominal end behind them. */
  readonly #fromMs: Float64Array;
  readonly #touchedMs: Float64Array;
  /** At most 4. */
  readonly #uses: Uint8Array;
  readonly #class: Uint8Array;
  /** Blocks that were held when their turn came, by when their requests ended. */
  #elders: IdHeap | undefined;
  readonly #settled: Int32Array;
  #settles = 0;
  /** Blocks of the running request, in order of touch. */
  readonly #touched: Int32Array;
  #touches = 0;
  #neverSeen = 0;
  #nowMs = 0;
  /** Per request: its time, and its touches by class. */
  readonly #requestMs: number[] = [];
  readonly #requestTouches: number[] = [];
  /** Per age: requests that got that old, and per class their touches and how many were reused. */
  readonly #requests = new Int32Array(ages);
  readonly #reached = new Float64Array(cells);
  readonly #reused = new Float64Array(cells);
  /** Lists by rate, smallest first, and each one's place; nothing is in those before #least. */
  readonly #order = Int32Array.from({ length: cells + 1 }, (_, list) => list);
  readonly #place = new Int32Array(cells + 1);
  #least = 0;
  #agedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: Settings, { blocks, held, forest }: EvictionContext) {
    this.#settings = settings;
    this.#held = held;
    this.#depth = forest.depth;
    this.#lists = new IdLists(blocks, cells + 1);
    this.#fromMs = agesFrom(settings.oldMs);
    this.#touchedMs = new Float64Array(blocks).fill(Number.NEGATIVE_INFINITY);
    this.#uses = new Uint8Array(blocks);
    this.#class = new Uint8Array(blocks);
    this.#settled = new Int32Array(blocks);
    this.#touched = new Int32Array(blocks);
  }

  begin(): void {
    this.#settle();
    if (this.#requestMs.length % this.#settings.relearn === 0) this.#learn();
  }

  hit(id: number, nowMs: number): void {
    if (this.#uses[id] === 0) this.#neverSeen++;
    else this.#reused[this.#class[id]! * ages + this.#ageOf(id, nowMs)]!++;
    if (this.#uses[id]! < 4) this.#uses[id]!++;
    this.#touchedMs[id] = nowMs;
    this.#nowMs = nowMs;
    this.#touched[this.#touches++] = id;
    if (this.#elders?.has(id)) this.#elders.remove(id);
    this.#put(running, id);
  }

  admit(id: number, nowMs: number): void {
    this.hit(id, nowMs);
  }

  evict(nowMs: number): number {
    if (nowMs !== this.#agedMs) this.#age(nowMs);
    const lists = this.#lists;
    while (this.#least < cells && lists.length(this.#order[this.#least]!) === 0) this.#least++;
    const elder = this.#elders?.shift() ?? -1;
    if (elder !== -1) return elder;
    for (let at = this.#least; at < cells; at++) {
      const list = this.#order[at]!;
      for (let id = lists.first(list); id !== -1; id = lists.first(list)) {
        lists.remove(id);
        if (this.#held[id] === 0) return id;
        this.#elders ??= new IdHeap(this.#settled.length, this.#held);
        this.#elders.set(id, this.#settled[id]!, 0);
      }
    }
    const id = lists.firstFree(running, this.#held);
    if (id !== -1) lists.remove(id);
    return id;
  }

  remove(id: number): void {
    if (this.#elders?.has(id)) this.#elders.remove(id);
    else this.#lists.remove(id);
  }

  released(id: number): void {
    this.#elders?.released(id);
  }

  #ageOf(id: number, nowMs: number): number {
    const ms = nowMs - this.#touchedMs[id]!;
    let age = 0;
    while (age < ages - 1 && ms >= this.#fromMs[age + 1]!) age++;
    return age;
  }

  #put(list: number, id: number): void {
    this.#lists.push(list, id);
    this.#least = Math.min(this.#least, this.#place[list]!);
  }

  /** A request is over: its blocks go to the lists of their classes, the deepest first. */
  #settle(): void {
    const count = this.#touches;
    if (count === 0) return;
    const leafFirst = this.#depth[this.#touched[0]!]! >= this.#depth[this.#touched[count - 1]!]!;
    const added = this.#neverSeen <= 3 ? 0 : this.#neverSeen <= 15 ? 1 : 2;
    const base = this.#requestTouches.length;
    for (let one = 0; one < classes; one++) this.#requestTouches.push(0);
    this.#requestMs.push(this.#nowMs);
    for (let i = 0; i < count; i++) {
      const id = this.#touched[leafFirst ? i : count - 1 - i]!;
      const one = i === 0 ? deepest : 3 * (this.#uses[id]! >> 1) + added;
      this.#class[id] = one;
      this.#requestTouches[base + one]!++;
      this.#settled[id] = this.#settles++;
      if (this.#lists.listOf(id) === running) this.#put(one * ages, id);
    }
    this.#touches = 0;
    this.#neverSeen = 0;
  }

  /** Moves what is too old for its age, as far as it must. */
  #age(nowMs: number): void {
    this.#agedMs = nowMs;
    for (let list = 0; list < cells; list++) {
      const age = list % ages;
      if (age === ages - 1) continue;
      const endMs = this.#fromMs[age + 1]!;
      for (;;) {
        const id = this.#lists.first(list);
        if (id === -1 || nowMs - this.#touchedMs[id]! < endMs) break;
        this.#put(list + 1, id);
      }
    }
  }

  #learn(): void {
    const log = this.#requestTouches;
    for (let age = 0; age < ages; age++) {
      let at = this.#requests[age]!;
      for (; at < this.#requestMs.length; at++) {
        if (this.#nowMs - this.#requestMs[at]! < this.#fromMs[age]!) break;
        for (let one = 0; one < classes; one++) {
          this.#reached[one * ages + age]! += log[at * classes + one]!;
        }
      }
      this.#requests[age] = at;
    }
    const rates = reuseRates(this.#reused, this.#reached, this.#fromMs, this.#settings.prior);
    this.#order.subarray(0, cells).sort((a, b) => {
      return rates[a]! - rates[b]! || (b % ages) - (a % ages) || a - b;
    });
    for (const [place, list] of this.#order.entries()) this.#place[list] = place;
    this.#least = 0;
  }
}

/** When each age begins, and where the last one nominally ends. */
function agesFrom(oldMs: number): Float64Array {
  return Float64Array.from({ length: ages + 1 }, (_, age) => {
    return age === 0 ? 0 : oldMs * growth ** (age - ages + 1);
  });
}

/** Per class and age: the most reuses per ms that keeping a block to some later age brings. */
function reuseRates(
  reused: Float64Array,
  reached: Float64Array,
  fromMs: Float64Array,
  prior: number,
): Float64Array {
  const rates = new Float64Array(cells);
  const pooled = Array.from({ length: ages }, (_, age) => {
    let uses = prior / ages;
    let touches = prior;
    for (let cell = age; cell < cells; cell += ages) {
      uses += reused[cell]!;
      touches += reached[cell]!;
    }
    return uses / touches;
  });
  const share = new Float64Array(ages);
  const keptMs = new Float64Array(ages);
  for (let cell = 0; cell < cells; cell += ages) {
    let left = 1;
    for (let age = 0; age < ages; age++) {
      const uses = reused[cell + age]! + prior * pooled[age]!;
      share[age] = Math.min(left, uses / (reached[cell + age]! + prior));
      keptMs[age] = (left - share[age]! / 2) * (fromMs[age + 1]! - fromMs[age]!);
      left -= share[age]!;
    }
    for (let age = 0; age < ages; age++) {
      let uses = 0;
      let ms = 0;
      for (let until = age; until < ages; until++) {
        uses += share[until]!;
        ms += keptMs[until]!;
        if (uses > 0) rates[cell + age] = Math.max(rates[cell + age]!, uses / ms);
      }
    }
  }
  return rates;
}

export const reuseRate = defineEviction({
  kind: 'reuse-rate',
  doc: 'fewest expected reuses per second goes first, learned by uses, new blocks and age',
  source: "our own, after Beckmann, Chen and Cidon, NSDI'18",
  parameters: {
    oldMs: {
      type: 'number',
      default: 1_200_000,
      min: 1,
      unit: 'ms',
      doc: 'where the last age begins',
    },
    prior: {
      type: 'number',
      default: 100,
      min: 1,
      doc: 'touches that a class borrows from all classes',
    },
    relearn: { type: 'integer', default: 50, min: 1, doc: 'requests between two looks at rates' },
  },
  defaults: { form: 'leaf-only' },
  create: (values, context) => new ReuseRate(values, context),
});
