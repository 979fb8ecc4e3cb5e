import type { RequestRow } from './run-rows.ts';

/** What `steps` says of one instance, in order of time; milliseconds. */
export interface InstanceRows {
  /** Rows in which requests decode: round k of a row lasts first + (k − 1)·slope. */
  readonly startMs: readonly number[];
  readonly endMs: readonly number[];
  readonly rounds: readonly number[];
  readonly firstMs: readonly number[];
  readonly slopeMs: readonly number[];
  /** All rows with prompt tokens: their end, prompts at work, and tokens of these prompts so far. */
  readonly promptEndMs: readonly number[];
  readonly prompts: readonly number[];
  readonly promptTokens: readonly number[];
}

/**
 * Gaps between the tokens of a finished request, in ms, or null where rows and request do not fit
 * together or leave a choice.
 *
 * A scheduler decodes all requests of its batch or none. So a request that was never preempted has
 * a token at the end of every decode round of the instance that it decodes on, from the round in
 * which it joined to its finish: right after its first token, or later where its prompt was
 * computed on another instance and its KV had to come and to find room. Rounds counted back from
 * the finish tell which. Where decoding yields the first token too, that round has it at its end.
 * A preempted one left the batch at the end of some row, and its next token came at the end of a
 * row with prompt tokens, when its prompt and output so far had been computed again. For one
 * preemption the number of tokens ties the one end to the other; a pair of ends is right if the
 * row had that much at work and the gaps have the longest one, and the mean of the longest tenth,
 * that `requests` has. If several are, none is taken. More preemptions leave too many choices.
 */
export function tokenGapsOf(rows: InstanceRows, request: RequestRow): Float64Array | null {
  if (request.firstTokenMs === null || request.finishMs === null) return null;
  if (request.preemptions === 0) {
    return gapsWithoutBreak(rows, request);
  }
  return request.preemptions === 1 ? gapsWithOneBreak(rows, request) : null;
}

function gapsWithoutBreak(rows: InstanceRows, request: RequestRow): Float64Array | null {
  const firstMs = request.firstTokenMs as number;
  const finishMs = request.finishMs as number;
  const gaps = newGaps(request);
  if (gaps.length === 0) return firstMs === finishMs ? gaps : null;
  let from = firstAtOrAfter(rows.endMs, finishMs);
  let rounds = rows.rounds[from] ?? 0;
  while (from > 0 && rounds < gaps.length) rounds += rows.rounds[--from] as number;
  const startMs = rows.startMs[from];
  if (startMs === undefined) return null;
  if (rounds === gaps.length && startMs >= firstMs) {
    const lastMs = fill(gaps, rows, from, firstMs);
    return fits(gaps, lastMs, request) ? gaps : null;
  }
  // Its first token came from the first round of the row, or of one before that held only it.
  if (rounds === gaps.length && from > 0) rounds += rows.rounds[--from] as number;
  if (rounds !== gaps.length + 1) return null;
  const roundMs = rows.firstMs[from] as number;
  if (!near((rows.startMs[from] as number) + roundMs, firstMs)) return null;
  const all = new Float64Array(rounds);
  const lastMs = fill(all, rows, from, rows.startMs[from] as number);
  const after = all.subarray(1);
  return fits(after, lastMs, request) ? after : null;
}

function gapsWithOneBreak(rows: InstanceRows, request: RequestRow): Float64Array | null {
  const firstMs = request.firstTokenMs as number;
  const finishMs = request.finishMs as number;
  const longest = request.maxGapMs as number;
  const from = firstAtOrAfter(rows.startMs, firstMs);
  const roundsAfter = roundsUntil(rows, finishMs);
  const { promptEndMs } = rows;
  let found: Float64Array | null = null;
  for (let p = firstAtOrAfter(promptEndMs, firstMs); p < promptEndMs.length; p++) {
    const backMs = promptEndMs[p] as number;
    if (backMs > finishMs) break;
    const back = firstAtOrAfter(rows.startMs, backMs);
    const after = roundsAfter(back);
    // The first token and the one that the break ends with come from prompts.
    const before = request.outputTokens - 2 - after;
    if (before < 0 || !couldComplete(rows, p, request.inputTokens + before + 1)) continue;
    const gaps = newGaps(request);
    const leftMs = fill(gaps.subarray(0, before), rows, from, firstMs);
    if (!(leftMs < backMs && backMs - leftMs <= longest * (1 + tolerance))) continue;
    gaps[before] = backMs - leftMs;
    const lastMs = fill(gaps.subarray(before + 1), rows, back, backMs);
    if (!fits(gaps, lastMs, request)) continue;
    if (found !== null) return null;
    found = gaps;
  }
  return found;
}

/** Whether a prompt of so many tokens may have been completed in a row with prompts. */
function couldComplete({ prompts, promptTokens }: InstanceRows, row: number, tokens: number) {
  const atWork = promptTokens[row] as number;
  return prompts[row] === 1 ? atWork === tokens : atWork > tokens;
}

const tolerance = 1e-9;

function newGaps({ outputTokens }: RequestRow): Float64Array {
  return new Float64Array(outputTokens - 1);
}

/**
 * Fills all of `gaps` from decode row `from` on, after a token at `tokenMs`; returns the time of
 * the last token, or NaN if it does not come at the end of a row.
 */
function fill(gaps: Float64Array, rows: InstanceRows, from: number, tokenMs: number): number {
  let lastMs = tokenMs;
  for (let i = from, n = 0; n < gaps.length; i++) {
    const start = rows.startMs[i];
    const rounds = rows.rounds[i];
    if (start === undefined || rounds === undefined || n + rounds > gaps.length) return Number.NaN;
    const first = rows.firstMs[i] as number;
    const slope = rows.slopeMs[i] as number;
    gaps[n++] = start === lastMs ? first : start + first - lastMs;
    for (let k = 1; k < rounds; k++) gaps[n++] = first + k * slope;
    lastMs = rows.endMs[i] as number;
  }
  return lastMs;
}

/** Whether gaps agree with what `requests` says of them. */
function fits(gaps: Float64Array, lastMs: number, request: RequestRow): boolean {
  if (lastMs !== request.finishMs) return false;
  if (gaps.length === 0) return true;
  const sorted = Float64Array.from(gaps).sort().reverse();
  const tenth = sorted.subarray(0, Math.ceil(gaps.length / 10));
  const mean = tenth.reduce((sum, gap) => sum + gap, 0) / tenth.length;
  return near(sorted[0] as number, request.maxGapMs) && near(mean, request.tbtTop10Ms);
}

function near(value: number, recorded: number | null): boolean {
  return recorded !== null && Math.abs(value - recorded) <= tolerance * recorded;
}

/** Rounds of the decode rows from a row on that end at `untilMs` or before. */
function roundsUntil(rows: InstanceRows, untilMs: number): (from: number) => number {
  const sums = [0];
  for (const [i, rounds] of rows.rounds.entries()) {
    if ((rows.endMs[i] as number) > untilMs) break;
    sums.push((sums[i] as number) + rounds);
  }
  const total = sums[sums.length - 1] as number;
  return (from) => total - (sums[from] ?? total);
}

/** First place of a sorted list with a value of at least `value`. */
function firstAtOrAfter(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
