import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowNetwork, type LinkDiscipline } from './flow-network.ts';

fc.configureGlobal({ seed: 52, numRuns: 200 });

const disciplines: readonly LinkDiscipline[] = ['fair', 'fifo', 'priority'];

/** Links of 10 bytes per ms. */
function network(links: number, discipline: LinkDiscipline, chunkBytes?: number): FlowNetwork {
  return new FlowNetwork(new Float64Array(links).fill(10), discipline, chunkBytes);
}

/** All flows that complete from now on: [flow, time]. */
function drain(net: FlowNetwork): [number, number][] {
  const ends: [number, number][] = [];
  while (net.flows > 0) {
    const endMs = net.nextMs;
    ends.push([net.finish(), endMs]);
  }
  return ends;
}

describe('FlowNetwork', () => {
  it('sends one flow at the speed of the scarcer link', () => {
    const net = new FlowNetwork(new Float64Array([10, 4]), 'fair');
    expect(net.nextMs).toBe(Number.POSITIVE_INFINITY);
    const flow = net.start([0, 1], 100, 0, 5);
    expect(net.nextMs).toBe(30);
    expect(net.backlogBytes(0, 10)).toBe(80);
    expect(net.backlogBytes(1, 10)).toBe(80);
    expect(net.finish()).toBe(flow);
    expect(net.flows).toBe(0);
    expect(net.backlogBytes(0, 30)).toBe(0);
  });

  it('completes a flow of nothing at once, and leaves the others their rates', () => {
    for (const discipline of disciplines) {
      const net = network(2, discipline);
      const first = net.start([0, 1], 100, 0, 0);
      const empty = net.start([0, 1], 0, 9, 3);
      expect(net.nextMs).toBe(3);
      expect(net.finish()).toBe(empty);
      expect(drain(net)).toEqual([[first, 10]]);
    }
  });

  it('shares two links fairly: the flow on the free link takes what the shared one leaves', () => {
    // Sender 0 to receivers 1 and 2; sender 3 to receiver 2.
    const net = network(4, 'fair');
    const a = net.start([0, 1], 100, 0, 0);
    const b = net.start([0, 2], 100, 0, 0);
    const c = net.start([3, 2], 100, 0, 0);
    expect([a, b, c].map((flow) => net.rateOf(flow, 0))).toEqual([5, 5, 5]);
    net.cancel(a, 4);
    expect(net.rateOf(b, 4)).toBe(5);
    const d = net.start([0, 1], 30, 0, 4);
    const e = net.start([0, 1], 30, 0, 4);
    // Link 0 has three flows: 10 / 3 each, and link 2 leaves c the rest.
    expect(net.rateOf(b, 4)).toBeCloseTo(10 / 3, 12);
    expect(net.rateOf(c, 4)).toBeCloseTo(20 / 3, 12);
    expect(drain(net).map(([flow]) => flow)).toEqual([d, e, c, b]);
  });

  it('serves fifo in the order of start, and lets flows on other links pass by', () => {
    const net = network(4, 'fifo');
    const a = net.start([0, 1], 100, 0, 0);
    const b = net.start([0, 2], 100, 0, 1);
    const c = net.start([3, 2], 50, 9, 2);
    expect(drain(net)).toEqual([
      [c, 7],
      [a, 10],
      [b, 20],
    ]);
  });

  it('lets a flow of higher priority wait for the end of the chunk', () => {
    const net = network(2, 'priority', 40);
    const low = net.start([0, 1], 100, 0, 0);
    const high = net.start([0, 1], 50, 1, 5);
    // Chunks of the low flow end at 4 and 8 ms; the high one has the link from 8 to 13.
    expect(net.nextMs).toBe(13);
    expect(net.rateOf(high, 6)).toBe(0);
    expect(net.rateOf(high, 8)).toBe(10);
    expect(net.leftBytes(low, 8)).toBe(20);
    expect(net.backlogBytes(0, 9)).toBe(60);
    expect(drain(net)).toEqual([
      [high, 13],
      [low, 15],
    ]);
  });

  it('keeps a link free for a flow whose other link is still held', () => {
    const net = network(4, 'priority', 40);
    const first = net.start([0, 1], 200, 0, 0);
    const second = net.start([2, 3], 200, 0, 2);
    const high = net.start([0, 3], 20, 1, 3);
    expect(net.rateOf(first, 3)).toBe(10);
    expect(net.rateOf(first, 4)).toBe(0);
    expect(net.rateOf(high, 5)).toBe(0);
    expect(net.rateOf(high, 6)).toBe(10);
    expect(drain(net)).toEqual([
      [high, 8],
      [first, 24],
      [second, 24],
    ]);
  });

  it('lets a flow without chunks finish first, but one that just starts give way', () => {
    const net = network(2, 'priority');
    const first = net.start([0, 1], 100, 0, 0);
    const high = net.start([0, 1], 50, 1, 0);
    const higher = net.start([0, 1], 50, 2, 1);
    expect(drain(net)).toEqual([
      [high, 5],
      [higher, 10],
      [first, 20],
    ]);
  });

  it('forgets what it foresaw when a flow starts before', () => {
    const net = network(2, 'priority', 40);
    const low = net.start([0, 1], 200, 0, 0);
    const middle = net.start([0, 1], 40, 1, 5);
    expect(net.nextMs).toBe(12);
    const high = net.start([0, 1], 10, 2, 6);
    expect(drain(net)).toEqual([
      [high, 9],
      [middle, 13],
      [low, 25],
    ]);
  });

  it('completes equal times by the order of start, whatever the flow numbers', () => {
    for (const discipline of disciplines) {
      const net = network(6, discipline);
      net.start([4, 5], 1, 0, 0);
      net.start([4, 5], 1000, 0, 0);
      expect(net.finish()).toBe(0);
      const second = net.start([0, 1], 90, 0, 1);
      const third = net.start([2, 3], 90, 5, 1);
      expect([second, third]).toEqual([0, 2]);
      expect([net.finish(), net.finish()]).toEqual([0, 2]);
    }
  });

  it('refuses links without speed, chunks and flows of negative size', () => {
    expect(() => new FlowNetwork(new Float64Array([1, 0]), 'fair')).toThrow(/link 1.*above 0/);
    expect(() => network(2, 'priority', 0)).toThrow(/chunk/);
    expect(() => network(2, 'fair').start([0, 1], -1, 0, 0)).toThrow(/flow of -1 B/);
    expect(() => network(2, 'fair').finish()).toThrow(/no flow/);
  });
});

