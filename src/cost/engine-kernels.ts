import type { KernelTree } from './gpu-profiles.ts';
import type { EngineProfile } from './profiles.ts';

/** Kernel constants with the engine's own kernels in the place of the GPU's common ones. */
export function treeOfEngine(tree: KernelTree, { kernels }: EngineProfile): KernelTree {
  if (kernels === undefined) return tree;
  const merged: Record<string, object> = { ...tree };
  for (const [family, own] of Object.entries(kernels)) {
    merged[family] = { ...merged[family], ...own };
  }
  return merged as unknown as KernelTree;
}
