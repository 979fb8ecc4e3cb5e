/**
 * Links that carry flows, each over two of them: the sender's outgoing and the receiver's incoming
 * one. The discipline says how the flows under way share the links; rates are set anew whenever a
 * flow starts, ends or is cancelled, and hold until then.
 *
 * - `fair`: max-min. No flow can get more without one that has no more than it getting less.
 * - `fifo`: in the order of start, each takes what is left on the scarcer of its two links. Flows
 *   behind on other links pass by.
 * - `priority`: the same in the order of priority, then of start, but within a chunk a flow keeps
 *   at least its rate. A flow that so has more than its turn gives the rest back when the chunk
 *   ends, and what it gives back waits for the flow whose turn it is, even while that one's other
 *   link is still held: else two links need never come free together, and it could starve. So a
 *   link may idle for as long as a chunk takes. Without a chunk size a flow is one chunk, and no
 *   link is kept free for another flow.
 *
 * What a flow has left is kept with the time and the rate since then, and only touched when the
 * rate changes. Times in ms, sizes in bytes, rates in bytes per ms. Calls come in the order of
 * time, and a flow that is due is finished before the time goes on.
 */
import { InputError } from '../../units/input-error.ts';
import { FlowColumns } from './flow-columns.ts';
import { FlowRates } from './flow-rates.ts';

export type LinkDiscipline = 'fair' | 'fifo' | 'priority';

/** A chunk has passed when less than this share of it is left: times are rounded. */
const passed = 1e-6;

export class FlowNetwork {
  readonly #discipline: LinkDiscipline;
  readonly #chunkBytes: number;
  readonly #flows: FlowColumns;
  readonly #rates: FlowRates;
  #starts = 0;
  /** The flow due first, -1: none, and the end of the first chunk that may change rates. */
  #due = -1;
  #chunkEndMs = Number.POSITIVE_INFINITY;
  #chunkOf = -1;
  #chunkLeft = 0;
  /** Completion that comes after ends of chunks, NaN: not looked for yet. */
  #foreseenMs = Number.NaN;
  /** By flow number: the rate that is kept, and the rate that the order of service gives. */
  #held = new Float64Array(0);
  #turn = new Float64Array(0);
  #saved = new Float64Array(0);

  /**
   * Links by number with their speeds. Chunks count under `priority` only; without a size a flow
   * is one chunk. Throws InputError for a speed or a chunk size that is not above 0.
   */
  constructor(bytesPerMs: Float64Array, discipline: LinkDiscipline, chunkBytes = Infinity) {
    bytesPerMs.forEach((speed, link) => {
      if (speed > 0 && speed < Number.POSITIVE_INFINITY) return;
      throw new InputError(`speed ${speed}`, { where: `link ${link}`, rule: 'finite and above 0' });
    });
    if (!(chunkBytes > 0)) throw new InputError(`chunk of ${chunkBytes} B`, { rule: 'above 0' });
    this.#discipline = discipline;
    this.#chunkBytes = discipline === 'priority' ? chunkBytes : Number.POSITIVE_INFINITY;
    this.#flows = new FlowColumns(bytesPerMs.length);
    this.#rates = new FlowRates(this.#flows, bytesPerMs);
  }

  /** Flows under way. */
  get flows(): number {
    return this.#flows.count;
  }