const links = 6;

interface Sent {
  readonly path: readonly [number, number];
  readonly bytes: number;
  readonly priority: number;
}

const sent: fc.Arbitrary<Sent> = fc
  .record({
    first: fc.nat(links - 1),
    step: fc.integer({ min: 1, max: links - 1 }),
    bytes: fc.constantFrom(0, 1, 7, 40, 100, 1e6 / 3),
    priority: fc.nat(2),
  })
  .map(({ first, step, bytes, priority }) => ({
    path: [first, (first + step) % links] as const,
    bytes,
    priority,
  }));

const speeds = fc
  .array(fc.constantFrom(1, 3, 10, 1e6 / 7), { minLength: links, maxLength: links })
  .map((values) => new Float64Array(values));

/** Waits some time, then starts a flow, cancels one, or (null) only waits. */
const action = fc.record({
  waitMs: fc.constantFrom(0, 0, 1, 2.5, 1 / 3, 400),
  start: fc.option(sent, { freq: 5 }),
  cancel: fc.option(fc.nat(20), { freq: 1, nil: null }),
});

interface Live extends Sent {
  readonly number: number;
  moved: number;
  readonly started: number;
  lastRate: number;
  lastLeft: number;
}

/** Drives a network, and hands every state between two events to a check. */
function drive(
  net: FlowNetwork,
  actions: readonly { waitMs: number; start: Sent | null; cancel: number | null }[],
  check: (live: readonly Live[], rates: readonly number[], nowMs: number) => void,
): void {
  const live: Live[] = [];
  let nowMs = 0;
  let starts = 0;
  const look = (): void => {
    const due = net.nextMs;
    expect(due).toBeGreaterThanOrEqual(nowMs);
    expect(net.flows).toBe(live.length);
    if (due > nowMs) {
      const rates = live.map(({ number }) => net.rateOf(number, nowMs));
      check(live, rates, nowMs);
    }
  };
  const finishOne = (): void => {
    nowMs = net.nextMs;
    const number = net.finish();
    const at = live.findIndex((flow) => flow.number === number);
    expect(at).toBeGreaterThanOrEqual(0);
    live.splice(at, 1);
    look();
  };
  for (const { waitMs, start, cancel } of actions) {
    const untilMs = nowMs + waitMs;
    while (net.nextMs <= untilMs) finishOne();
    nowMs = untilMs;
    if (start !== null) {
      const number = net.start(start.path, start.bytes, start.priority, nowMs);
      expect(live.some((flow) => flow.number === number)).toBe(false);
      live.push({ ...start, number, moved: 0, started: starts++, lastRate: 0, lastLeft: 0 });
    } else if (cancel !== null && live.length > 0) {
      const [gone] = live.splice(cancel % live.length, 1);
      net.cancel((gone as Live).number, nowMs);
    }
    look();
  }
  while (net.flows > 0) finishOne();
  expect(live).toEqual([]);
}

