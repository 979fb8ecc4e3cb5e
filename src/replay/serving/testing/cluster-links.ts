/**
 * Flows over the outgoing link of the sender and the incoming link of the receiver, all rates taken
 * anew at every start and end. `fair`: max-min by progressive filling. `fifo`: in the order of
 * their starts each flow takes what the earlier ones leave of both links.
 * Units: bytes, milliseconds.
 */
export interface LinkFlow {
  readonly number: number;
  readonly kind: 'prefix' | 'kv';
  readonly request: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly startMs: number;
  leftBytes: number;
  rate: number;
  endMs: number;
}

export class ClusterLinks {
  readonly flows: LinkFlow[] = [];
  exact = true;
  readonly #bytesPerMs: readonly number[];
  readonly #discipline: 'fair' | 'fifo';
  #started = 0;
  #nowMs = 0;

  constructor(bytesPerMs: readonly number[], discipline: 'fair' | 'fifo') {
    this.#bytesPerMs = bytesPerMs;
    this.#discipline = discipline;
  }

  start(
    what: Pick<LinkFlow, 'kind' | 'request' | 'from' | 'to' | 'bytes'>,
    startMs: number,
  ): LinkFlow {
    const number = this.#started++;
    const flow = { ...what, number, startMs, leftBytes: what.bytes, rate: 0, endMs: 0 };
    this.#pass(startMs);
    this.flows.push(flow);
    this.#share();
    return flow;
  }

  remove(flow: LinkFlow, nowMs: number): void {
    this.#pass(nowMs);
    this.flows.splice(this.flows.indexOf(flow), 1);
    this.#share();
  }

  /** The flow that ends first, the earliest started on ties. */
  next(): LinkFlow | null {
    let next: LinkFlow | null = null;
    for (const flow of this.flows) if (next === null || flow.endMs < next.endMs) next = flow;
    return next;
  }

  #pass(nowMs: number): void {
    for (const flow of this.flows) {
      flow.leftBytes = flow.endMs <= nowMs ? 0 : flow.leftBytes - flow.rate * (nowMs - this.#nowMs);
    }
    this.#nowMs = nowMs;
  }

  #share(): void {
    if (this.#discipline === 'fair') this.#fill();
    else this.#inOrder();
    for (const flow of this.flows) {
      if (flow.rate > 0 && !Number.isInteger(Math.log2(flow.rate))) this.exact = false;
      flow.endMs = flow.leftBytes === 0 ? this.#nowMs : this.#nowMs + flow.leftBytes / flow.rate;
    }
  }

  #inOrder(): void {
    const out = [...this.#bytesPerMs];
    const into = [...this.#bytesPerMs];
    for (const flow of this.flows) {
      flow.rate = Math.min(out[flow.from]!, into[flow.to]!);
      out[flow.from]! -= flow.rate;
      into[flow.to]! -= flow.rate;
    }
  }

  #fill(): void {
    const open = new Set(this.flows);
    const links = [true, false].flatMap((outgoing) =>
      this.#bytesPerMs.map((bytesPerMs, at) => ({
        left: bytesPerMs,
        carries: (flow: LinkFlow) => (outgoing ? flow.from : flow.to) === at,
      })),
    );
    while (open.size > 0) {
      const used = links.filter(({ carries }) => [...open].some(carries));
      const share = ({ left, carries }: (typeof links)[number]) =>
        left / [...open].filter(carries).length;
      const least = Math.min(...used.map(share));
      const full = used.filter((link) => share(link) === least);
      const frozen = [...open].filter((flow) => full.some(({ carries }) => carries(flow)));
      for (const flow of frozen) {
        flow.rate = least;
        open.delete(flow);
        for (const link of links) if (link.carries(flow)) link.left -= least;
      }
    }
  }
}