  /** When the next flow is complete if none starts before, Infinity when there is none. */
  get nextMs(): number {
    if (this.#due < 0) return Number.POSITIVE_INFINITY;
    const endMs = this.#flows.endMs[this.#due] as number;
    if (endMs <= this.#chunkEndMs) return endMs;
    if (Number.isNaN(this.#foreseenMs)) this.#foreseenMs = this.#foresee();
    return this.#foreseenMs;
  }

  /**
   * Sends bytes over two distinct links. Returns the flow's number, below the most flows there ever
   * were at once: it is given out again once the flow is finished or cancelled. Nothing to send is
   * complete at once.
   */
  start(path: readonly [number, number], bytes: number, priority: number, nowMs: number): number {
    if (!(bytes >= 0)) throw new InputError(`flow of ${bytes} B`, { rule: '0 or more' });
    this.#advance(nowMs);
    const flows = this.#flows;
    const flow = flows.take(path[0], path[1]);
    flows.bytes[flow] = bytes;
    flows.left[flow] = bytes;
    flows.atMs[flow] = nowMs;
    flows.rate[flow] = 0;
    flows.endMs[flow] = bytes > 0 ? Number.POSITIVE_INFINITY : nowMs;
    flows.priority[flow] = priority;
    flows.start[flow] = this.#starts++;
    flows.enqueue(flow, this.#discipline === 'priority');
    this.#divide(path[0], path[1], nowMs);
    return flow;
  }

  cancel(flow: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#end(flow, nowMs);
  }

  /** Ends the flow that is complete first, at `nextMs`, and returns it; equal ones by start. */
  finish(): number {
    this.#advance(this.nextMs);
    const flow = this.#due;
    if (flow < 0) throw new Error('no flow is under way');
    this.#end(flow, this.#flows.endMs[flow] as number);
    return flow;
  }

  /** Bytes not yet sent of the flows over a link. */
  backlogBytes(link: number, nowMs: number): number {
    this.#advance(nowMs);
    const { head, after } = this.#flows;
    let bytes = 0;
    for (let entry = head[link] as number; entry >= 0; entry = after[entry] as number) {
      bytes += this.#flows.leftAt(entry >> 1, nowMs);
    }
    return bytes;
  }

  /** Bytes of one flow not yet sent. */
  leftBytes(flow: number, nowMs: number): number {
    this.#advance(nowMs);
    return this.#flows.leftAt(flow, nowMs);
  }

  /** The rate at which a flow is sent at that time, bytes per ms. */
  rateOf(flow: number, nowMs: number): number {
    this.#advance(nowMs);
    return this.#flows.rate[flow] as number;
  }

  #end(flow: number, nowMs: number): void {
    const { link } = this.#flows;
    this.#flows.remove(flow);
    this.#divide(link[2 * flow] as number, link[2 * flow + 1] as number, nowMs);
  }

  /** Sets rates after a change on two links. */
  #divide(first: number, second: number, nowMs: number): void {
    if (this.#discipline === 'fair') this.#rates.fair(first, second, nowMs);
    else if (this.#discipline === 'fifo') this.#rates.inOrder(nowMs);
    else this.#divideByPriority(nowMs);
    this.#adopt(nowMs);
    this.#foreseenMs = Number.NaN;
    this.#chunkEndMs = Number.POSITIVE_INFINITY;
    if (this.#chunkBytes < Number.POSITIVE_INFINITY) this.#findChunkEnd(nowMs);
  }

  /** Takes the shares over as rates and finds the flow due first. */
  #adopt(nowMs: number): void {
    const flows = this.#flows;
    const { order, count, share, rate, endMs, left, atMs, start } = flows;
    this.#due = -1;
    for (let i = 0; i < count; i++) {
      const flow = order[i] as number;
      const now = share[flow] as number;
      if (now !== rate[flow] && (endMs[flow] as number) > nowMs) {
        left[flow] = flows.leftAt(flow, nowMs);
        atMs[flow] = nowMs;
        rate[flow] = now;
        endMs[flow] = now > 0 ? nowMs + (left[flow] as number) / now : Number.POSITIVE_INFINITY;
      }
      const due = this.#due;
      const first = due < 0 ? Number.POSITIVE_INFINITY : (endMs[due] as number);
      const own = endMs[flow] as number;
      if (own < first) this.#due = flow;
      else if (own === first && (start[flow] as number) < (start[due] as number)) this.#due = flow;
    }
  }

  #divideByPriority(nowMs: number): void {
    const { order, count, rate, share, endMs } = this.#flows;
    if (this.#held.length < rate.length) {
      this.#held = new Float64Array(rate.length);
      this.#turn = new Float64Array(rate.length);
    }
    const isChunked = this.#chunkBytes < Number.POSITIVE_INFINITY;
    if (isChunked) this.#rates.inOrder(nowMs);
    for (let i = 0; i < count; i++) {
      const flow = order[i] as number;
      const isComplete = (endMs[flow] as number) <= nowMs;
      const isHeld = !isComplete && this.#isWithinChunk(flow, nowMs);
      this.#held[flow] = isHeld ? (rate[flow] as number) : 0;
      if (isChunked) this.#turn[flow] = share[flow] as number;
      else this.#turn[flow] = isComplete ? 0 : Number.POSITIVE_INFINITY;
    }
    this.#rates.inOrderAbove(this.#held, this.#turn);
  }

  #isWithinChunk(flow: number, nowMs: number): boolean {
    if (this.#flows.rate[flow] === 0) return false;
    const sent = (this.#flows.bytes[flow] as number) - this.#flows.leftAt(flow, nowMs);
    if (this.#chunkBytes === Number.POSITIVE_INFINITY) return sent > 0;
    return sent - this.#chunks(sent) * this.#chunkBytes > passed * this.#chunkBytes;
  }

  /** Whole chunks in what was sent. */
  #chunks(sent: number): number {
    return Math.floor(sent / this.#chunkBytes + passed);
  }

  /** Finds the first end of a chunk at which a flow gives back what it has beyond its turn. */
  #findChunkEnd(nowMs: number): void {
    const flows = this.#flows;
    const { order, count, rate, bytes, left, atMs } = flows;
    for (let i = 0; i < count; i++) {
      const flow = order[i] as number;
      if ((rate[flow] as number) <= (this.#turn[flow] as number) * (1 + passed)) continue;
      const whole = bytes[flow] as number;
      const chunks = this.#chunks(whole - flows.leftAt(flow, nowMs)) + 1;
      const leftThen = whole - chunks * this.#chunkBytes;
      if (leftThen <= 0) continue;
      const ms = ((left[flow] as number) - leftThen) / (rate[flow] as number);
      const endMs = Math.max(nowMs, (atMs[flow] as number) + ms);
      if (endMs >= this.#chunkEndMs) continue;
      this.#chunkEndMs = endMs;
      this.#chunkOf = flow;
      this.#chunkLeft = leftThen;
    }
  }

  /** Passes the ends of chunks up to that time; a completion comes first. */
  #advance(nowMs: number): void {
    const { left, atMs, endMs, link } = this.#flows;
    while (this.#chunkEndMs <= nowMs && this.#chunkEndMs < (endMs[this.#due] as number)) {
      const flow = this.#chunkOf;
      left[flow] = this.#chunkLeft;
      atMs[flow] = this.#chunkEndMs;
      this.#divide(link[2 * flow] as number, link[2 * flow + 1] as number, this.#chunkEndMs);
    }
  }

  /** Plays the ends of chunks until a flow is complete, and goes back: one may start before. */
  #foresee(): number {
    const { order, count, left, atMs, rate, endMs } = this.#flows;
    const columns = [left, atMs, rate, endMs];
    const due = this.#due;
    const chunkEndMs = this.#chunkEndMs;
    const chunkOf = this.#chunkOf;
    const chunkLeft = this.#chunkLeft;
    if (this.#saved.length < 4 * count) this.#saved = new Float64Array(8 * count);
    let at = 0;
    for (const column of columns) {
      for (let i = 0; i < count; i++) this.#saved[at++] = column[order[i] as number] as number;
    }
    this.#advance(Number.POSITIVE_INFINITY);
    const foreseenMs = endMs[this.#due] as number;
    at = 0;
    for (const column of columns) {
      for (let i = 0; i < count; i++) column[order[i] as number] = this.#saved[at++] as number;
    }
    this.#due = due;
    this.#chunkEndMs = chunkEndMs;
    this.#chunkOf = chunkOf;
    this.#chunkLeft = chunkLeft;
    return foreseenMs;
  }
}