const chunk = fc.constantFrom(3, 25, Number.POSITIVE_INFINITY);
const discipline = fc.constantFrom(...disciplines);

describe('FlowNetwork, any flows', () => {
  it('sends on no link more than it carries, and lets no flow wait with both links free', () => {
    fc.assert(
      fc.property(
        speeds,
        discipline,
        chunk,
        fc.array(action, { maxLength: 40 }),
        (capacity, kind, chunkBytes, actions) => {
          drive(new FlowNetwork(capacity, kind, chunkBytes), actions, (live, rates) => {
            const used = new Float64Array(links);
            live.forEach(({ path }, i) => {
              for (const link of path) used[link] = (used[link] as number) + (rates[i] as number);
            });
            used.forEach((sum, link) => {
              expect(sum).toBeLessThanOrEqual((capacity[link] as number) * (1 + 1e-9));
            });
            if (kind === 'priority' && chunkBytes < Number.POSITIVE_INFINITY) return;
            for (const { path } of live) {
              const spare = path.map(
                (link) => 1 - (used[link] as number) / (capacity[link] as number),
              );
              expect(Math.min(...spare)).toBeLessThan(1e-9);
            }
          });
        },
      ),
    );
  });

  it('sends every byte once: what is left falls by rate times time, to nothing at the end', () => {
    fc.assert(
      fc.property(
        speeds,
        discipline,
        chunk,
        fc.array(action, { maxLength: 30 }),
        (capacity, kind, chunkBytes, actions) => {
          const net = new FlowNetwork(capacity, kind, chunkBytes);
          // What each flow moved between looks, added up here and not in the network.
          let lastMs = 0;
          drive(net, actions, (live, rates, nowMs) => {
            live.forEach((flow, i) => {
              const left = net.leftBytes(flow.number, nowMs);
              if (chunkBytes === Number.POSITIVE_INFINITY || kind !== 'priority') {
                flow.moved += flow.lastRate * (nowMs - lastMs);
                const slack = 1e-9 * flow.bytes + 1e-9;
                expect(Math.abs(flow.bytes - flow.moved - left)).toBeLessThan(slack);
              }
              flow.lastRate = rates[i] as number;
            });
            lastMs = nowMs;
            for (let link = 0; link < links; link++) {
              const through = live.filter(({ path }) => path.includes(link));
              const left = through.reduce(
                (sum, { number }) => sum + net.leftBytes(number, nowMs),
                0,
              );
              expect(net.backlogBytes(link, nowMs)).toBeCloseTo(left, 6);
            }
          });
        },
      ),
    );
  });

  it('is max-min under fair: equals raising all flows alike until a link is full', () => {
    fc.assert(
      fc.property(speeds, fc.array(action, { maxLength: 30 }), (capacity, actions) => {
        drive(new FlowNetwork(capacity, 'fair'), actions, (live, rates) => {
          const expected = maxMin(capacity, live);
          live.forEach((_, i) => {
            const want = expected[i] as number;
            expect(Math.abs((rates[i] as number) - want)).toBeLessThanOrEqual(1e-9 * want);
          });
        });
      }),
    );
  });

  it('gives under fifo what earlier flows leave on the scarcer link', () => {
    fc.assert(
      fc.property(speeds, fc.array(action, { maxLength: 30 }), (capacity, actions) => {
        drive(new FlowNetwork(capacity, 'fifo'), actions, (live, rates) => {
          const left = Float64Array.from(capacity);
          live.forEach(({ path }, i) => {
            const rate = Math.min(...path.map((link) => left[link] as number));
            for (const link of path) left[link] = (left[link] as number) - rate;
            expect(Math.abs((rates[i] as number) - rate)).toBeLessThanOrEqual(1e-9 * 1e6);
          });
        });
      }),
    );
  });

  it('takes a rate from no flow within a chunk', () => {
    fc.assert(
      fc.property(
        speeds,
        chunk,
        fc.array(action, { maxLength: 30 }),
        (capacity, chunkBytes, actions) => {
          const net = new FlowNetwork(capacity, 'priority', chunkBytes);
          drive(net, actions, (live, rates, nowMs) => {
            live.forEach((flow, i) => {
              const left = net.leftBytes(flow.number, nowMs);
              const chunkNow = Math.floor((flow.bytes - left) / chunkBytes + 1e-6);
              const chunkThen = Math.floor((flow.bytes - flow.lastLeft) / chunkBytes + 1e-6);
              const began = flow.lastLeft < flow.bytes - chunkThen * chunkBytes - 1e-5 * chunkBytes;
              if (flow.lastRate > 0 && began && chunkNow === chunkThen) {
                expect(rates[i]).toBeGreaterThanOrEqual(flow.lastRate * (1 - 1e-9));
              }
              flow.lastRate = rates[i] as number;
              flow.lastLeft = left;
            });
          });
        },
      ),
    );
  });

  it('does not ask in which order equal flows of one time were started', () => {
    const shuffled = fc
      .array(sent, { minLength: 1, maxLength: 12 })
      .chain((flows) =>
        fc.tuple(
          fc.constant(flows),
          fc.shuffledSubarray([...flows.keys()], { minLength: flows.length }),
        ),
      );
    fc.assert(
      fc.property(speeds, shuffled, (capacity, [flows, order]) => {
        const run = (numbers: readonly number[]): number[] => {
          const net = new FlowNetwork(capacity, 'fair');
          const ends = new Array<number>(flows.length);
          const owner = new Map<number, number>();
          for (const i of numbers) {
            const { path, bytes, priority } = flows[i] as Sent;
            owner.set(net.start(path, bytes, priority, 2), i);
          }
          for (const [flow, endMs] of drain(net)) ends[owner.get(flow) as number] = endMs;
          return ends;
        };
        expect(run(order)).toEqual(run([...flows.keys()]));
      }),
    );
  });

  it('completes chunked flows when a plain simulation by its rule does', () => {
    const waits = fc.constantFrom(0, 1, 2, 5);
    const starts = fc.array(fc.tuple(sent, waits), { maxLength: 12 });
    const evenSpeeds = fc
      .array(fc.constantFrom(2, 5, 10), { minLength: links, maxLength: links })
      .map((values) => new Float64Array(values));
    const sizes = fc.constantFrom(5, 20, 1e9);
    fc.assert(
      fc.property(evenSpeeds, sizes, starts, (capacity, chunkBytes, flows) => {
        let nowMs = 0;
        const timed = flows.map(([flow, waitMs]) => {
          nowMs += waitMs;
          const bytes = Math.min(flow.bytes, 200);
          return { ...flow, bytes, startMs: nowMs };
        });
        const net = new FlowNetwork(capacity, 'priority', chunkBytes);
        const ends = new Array<number>(timed.length);
        const owner = new Map<number, number>();
        const finishOne = (): void => {
          const endMs = net.nextMs;
          ends[owner.get(net.finish()) as number] = endMs;
        };
        timed.forEach(({ path, bytes, priority, startMs }, i) => {
          while (net.nextMs <= startMs) finishOne();
          owner.set(net.start(path, bytes, priority, startMs), i);
        });
        while (net.flows > 0) finishOne();
        const expected = chunkByChunk(capacity, chunkBytes, timed);
        ends.forEach((endMs, i) => {
          expect(Math.abs(endMs - (expected[i] as number))).toBeLessThan(1e-4);
        });
      }),
    );
  });

  it('looks ahead without moving: asking for times changes nothing', () => {
    fc.assert(
      fc.property(speeds, fc.array(sent, { maxLength: 12 }), (capacity, flows) => {
        const run = (curious: boolean): [number, number][] => {
          const net = new FlowNetwork(capacity, 'priority', 5);
          const log: [number, number][] = [];
          flows.forEach(({ path, bytes, priority }, i) => {
            while (net.nextMs <= i) log.push([net.nextMs, net.finish()]);
            net.start(path, bytes, priority, i);
            for (let j = 0; curious && j < 3; j++) {
              const aheadMs = net.nextMs;
              expect(net.nextMs).toBe(aheadMs);
            }
          });
          return [...log, ...drain(net)];
        };
        expect(run(true)).toEqual(run(false));
      }),
    );
  });
});

