/** Host stores that a node can have beside the KV memory of its GPUs. */
import { definePolicy, Registry } from '../policy/registry.ts';
import type { BlockStoreChoice } from './store/block-store.ts';
import { EmptyStore } from './store/empty-store.ts';
import { pool } from './store/pool.ts';

export const blockStores = new Registry<BlockStoreChoice>('host store', [
  definePolicy<BlockStoreChoice, Record<string, never>>({
    kind: 'none',
    doc: 'no prefix is kept outside the KV memory of the GPUs',
    source: 'engines without offloading',
    parameters: {},
    create: () => ({ enabled: false, tiers: [], build: () => new EmptyStore() }),
  }),
  pool,
]);
