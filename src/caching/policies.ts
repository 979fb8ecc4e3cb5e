import { Belady } from './belady.ts';
import type { Eviction, Future } from './eviction.ts';
import { Fifo } from './fifo.ts';
import { Lfu } from './lfu.ts';
import { Lru } from './lru.ts';
import { Ttl } from './ttl.ts';

/** What a policy may need to be built; it takes its part. */
interface EvictionNeeds {
  /** Ids are below this. */
  readonly blocks: number;
  readonly ttlMs: number;
  readonly future: Future;
}

const builders = {
  lru: ({ blocks }) => new Lru(blocks),
  lfu: ({ blocks }) => new Lfu(blocks),
  fifo: ({ blocks }) => new Fifo(blocks),
  min: ({ blocks, future }) => new Belady(blocks, { future }),
  ttl: ({ blocks, ttlMs }) => new Ttl(blocks, { ttlMs }),
} satisfies Record<string, (needs: EvictionNeeds) => Eviction>;

export type EvictionName = keyof typeof builders;

export function createEviction(name: EvictionName, needs: EvictionNeeds): Eviction {
  return builders[name](needs);
}