/** Max-min rates by the definition: raise all flows alike, freeze those whose link is full. */
function maxMin(capacity: Float64Array, flows: readonly Sent[]): number[] {
  const rates = flows.map(() => 0);
  const open = new Set(flows.keys());
  while (open.size > 0) {
    let rise = Number.POSITIVE_INFINITY;
    const full: number[] = [];
    for (let link = 0; link < capacity.length; link++) {
      const through = [...flows.keys()].filter((i) => flows[i]?.path.includes(link));
      const rising = through.filter((i) => open.has(i)).length;
      if (rising === 0) continue;
      const used = through.reduce((sum, i) => sum + (rates[i] as number), 0);
      const room = ((capacity[link] as number) - used) / rising;
      if (room < rise * (1 - 1e-12)) full.length = 0;
      if (room <= rise * (1 + 1e-12)) full.push(link);
      rise = Math.min(rise, room);
    }
    for (const i of open) rates[i] = (rates[i] as number) + rise;
    for (const i of [...open]) {
      if (flows[i]?.path.some((link) => full.includes(link))) open.delete(i);
    }
  }
  return rates;
}

interface Chunked extends Sent {
  readonly startMs: number;
}

/**
 * Ends of flows under `priority`: rates set anew at every start and end, and when a flow with more
 * than its turn ends a chunk.
 */
