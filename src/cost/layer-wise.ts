/**
 * How long a prefill takes whose prefix is loaded from a host store and whose new KV is stored
 * there. Source: Mooncake (arXiv 2407.00079v3, section 5.2). Layer-wise prefill: before a layer its
 * KV has been waited for and the load of the next one is launched; after it the store of its own
 * KV is launched; after the last layer all stores are waited for. Loads, layers and stores are
 * three queues, each one after another, all layers alike.
 *
 * With L layers and the L-th parts t_l of the load, t_c of the computing and t_s of the store:
 * T = t_l + max(t_c, t_l)·(L − 1) + t_c + t_s while stores keep up, and where they are the slowest
 * their queue runs without a gap from the first layer's end: T = t_l + t_c + t_s·L. Both are
 * T = t_l + t_c + t_s + max(t_l, t_c, t_s)·(L − 1). The closed form is ours, the paper gives the
 * limit, T ≈ max(load, compute). Times of the whole prompt in ms.
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

/** The same without overlap: load, then compute, then store. */
export function serialMs(computeMs: number, loadMs: number, storeMs: number): number {
  return loadMs + computeMs + storeMs;
}
