/** Numbers as people read them: the page, the terminal and the charts use the same words. */

/** Milliseconds under 10 s, else seconds. */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '-';
  const size = Math.abs(ms);
  if (size >= 10_000) return `${(ms / 1000).toFixed(size >= 100_000 ? 0 : 1)} s`;
  if (size >= 100) return `${ms.toFixed(0)} ms`;
  if (size >= 10) return `${ms.toFixed(1)} ms`;
  return `${ms.toFixed(2)} ms`;
}

/** Counts with k and M from 10,000 on, exact below. */
export function formatCount(n: number): string {
  const size = Math.abs(n);
  if (size >= 1e9) return `${(n / 1e9).toFixed(2)} G`;
  if (size >= 1e6) return `${(n / 1e6).toFixed(2)} M`;
  if (size >= 1e4) return `${(n / 1e3).toFixed(1)} k`;
  return Number.isInteger(n) ? String(n) : n.toFixed(2);
}

/** Bytes in GiB with one decimal; MiB and KiB below one GiB. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  if (size >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  if (size >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  if (size >= 2 ** 10) return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
  return `${bytes} B`;
}

/** A share as a percentage with one decimal. */
export function formatShare(share: number | null): string {
  return share === null || !Number.isFinite(share) ? '-' : `${(100 * share).toFixed(1)} %`;
}

/** A ratio as 1.38x. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}
