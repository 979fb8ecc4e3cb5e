import type { DecodeLine } from './work.ts';

/**
 * Writes the line of max(flat, steep) that holds at S = `context`: the flatter line up to where the
 * two meet, the steeper one beyond. The meeting point depends on neither `context` nor the path
 * there, so every context on one side of it gets the same line.
 */
export function upperLine(
  line: DecodeLine,
  context: number,
  meeting: number,
  flatMs: number,
  flatSlope: number,
  steepMs: number,
  steepSlope: number,
): void {
  if (context <= meeting) {
    line.aMs = flatMs;
    line.bMs = flatSlope;
    line.validTo = meeting;
  } else {
    line.aMs = steepMs;
    line.bMs = steepSlope;
    line.validTo = Infinity;
  }
}
