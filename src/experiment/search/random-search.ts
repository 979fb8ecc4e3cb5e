/**
 * Random search: independent draws from the space, none twice. Bergstra and Bengio, "Random Search
 * for Hyper-Parameter Optimization", JMLR 13 (2012). Where few of the parameters matter it covers
 * these better than a grid of the same budget, and it is what other methods have to beat. Deviation:
 * draws without replacement.
 */
import type { SearchContext } from './methods.ts';

export async function randomSearch({ candidates, study }: SearchContext): Promise<void> {
  await study.run(await candidates.draw(study.left));
}
