/**
 * First in, first out. Source: textbook.
 * Rule: the victim is the block admitted first; a hit changes nothing.
 * A shared prefix ages out before its continuations: in the free form residents lose ancestors.
 */
import { AgeQueue } from '../age-queue.ts';
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';

export class Fifo implements Eviction {
  readonly #byAdmission: AgeQueue;

  constructor({ blocks, held }: EvictionContext) {
    this.#byAdmission = new AgeQueue(blocks, held);
  }

  hit(): void {}

  admit(id: number): void {
    this.#byAdmission.push(id);
  }

  evict(): number {
    return this.#byAdmission.shift();
  }

  remove(id: number): void {
    this.#byAdmission.remove(id);
  }

  released(id: number): void {
    this.#byAdmission.released(id);
  }
}

export const fifo = defineEviction({
  kind: 'fifo',
  doc: 'the block admitted longest ago goes first',
  source: 'textbook',
  parameters: {},
  create: (_values, context) => new Fifo(context),
});
