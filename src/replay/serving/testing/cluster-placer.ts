import type { Admission } from '../../../policy/admission.ts';
import type { ClusterView, Placement, Placer } from '../../../policy/placer.ts';
import type { Cluster, ClusterPlacement, Refusal } from './cluster-types.ts';

/**
 * The placement of the cluster simulator for the engine: prompts in turn, decodes in turn or where
 * fewest requests are, prefixes from the instance that holds most where it holds enough more.
 */
export class TestPlacer implements Placer {
  readonly #placement: ClusterPlacement;
  readonly #hasStore: readonly boolean[];
  #prompts = 0;
  #decodes = 0;

  constructor({ placement, instances }: Cluster) {
    this.#placement = placement;
    this.#hasStore = instances.map(({ storeBlocks }) => storeBlocks !== null);
  }

  place(task: number, view: ClusterView, out: Placement): void {
    const at = view.prefillInstances[this.#prompts++ % view.prefillInstances.length]!;
    out.prefill = at;
    const isCoupled = view.decodeInstances.includes(at);
    if (!isCoupled && !this.#placement.late) out.decode = this.placeDecode(task, view);
    const { sourceBlocks } = this.#placement;
    if (sourceBlocks === null || !this.#hasStore[at]) return;
    const held = Array.from({ length: view.instances }, (_, i) => view.residentBlocks(task, i));
    let source = at;
    for (const [i, blocks] of held.entries()) if (blocks > held[source]!) source = i;
    if (source === at || held[source]! < held[at]! + sourceBlocks) return;
    out.source = source;
    out.sourceBlocks = held[source]!;
  }

  placeDecode(_task: number, view: ClusterView): number {
    const { decodeInstances } = view;
    if (this.#placement.decode === 'round-robin') {
      return decodeInstances[this.#decodes++ % decodeInstances.length]!;
    }
    let best = decodeInstances[0]!;
    for (const at of decodeInstances) {
      if (view.openRequests(at) < view.openRequests(best)) best = at;
    }
    return best;
  }
}

/** Turns away every so many rows. */
export class TestAdmission implements Admission {
  readonly #arrival: Refusal | null;
  readonly #decode: Refusal | null;

  constructor({ refuseArrival, refuseDecode }: Cluster) {
    this.#arrival = refuseArrival;
    this.#decode = refuseDecode;
  }

  atArrival(task: number): boolean {
    return this.#arrival === null || task % this.#arrival.every !== this.#arrival.remainder;
  }

  atDecode(task: number): boolean {
    return this.#decode === null || task % this.#decode.every !== this.#decode.remainder;
  }
}
