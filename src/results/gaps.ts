import { GapHistogram } from './gap-histogram.ts';
import { LongestGaps } from './longest-gaps.ts';
import type { StepColumns } from './step-columns.ts';

export interface Gaps {
  readonly histogram: GapHistogram;
  /** By task; NaN for requests with fewer than two tokens, and for all if not asked for. */
  readonly maxGapMs: Float64Array;
  readonly tbtTop10Ms: Float64Array;
}

export interface GapOptions {
  readonly tasks: number;
  readonly instances: number;
  /** Whether the longest gaps of each request are wanted too; the histogram is the same. */
  readonly perRequest?: boolean;
}

/**
 * Gaps between consecutive tokens of every request, from the step rows and the stays of requests
 * in decode batches: the one place where gaps are computed, whatever mode the replay ran in.
 * Inside a row, gap k is first_ms + (k − 1)·slope_ms; the first gap of a row that does not begin
 * where the request's token before came is the difference of their times.
 */
export function computeGaps(
  steps: StepColumns,
  { tasks, instances, perRequest = true }: GapOptions,
): Gaps {
  const histogram = new GapHistogram();
  const maxGapMs = new Float64Array(tasks).fill(Number.NaN);
  const tbtTop10Ms = new Float64Array(tasks).fill(Number.NaN);
  const rows = decodeRows(steps, instances);
  const joined = rows.map((one) => new Int32Array(one.row.length));
  const order = staysByTask(steps, tasks);
  const longest = new LongestGaps();
  const stays = steps.stayColumns;
  for (let at = 0; at < order.length; ) {
    const task = stays.task[order[at] as number] as number;
    longest.clear();
    let lastTokenMs = Number.NaN;
    for (; at < order.length && stays.task[order[at] as number] === task; at++) {
      const stay = order[at] as number;
      const instance = stays.instance[stay] as number;
      // A stay that begins with a token of its own, or goes on from the one before.
      const ownMs = stays.sinceMs[stay] as number;
      const sinceMs = Number.isNaN(ownMs) ? lastTokenMs : ownMs;
      if (!Number.isNaN(lastTokenMs) && !Number.isNaN(ownMs)) {
        histogram.add(ownMs - lastTokenMs);
        longest.add(ownMs - lastTokenMs, 0, 1);
      }
      lastTokenMs = sinceMs;
      const one = rows[instance] as DecodeRows;
      let i = one.from[stays.firstRow[stay] as number] as number;
      const end = one.from[stays.endRow[stay] as number] as number;
      if (i < end) {
        // The first round of a request without a token brings its first one: no gap.
        if (!Number.isNaN(sinceMs)) {
          const gap = gapAfter(one, i, sinceMs);
          histogram.add(gap);
          longest.add(gap, 0, 1);
        }
        (joined[instance] as Int32Array)[i]!++;
      }
      if (!perRequest) {
        if (i < end) lastTokenMs = one.endMs[end - 1] as number;
        continue;
      }
      for (let first = true; i < end; i++, first = false) {
        if (!first) longest.add(one.carriedMs[i] as number, 0, 1);
        const rounds = one.rounds[i] as number;
        const slope = one.slopeMs[i] as number;
        if (rounds > 1) longest.add((one.firstMs[i] as number) + slope, slope, rounds - 1);
        lastTokenMs = one.endMs[i] as number;
      }
    }
    if (longest.gaps === 0 || !perRequest) continue;
    maxGapMs[task] = longest.maxMs;
    tbtTop10Ms[task] = longest.meanOfLongestTenth();
  }
  for (const [instance, one] of rows.entries()) addRows(histogram, one, joined[instance]!);
  return { histogram, maxGapMs, tbtTop10Ms };
}

/** The rows of one instance in which requests decode, in order of time. */
interface DecodeRows {
  row: Int32Array;
  startMs: Float64Array;
  endMs: Float64Array;
  firstMs: Float64Array;
  slopeMs: Float64Array;
  rounds: Int32Array;
  decodes: Int32Array;
  /** First gap of requests that decoded in the row before too. */
  carriedMs: Float64Array;
  /** Index here of the first decode row at or after a step row of the instance. */
  from: Int32Array;
}

function decodeRows(steps: StepColumns, instances: number): DecodeRows[] {
  const all = new Int32Array(instances);
  const decoding = new Int32Array(instances);
  for (let row = 0; row < steps.rows; row++) {
    const chunk = steps.chunkAt(row);
    const instance = chunk.instance[row & 0xffff] as number;
    all[instance]!++;
    if ((chunk.decodes[row & 0xffff] as number) > 0) decoding[instance]!++;
  }
  const result = Array.from(decoding, (n, i): DecodeRows => {
    const float = () => new Float64Array(n);
    const int = () => new Int32Array(n);
    return {
      row: int(),
      startMs: float(),
      endMs: float(),
      firstMs: float(),
      slopeMs: float(),
      rounds: int(),
      decodes: int(),
      carriedMs: float(),
      from: new Int32Array((all[i] as number) + 1),
    };
  });
  all.fill(0);
  decoding.fill(0);
  for (let row = 0; row < steps.rows; row++) {
    const chunk = steps.chunkAt(row);
    const at = row & 0xffff;
    const instance = chunk.instance[at] as number;
    const one = result[instance] as DecodeRows;
    const i = decoding[instance] as number;
    one.from[all[instance]!++] = i;
    if (chunk.decodes[at] === 0) continue;
    one.row[i] = row;
    one.startMs[i] = chunk.startMs[at] as number;
    one.endMs[i] = chunk.endMs[at] as number;
    one.firstMs[i] = chunk.firstMs[at] as number;
    one.slopeMs[i] = chunk.slopeMs[at] as number;
    one.rounds[i] = chunk.rounds[at] as number;
    one.decodes[i] = chunk.decodes[at] as number;
    if (i > 0) one.carriedMs[i] = gapAfter(one, i, one.endMs[i - 1] as number);
    decoding[instance] = i + 1;
  }
  for (const [i, one] of result.entries()) one.from[all[i] as number] = decoding[i] as number;
  return result;
}

/** Gap from a token at `tokenMs` to the first round of a row. */
function gapAfter(one: DecodeRows, i: number, tokenMs: number): number {
  const first = one.firstMs[i] as number;
  const start = one.startMs[i] as number;
  return start === tokenMs ? first : start + first - tokenMs;
}

/** Gaps of whole rows; the first gaps of requests that joined in a row are counted already. */
function addRows(histogram: GapHistogram, one: DecodeRows, joined: Int32Array): void {
  for (let i = 0; i < one.row.length; i++) {
    const decodes = one.decodes[i] as number;
    const carried = decodes - (joined[i] as number);
    if (carried > 0) histogram.add(one.carriedMs[i] as number, carried);
    const rounds = one.rounds[i] as number;
    const slope = one.slopeMs[i] as number;
    if (rounds > 1) {
      histogram.addSeries((one.firstMs[i] as number) + slope, slope, rounds - 1, decodes);
    }
  }
}

/** Stays in order of task, those of one task in order of time. */
function staysByTask(steps: StepColumns, tasks: number): Int32Array {
  const { task } = steps.stayColumns;
  const start = new Int32Array(tasks + 1);
  for (let i = 0; i < steps.stays; i++) start[(task[i] as number) + 1]!++;
  for (let t = 0; t < tasks; t++) start[t + 1]! += start[t] as number;
  const order = new Int32Array(steps.stays);
  for (let i = 0; i < steps.stays; i++) order[start[task[i] as number]!++] = i;
  return order;
}
