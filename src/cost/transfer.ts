import type { Link } from '../hardware/links.ts';

/** One transfer alone on a link: its start and its bytes at the achieved rate, ms. */
export function transferMs({ startUs, bytesPerS }: Link, bytes: number): number {
  return bytes === 0 ? 0 : startUs / 1000 + (1000 * bytes) / bytesPerS;
}
