/**
 * Which nodes hold which block: the global index of a distributed store. One bit per node and
 * block, so that the longest prefix on every node comes from one walk along the chain.
 */
export class BlockIndex {
  readonly nodes: number;
  readonly #words: number;
  readonly #bits: Int32Array;

  /** @param blocks ids are below this */
  constructor(nodes: number, blocks: number) {
    this.nodes = nodes;
    this.#words = (nodes + 31) >> 5;
    this.#bits = new Int32Array(this.#words * blocks);
  }

  added(node: number, id: number): void {
    this.#bits[id * this.#words + (node >> 5)]! |= 1 << (node & 31);
  }

  removed(node: number, id: number): void {
    this.#bits[id * this.#words + (node >> 5)]! &= ~(1 << (node & 31));
  }

  holds(node: number, id: number): boolean {
    const word = this.#bits[id * this.#words + (node >> 5)] as number;
    return (word & (1 << (node & 31))) !== 0;
  }

  /** Nodes that hold a block. */
  replicas(id: number): number {
    let count = 0;
    for (let word = 0; word < this.#words; word++) {
      count += bitsIn(this.#bits[id * this.#words + word] as number);
    }
    return count;
  }

  /** Leading blocks of ids[from … to − 1] on every node, into `out[node]`. */
  prefixes(ids: Int32Array, from: number, to: number, out: Int32Array): void {
    out.fill(0, 0, this.nodes);
    for (let word = 0; word < this.#words; word++) {
      const first = 32 * word;
      let here = -1;
      for (let at = from; at < to && here !== 0; at++) {
        const next = here & (this.#bits[(ids[at] as number) * this.#words + word] as number);
        for (let gone = here & ~next; gone !== 0; gone &= gone - 1) {
          const node = first + 31 - Math.clz32(gone & -gone);
          if (node < this.nodes) out[node] = at - from;
        }
        here = next;
      }
      for (; here !== 0; here &= here - 1) {
        const node = first + 31 - Math.clz32(here & -here);
        if (node < this.nodes) out[node] = to - from;
      }
    }
  }
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