function chunkByChunk(
  capacity: Float64Array,
  chunkBytes: number,
  flows: readonly Chunked[],
): number[] {
  const ends = flows.map(({ bytes, startMs }) => (bytes === 0 ? startMs : Number.NaN));
  const sentBytes = flows.map(() => 0);
  const rates = flows.map(() => 0);
  const turns = flows.map(() => 0);
  const untilBoundary = (i: number): number => {
    const { bytes } = flows[i] as Chunked;
    const done = sentBytes[i] as number;
    const next = (Math.floor(done / chunkBytes + 1e-6) + 1) * chunkBytes;
    const givesBack = (rates[i] as number) > (turns[i] as number) + 1e-6;
    return givesBack ? Math.min(next, bytes) - done : bytes - done;
  };
  const endsChunk = (i: number): boolean => {
    const into = (sentBytes[i] as number) / chunkBytes;
    return into - Math.floor(into + 1e-6) <= 1e-6;
  };
  let nowMs = 0;
  for (;;) {
    const live = flows
      .map((flow, i) => ({ ...flow, i }))
      .filter(({ i, startMs }) => startMs <= nowMs && Number.isNaN(ends[i]))
      .sort((a, b) => b.priority - a.priority || a.i - b.i);
    const left = Float64Array.from(capacity);
    const give = (i: number, rate: number): void => {
      for (const link of flows[i]?.path ?? []) left[link] = (left[link] as number) - rate;
      rates[i] = (rates[i] as number) + rate;
    };
    for (const { i, path } of live) {
      turns[i] = Math.max(0, Math.min(...path.map((link) => left[link] as number)));
      for (const link of path) left[link] = (left[link] as number) - (turns[i] as number);
    }
    left.set(capacity);
    for (const { i } of live) {
      const kept = endsChunk(i) ? 0 : (rates[i] as number);
      rates[i] = 0;
      give(i, kept);
    }
    for (const { i, path } of live) {
      const spare = Math.max(0, Math.min(...path.map((link) => left[link] as number)));
      give(i, Math.min(spare, Math.max(0, (turns[i] as number) - (rates[i] as number))));
    }
    let stepMs = Number.POSITIVE_INFINITY;
    for (const { startMs } of flows)
      if (startMs > nowMs) stepMs = Math.min(stepMs, startMs - nowMs);
    for (const { i } of live) {
      if ((rates[i] as number) > 1e-9)
        stepMs = Math.min(stepMs, untilBoundary(i) / (rates[i] as number));
    }
    if (stepMs === Number.POSITIVE_INFINITY) return ends;
    nowMs += stepMs;
    for (const { i, bytes } of live) {
      sentBytes[i] = (sentBytes[i] as number) + (rates[i] as number) * stepMs;
      if (bytes - (sentBytes[i] as number) < 1e-6) ends[i] = nowMs;
    }
  }
}
