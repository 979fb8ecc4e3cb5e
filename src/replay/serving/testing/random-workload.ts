import type { StepClock } from '../../../cost/work.ts';
import type { Workload } from '../workload.ts';
import type { ObjectSystem } from './object-types.ts';
import type { DyadicClock } from './random-systems.ts';

/** The requests of a random system as the engine reads them. */
export function workloadOf({ requests, arrivals, prefixCache }: ObjectSystem): Workload {
  const offsets = new Int32Array(requests.length + 1);
  const values: number[] = [];
  for (const [i, request] of requests.entries()) {
    values.push(...(request.blocks ?? []));
    offsets[i + 1] = values.length;
  }
  return {
    count: requests.length,
    row: Int32Array.from(requests, (_, i) => i),
    arrivalMs: Float64Array.from(requests, (one) => one.arrivalMs),
    inputTokens: Int32Array.from(requests, (one) => one.inputTokens),
    outputTokens: Int32Array.from(requests, (one) => one.outputTokens),
    cancelAfterMs: Float64Array.from(requests, (one) => one.cancelAfterMs ?? Number.NaN),
    parent: Int32Array.from(requests, (one) => one.parentIndex ?? -1),
    thinkMs: Float64Array.from(requests, (one) => one.thinkMs ?? 0),
    blocks: prefixCache === null ? null : { offsets, values: Int32Array.from(values) },
    blockTokens: prefixCache?.blockTokens ?? 1,
    uniqueBlocks: values.length === 0 ? 1 : Math.max(...values) + 1,
    hasMedia: false,
    arrivals,
  };
}

/** The clock of a random system as the engine asks it. */
export function dyadicStepClock(clock: DyadicClock): StepClock {
  return {
    name: 'dyadic',
    decode(batch, _context, line) {
      line.aMs = clock.fixedMs + clock.perDecodeMs * batch;
      line.bMs = clock.perContextTokenMs;
      line.validTo = Number.POSITIVE_INFINITY;
    },
    stepMs({ segments }) {
      const segment = segments[0] as (typeof segments)[number];
      let ms = clock.fixedMs + clock.perDecodeMs * segment.decodeSequences;
      ms += clock.perContextTokenMs * segment.decodeKvRead;
      for (let i = 0; i < segment.prefillCount; i++) {
        const rows = segment.prefillRows[i] as number;
        const past = (segment.prefillKeys[i] as number) - rows;
        ms += clock.perPrefillTokenMs * rows + clock.perPrefillPairMs * rows * (past + rows / 2);
      }
      return ms;
    },
  };
}
