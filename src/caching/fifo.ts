/**
 * First in, first out. Source: textbook.
 * Rule: the victim is the block admitted first; a hit changes nothing.
 * A shared prefix ages out before its continuations, so residents may lose their ancestors.
 */
import type { Eviction } from './eviction.ts';
import { IdList } from './id-list.ts';

export class Fifo implements Eviction {
  readonly #byAdmission: IdList;

  constructor(blocks: number) {
    this.#byAdmission = new IdList(blocks);
  }

  hit(): void {}

  admit(id: number): void {
    this.#byAdmission.push(id);
  }

  victim(_nowMs: number, evictable: (id: number) => boolean): number {
    return this.#byAdmission.find(evictable);
  }

  remove(id: number): void {
    this.#byAdmission.remove(id);
  }
}
