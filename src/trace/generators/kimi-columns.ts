import { kimiModel } from './kimi-model.ts';
import type { Prompt, Session } from './kimi-session.ts';

/** Block 0, the beginning of the system prompt, which all prompts share. */
const root = Int32Array.of(0);

/** The columns of a trace in the making; its block lists grow as they come. */
export class KimiColumns {
  rows = 0;
  readonly #arrivalMs: Float64Array;
  readonly #inputTokens: Int32Array;
  readonly #outputTokens: Int32Array;
  readonly #sessionId: Int32Array;
  readonly #parentRequestId: Int32Array;
  readonly #thinkMs: Float64Array;
  readonly #offsets: Int32Array;
  #blockIds: Int32Array;
  #sessions = 0;
  #uniqueBlocks = 0;

  constructor(requests: number) {
    this.#arrivalMs = new Float64Array(requests);
    this.#inputTokens = new Int32Array(requests);
    this.#outputTokens = new Int32Array(requests);
    this.#sessionId = new Int32Array(requests);
    this.#parentRequestId = new Int32Array(requests);
    this.#thinkMs = new Float64Array(requests);
    this.#offsets = new Int32Array(requests + 1);
    this.#blockIds = new Int32Array(Math.max(1024, 25 * requests));
  }

  /** Writes the turn that a session has just taken. */
  add(session: Session, prompt: Prompt, arrivalMs: number, thinkMs: number): void {
    const { blockTokens } = kimiModel;
    const before = session.written;
    const row = this.rows;
    const count = Math.ceil(prompt.tokens / blockTokens);
    const shared = prompt.repeat ? count : Math.floor(prompt.sharedTokens / blockTokens);
    const blocks = before
      ? this.#addBlocks(before.blocks, shared, count)
      : this.#addBlocks(root, 1, count);
    session.written = { id: before?.id ?? this.#sessions++, row, blocks };
    this.#arrivalMs[row] = arrivalMs;
    this.#inputTokens[row] = prompt.tokens;
    this.#outputTokens[row] = session.outputTokens;
    this.#sessionId[row] = session.written.id;
    this.#parentRequestId[row] = before?.row ?? -1;
    this.#thinkMs[row] = before ? thinkMs : Number.NaN;
    this.rows++;
  }

  /** What newTrace takes, once all rows are written. */
  toParts() {
    return {
      arrivalMs: this.#arrivalMs,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      blocks: {
        offsets: this.#offsets,
        values: this.#blockIds.slice(0, this.#offsets[this.rows]),
      },
      uniqueBlocks: this.#uniqueBlocks,
      sessionId: this.#sessionId,
      parentRequestId: this.#parentRequestId,
      thinkMs: this.#thinkMs,
    };
  }

  /** Appends the first `shared` ids of a list, then new ones up to `count`; returns them all. */
  #addBlocks(from: Int32Array, shared: number, count: number): Int32Array {
    const start = this.#offsets[this.rows] as number;
    const end = start + count;
    if (end > this.#blockIds.length) {
      const larger = new Int32Array(Math.max(end, Math.ceil(1.5 * this.#blockIds.length)));
      larger.set(this.#blockIds);
      this.#blockIds = larger;
    }
    // Block 0 is there before the first request refers to it.
    if (this.#uniqueBlocks === 0) this.#uniqueBlocks = 1;
    this.#blockIds.set(from.subarray(0, shared), start);
    for (let at = start + shared; at < end; at++) this.#blockIds[at] = this.#uniqueBlocks++;
    this.#offsets[this.rows + 1] = end;
    return this.#blockIds.slice(start, end);
  }
}
