/**
 * Prefill of one request around its KV traffic (Mooncake, arXiv 2407.00079v3, section 5.2): each
 * layer waits for the load of its cached KV, computes, and stores the new KV; loads, computing and
 * stores of different layers overlap. With equal layers the slowest of the three paces all.
 */

/**
 * @param computeMs, loadMs, storeMs of all layers, each alone
 * @param layers at least 1
 */
export function layerWiseMs(
  computeMs: number,
  loadMs: number,
  storeMs: number,
  layers: number,
): number {
  const slowest = Math.max(computeMs, loadMs, storeMs);
  return (computeMs + loadMs + storeMs + slowest * (layers - 1)) / layers;
}

/** The same, one after the other. */
export function serialMs(computeMs: number, loadMs: number, storeMs: number): number {
  return loadMs + computeMs + storeMs;
}
