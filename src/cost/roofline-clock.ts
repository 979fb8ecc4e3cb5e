import { upperLine } from './lines.ts';
import type { DecodeLine, Segment, StepClock, StepWork } from './work.ts';

/**
 * The textbook clock: a step takes a fixed time plus the larger of computing and moving bytes.
 *
 * compute = (2 P T + 4 L h att) / (peak x flopsShare), memory = (2 P + kv x KV bytes) / (bandwidth x
 * bytesShare), with T rows, att the sum of contexts over decodes and of c (done + c/2) over prompt
 * chunks of c rows, kv the sum of contexts and of done + c. Uncalibrated; for cross-checks between
 * replay engines. A segment counts by its share of the layers.
 */
export interface RooflineSpec {
  readonly kind: 'roofline-max';
  readonly parameters?: number;
  readonly layers?: number;
  readonly hidden?: number;
  readonly kvBytesPerToken?: number;
  readonly flopsPerS?: number;
  readonly flopsShare?: number;
  readonly bytesPerS?: number;
  readonly bytesShare?: number;
  readonly fixedMs?: number;
}

/** Llama-3.1-8B on one A100-80GB at half the FLOPs and 0.8 of the bandwidth. */
export const rooflineDefaults = {
  parameters: 8.03e9,
  layers: 32,
  hidden: 4096,
  kvBytesPerToken: 131_072,
  flopsPerS: 312e12,
  flopsShare: 0.5,
  bytesPerS: 2.039e12,
  bytesShare: 0.8,
  fixedMs: 0.5,
} as const;

export class RooflineClock implements StepClock {
  readonly name = 'roofline-max';
  readonly #layers: number;
  readonly #fixedMs: number;
  readonly #rowMs: number;
  readonly #pairMs: number;
  readonly #weightsMs: number;
  readonly #kvMs: number;

  constructor(spec: RooflineSpec) {
    const p = { ...rooflineDefaults, ...spec };
    const flopsPerMs = (p.flopsPerS * p.flopsShare) / 1000;
    const bytesPerMs = (p.bytesPerS * p.bytesShare) / 1000;
    this.#layers = p.layers;
    this.#fixedMs = p.fixedMs;
    this.#rowMs = (2 * p.parameters) / flopsPerMs;
    this.#pairMs = (4 * p.layers * p.hidden) / flopsPerMs;
    this.#weightsMs = (2 * p.parameters) / bytesPerMs;
    this.#kvMs = p.kvBytesPerToken / bytesPerMs;
  }

  decode(batch: number, context: number, line: DecodeLine): void {
    const computeMs = this.#rowMs * batch;
    const memoryMs = this.#weightsMs;
    const fixed = this.#fixedMs;
    const pair = this.#pairMs;
    const kv = this.#kvMs;
    const meeting = (computeMs - memoryMs) / (kv - pair);
    if (pair <= kv) {
      upperLine(line, context, meeting, computeMs + fixed, pair, memoryMs + fixed, kv);
    } else {
      upperLine(line, context, meeting, memoryMs + fixed, kv, computeMs + fixed, pair);
    }
  }

  stepMs({ segments }: StepWork): number {
    let computeMs = 0;
    let kvMs = 0;
    let layers = 0;
    for (let i = 0; i < segments.length; i++) {
      const segment = segments[i] as Segment;
      const depth = segment.layers / this.#layers;
      let pairs = segment.decodeKvRead;
      let kv = segment.decodeKvRead;
      for (let j = 0; j < segment.prefillCount; j++) {
        const rows = segment.prefillRows[j] as number;
        const keys = segment.prefillKeys[j] as number;
        pairs += rows * (keys - rows / 2);
        kv += keys;
      }
      computeMs += depth * (this.#rowMs * segment.rows + this.#pairMs * pairs);
      kvMs += depth * this.#kvMs * kv;
      layers += depth;
    }
    return this.#fixedMs + Math.max(computeMs, layers * this.#weightsMs + kvMs);
  }
}
