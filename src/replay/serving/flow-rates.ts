import type { FlowColumns } from './flow-columns.ts';

/** What rounding leaves of a link's capacity is not worth giving away. */
const crumb = 1e-12;

/**
 * How links are divided among flows: each division writes the `share` column, in bytes per ms.
 * Shares depend on which flows there are and in which order they are served, on nothing else, so
 * the same flows always get bit-identical shares. Flows that are complete and not yet taken away
 * get nothing.
 */
export class FlowRates {
  readonly #flows: FlowColumns;
  readonly #capacity: Float64Array;
  readonly #residual: Float64Array;
  /** Flows of a link that have no share yet. */
  readonly #open: Int32Array;
  /** Links that compete, and in which division each link was last found. */
  readonly #links: Int32Array;
  readonly #found: Float64Array;
  #linkCount = 0;
  #division = 0;

  constructor(flows: FlowColumns, capacity: Float64Array) {
    this.#flows = flows;
    this.#capacity = capacity;
    this.#residual = new Float64Array(capacity.length);
    this.#open = new Int32Array(capacity.length);
    this.#links = new Int32Array(capacity.length);
    this.#found = new Float64Array(capacity.length);
  }

  /**
   * Max-min fairness by water filling: the link with the least capacity per open flow fixes the
   * shares of its flows, then the next one. Only for flows that compete, directly or through
   * others, for these two links: no other share can have changed since it was written.
   */
  fair(first: number, second: number, nowMs: number): void {
    this.#division++;
    this.#linkCount = 0;
    this.#find(first);
    this.#find(second);
    for (let i = 0; i < this.#linkCount; i++) this.#openFlows(this.#links[i] as number, nowMs);
    for (let tight = this.#tightest(); tight >= 0; tight = this.#tightest()) this.#fill(tight);
  }

  /** In the order of service, each flow gets what is left on the scarcer of its links. */
  inOrder(nowMs: number): void {
    const { order, count, link, share, endMs } = this.#flows;
    this.#offerAll();
    for (let i = 0; i < count; i++) {
      const flow = order[i] as number;
      const spare = (endMs[flow] as number) > nowMs ? this.#spareOf(flow) : 0;
      this.#take(link[2 * flow] as number, spare);
      this.#take(link[2 * flow + 1] as number, spare);
      share[flow] = spare;
    }
  }

  /** First each flow gets what it holds, then in the order of service what it lacks of a limit. */
  inOrderAbove(held: Float64Array, limit: Float64Array): void {
    const { order, count, link, share } = this.#flows;
    this.#offerAll();
    for (let i = 0; i < count; i++) {
      const flow = order[i] as number;
      this.#take(link[2 * flow] as number, held[flow] as number);
      this.#take(link[2 * flow + 1] as number, held[flow] as number);
    }
    for (let i = 0; i < count; i++) {
      const flow = order[i] as number;
      const own = held[flow] as number;
      const more = Math.min(this.#spareOf(flow), Math.max(0, (limit[flow] as number) - own));
      this.#take(link[2 * flow] as number, more);
      this.#take(link[2 * flow + 1] as number, more);
      share[flow] = own + more;
    }
  }

  #offerAll(): void {
    const { order, count, link } = this.#flows;
    for (let i = 0; i < count; i++) {
      const entry = 2 * (order[i] as number);
      this.#offer(link[entry] as number);
      this.#offer(link[entry + 1] as number);
    }
  }

  #offer(link: number): void {
    this.#residual[link] = this.#capacity[link] as number;
  }

  #take(link: number, rate: number): void {
    this.#residual[link] = (this.#residual[link] as number) - rate;
  }

  #spare(link: number): number {
    const spare = this.#residual[link] as number;
    return spare > crumb * (this.#capacity[link] as number) ? spare : 0;
  }

  #spareOf(flow: number): number {
    const { link } = this.#flows;
    return Math.min(
      this.#spare(link[2 * flow] as number),
      this.#spare(link[2 * flow + 1] as number),
    );
  }

  #find(link: number): void {
    if (this.#found[link] === this.#division) return;
    this.#found[link] = this.#division;
    this.#links[this.#linkCount++] = link;
  }

  /** Opens the flows of a link, and finds the links at their other ends. */
  #openFlows(link: number, nowMs: number): void {
    const { head, after, link: links, share, endMs } = this.#flows;
    let open = 0;
    for (let entry = head[link] as number; entry >= 0; entry = after[entry] as number) {
      const flow = entry >> 1;
      const isComplete = (endMs[flow] as number) <= nowMs;
      share[flow] = isComplete ? 0 : -1;
      if (isComplete) continue;
      this.#find(links[entry ^ 1] as number);
      open++;
    }
    this.#open[link] = open;
    this.#offer(link);
  }

  /** The link with the least for each of its open flows, the lowest of equal ones; -1: none. */
  #tightest(): number {
    let tightest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#linkCount; i++) {
      const link = this.#links[i] as number;
      const open = this.#open[link] as number;
      if (open === 0) continue;
      const level = (this.#residual[link] as number) / open;
      if (level < least || (level === least && link < tightest)) {
        least = level;
        tightest = link;
      }
    }
    return tightest;
  }

  #fill(tight: number): void {
    const { head, after, link, share } = this.#flows;
    const level = Math.max(0, (this.#residual[tight] as number) / (this.#open[tight] as number));
    for (let entry = head[tight] as number; entry >= 0; entry = after[entry] as number) {
      const flow = entry >> 1;
      if ((share[flow] as number) >= 0) continue;
      share[flow] = level;
      const other = link[entry ^ 1] as number;
      this.#take(other, level);
      this.#open[other] = (this.#open[other] as number) - 1;
    }
    this.#open[tight] = 0;
  }
}
