import { TimeHeap } from './time-heap.ts';

/** Chunks in flight behind the first stage of an instance: requests, in order of their ends. */
interface InFlight {
  readonly tasks: readonly number[];
  readonly tokens: readonly number[];
}

/**
 * Chunked pipeline parallelism (Mooncake, section on long contexts): the layers of a group are split
 * over `stages` nodes; a chunk runs on stage s while the next one runs on stage s − 1. Chunk c ends
 * on stage s at F(c, s) = max(F(c − 1, s), F(c, s − 1) + hop) + τ(c), with τ(c) its time on one stage.
 * The engine plans an instance when its first stage frees; the ends of the last stage wait here.
 */
export class Pipelines {
  /** When each stage of an instance frees. */
  readonly #freeMs: readonly Float64Array[];
  readonly #inFlight: InFlight[][];
  readonly #ends = new TimeHeap();

  constructor(stages: readonly number[]) {
    this.#freeMs = stages.map((count) => new Float64Array(count));
    this.#inFlight = stages.map(() => []);
  }

  /** When the next chunk leaves its last stage; Infinity when none is in flight. */
  get nextMs(): number {
    return this.#ends.firstMs;
  }

  /**
   * A chunk leaves the first stage of an instance at `nowMs`.
   * @param stageMs time on each further stage
   * @param hopMs transfer of its hidden states to the next stage
   */
  enter(
    instance: number,
    tasks: readonly number[],
    tokens: readonly number[],
    nowMs: number,
    stageMs: number,
    hopMs: number,
  ): void {
    const free = this.#freeMs[instance] as Float64Array;
    let at = nowMs;
    for (let stage = 1; stage < free.length; stage++) {
      at = Math.max(free[stage] as number, at + hopMs) + stageMs;
      free[stage] = at;
    }
    (this.#inFlight[instance] as InFlight[]).push({ tasks: [...tasks], tokens: [...tokens] });
    this.#ends.push(at, instance);
  }

  /** Takes the chunk that leaves next. */
  take(): InFlight & { readonly instance: number } {
    const instance = this.#ends.pop();
    const first = (this.#inFlight[instance] as InFlight[]).shift() as InFlight;
    return { ...first, instance };
  }
}
