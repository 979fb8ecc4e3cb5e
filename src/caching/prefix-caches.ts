/** Prefix caches that an instance can have. */
import { definePolicy, Registry } from '../policy/registry.ts';

/** Whether an instance keeps prefix blocks, and how it chooses victims. */
export interface PrefixCacheChoice {
  readonly enabled: boolean;
}

export const prefixCaches = new Registry<PrefixCacheChoice>('prefix cache', [
  definePolicy<PrefixCacheChoice, Record<string, never>>({
    kind: 'off',
    doc: 'no prefix is kept: every prompt is computed whole',
    source: 'vLLM without automatic prefix caching',
    parameters: {},
    create: () => ({ enabled: false }),
  }),
  definePolicy<PrefixCacheChoice, Record<string, never>>({
    kind: 'lru',
    doc: 'blocks stay in the KV memory until it is needed; least recently released leaf goes first',
    source: 'vLLM automatic prefix caching; SGLang radix cache (leaf-only LRU)',
    parameters: {},
    create: () => ({ enabled: true }),
  }),
]);
