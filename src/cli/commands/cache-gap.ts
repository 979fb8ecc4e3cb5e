import { bootstrapEstimate } from '../../experiment/statistics/block-bootstrap.ts';
import type { Estimate } from '../../experiment/statistics/interval.ts';
import { sessionUnits } from '../../experiment/statistics/session-units.ts';
import type { BlockStream, HitRule } from '../../replay/cache/block-stream.ts';
import { replayStream } from '../../replay/cache/replay-blocks.ts';

const draws = 300;

/**
 * How much of the gap between LRU and Belady a policy closes: (hits − LRU's) / (Belady's − LRU's)
 * over the requests from `first` on. Interval: 90 %, resamples of their sessions; the unit is a
 * request's hits, in the same resamples for all three. Replays are not repeated, so what sessions
 * do to each other in the cache stays as it was. No interval where there is no gap.
 */
export function createGap(
  stream: BlockStream,
  { rule, first }: { rule: HitRule; first: number },
): (marks: Uint8Array, capacity: number) => Estimate {
  const { arrivalMs, offsets, count } = stream;
  const units = sessionUnits({
    arrivalMs: arrivalMs.subarray(first),
    session: stream.sessions().session.subarray(first),
  });
  const bounds = new Map<number, { lru: Int32Array; min: Int32Array }>();

  const perRequest = (marks: Uint8Array): Int32Array => {
    const hits = new Int32Array(count - first);
    for (let request = first; request < count; request++) {
      for (let at = offsets[request]!; at < offsets[request + 1]!; at++) {
        hits[request - first]! += marks[at]!;
      }
    }
    return hits;
  };
  const hitsOf = (kind: string, capacity: number): Int32Array => {
    const marks = new Uint8Array(stream.ids.length);
    replayStream(stream, { policy: { kind }, capacity, rule, marks });
    return perRequest(marks);
  };
  const boundsAt = (capacity: number) => {
    const known = bounds.get(capacity);
    if (known !== undefined) return known;
    const found = { lru: hitsOf('lru', capacity), min: hitsOf('min', capacity) };
    bounds.set(capacity, found);
    return found;
  };

  return (marks, capacity) => {
    const { lru, min } = boundsAt(capacity);
    const hits = perRequest(marks);
    if (sum(min) === sum(lru)) return { value: Number.NaN, interval: null };
    const closed = (weights: ArrayLike<number>): number => {
      const base = sum(lru, weights);
      return (sum(hits, weights) - base) / (sum(min, weights) - base);
    };
    return bootstrapEstimate(units, closed, { draws });
  };
}

function sum(hits: Int32Array, weights?: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < hits.length; i++) total += hits[i]! * (weights?.[i] ?? 1);
  return total;
}
