/** The columns of a trace in the making; block lists grow as they come. */
export class KimiColumns {
  readonly arrivalMs: Float64Array;
  readonly inputTokens: Int32Array;
  readonly outputTokens: Int32Array;
  readonly sessionId: Int32Array;
  readonly parentRequestId: Int32Array;
  readonly thinkMs: Float64Array;
  readonly offsets: Int32Array;
  rows = 0;
  uniqueBlocks = 0;
  #values: Int32Array;

  constructor(requests: number) {
    this.arrivalMs = new Float64Array(requests);
    this.inputTokens = new Int32Array(requests);
    this.outputTokens = new Int32Array(requests);
    this.sessionId = new Int32Array(requests);
    this.parentRequestId = new Int32Array(requests);
    this.thinkMs = new Float64Array(requests);
    this.offsets = new Int32Array(requests + 1);
    this.#values = new Int32Array(Math.max(1024, 25 * requests));
  }

  /**
   * Sets the block list of the row now being written: `shared` leading ids of `from`, then new
   * ones up to `count`. Returns the list.
   */
  addBlocks(from: Int32Array, shared: number, count: number): Int32Array {
    const start = this.offsets[this.rows]!;
    const end = start + count;
    if (end > this.#values.length) {
      const grown = new Int32Array(Math.max(end, Math.ceil(1.5 * this.#values.length)));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(from.subarray(0, shared), start);
    for (let at = start + shared; at < end; at++) this.#values[at] = this.uniqueBlocks++;
    this.offsets[this.rows + 1] = end;
    return this.#values.slice(start, end);
  }

  get blocks() {
    return { offsets: this.offsets, values: this.#values.slice(0, this.offsets[this.rows]!) };
  }
}
