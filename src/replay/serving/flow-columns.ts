/** Largest number of flows for which there is room at first. */
const room = 64;

/**
 * The flows under way as columns by flow number, and the flows of each link as linked lists. A flow
 * is on both its links from start to end; numbers of ended flows are given out again.
 */
export class FlowColumns {
  /** Its two links: those of flow f at 2f and 2f + 1. */
  link = new Int32Array(2 * room);
  /** Size, and how much of it was not yet sent at `atMs`. */
  bytes = new Float64Array(room);
  left = new Float64Array(room);
  atMs = new Float64Array(room);
  /** Bytes per ms since `atMs`, and when that ends the flow. */
  rate = new Float64Array(room);
  endMs = new Float64Array(room);
  /** What an allocation gives it, before that is taken over. */
  share = new Float64Array(room);
  priority = new Float64Array(room);
  /** Counts starts: orders flows that are equal otherwise. */
  start = new Float64Array(room);
  /** Flows in the order in which they are served; the first `count`. */
  order = new Int32Array(room);
  count = 0;
  /** First entry of each link, -1: none; entry 2f + side stands for flow f. */
  readonly head: Int32Array;
  after = new Int32Array(2 * room);
  #before = new Int32Array(2 * room);
  #free = new Int32Array(room);
  #freeCount = 0;
  #numbers = 0;

  constructor(links: number) {
    this.head = new Int32Array(links).fill(-1);
  }

  /** A number for a flow over two links; its other columns are the caller's to fill. */
  take(first: number, second: number): number {
    const flow = this.#freeCount > 0 ? (this.#free[--this.#freeCount] as number) : this.#numbers++;
    if (flow === this.rate.length) this.#grow();
    this.#attach(2 * flow, first);
    this.#attach(2 * flow + 1, second);
    return flow;
  }

  /** Puts a taken flow in its place: higher priorities first if asked for, then earlier starts. */
  enqueue(flow: number, byPriority: boolean): void {
    const { order, priority } = this;
    const own = priority[flow] as number;
    let at = this.count++;
    if (byPriority) {
      for (; at > 0 && (priority[order[at - 1] as number] as number) < own; at--) {
        order[at] = order[at - 1] as number;
      }
    }
    order[at] = flow;
  }

  remove(flow: number): void {
    const { order } = this;
    const last = --this.count;
    let at = 0;
    while (order[at] !== flow) at++;
    order.copyWithin(at, at + 1, last + 1);
    this.#detach(2 * flow);
    this.#detach(2 * flow + 1);
    this.#free[this.#freeCount++] = flow;
  }

  /** Bytes of the flow not yet sent at that time, which is not before `atMs`. */
  leftAt(flow: number, nowMs: number): number {
    if ((this.endMs[flow] as number) <= nowMs) return 0;
    const sent = (this.rate[flow] as number) * (nowMs - (this.atMs[flow] as number));
    return Math.max(0, (this.left[flow] as number) - sent);
  }

  #attach(entry: number, link: number): void {
    const next = this.head[link] as number;
    this.link[entry] = link;
    this.after[entry] = next;
    this.#before[entry] = -1;
    if (next >= 0) this.#before[next] = entry;
    this.head[link] = entry;
  }

  #detach(entry: number): void {
    const before = this.#before[entry] as number;
    const after = this.after[entry] as number;
    if (before >= 0) this.after[before] = after;
    else this.head[this.link[entry] as number] = after;
    if (after >= 0) this.#before[after] = before;
  }

  #grow(): void {
    this.link = twice(this.link);
    this.bytes = twice(this.bytes);
    this.left = twice(this.left);
    this.atMs = twice(this.atMs);
    this.rate = twice(this.rate);
    this.endMs = twice(this.endMs);
    this.share = twice(this.share);
    this.priority = twice(this.priority);
    this.start = twice(this.start);
    this.order = twice(this.order);
    this.after = twice(this.after);
    this.#before = twice(this.#before);
    this.#free = twice(this.#free);
  }
}

function twice<A extends Int32Array | Float64Array>(array: A): A {
  const larger = new (array.constructor as new (length: number) => A)(2 * array.length);
  larger.set(array as never);
  return larger;
}
