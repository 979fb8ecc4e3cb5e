/** Policies that a block cache can have, by name. */
import { Registry } from '../policy/registry.ts';
import type { CachePolicy } from './cache-policy.ts';
import { arc } from './evictions/arc.ts';
import { min } from './evictions/belady.ts';
import { clock } from './evictions/clock.ts';
import { fifo } from './evictions/fifo.ts';
import { gdsf } from './evictions/gdsf.ts';
import { hyperbolic } from './evictions/hyperbolic.ts';
import { lengthAware } from './evictions/length-aware.ts';
import { lfu } from './evictions/lfu.ts';
import { lfuDa } from './evictions/lfu-da.ts';
import { lfuPerfect } from './evictions/lfu-perfect.ts';
import { lirs } from './evictions/lirs.ts';
import { lru } from './evictions/lru.ts';
import { lruK } from './evictions/lru-k.ts';
import { reuseRate } from './evictions/reuse-rate.ts';
import { s3Fifo } from './evictions/s3-fifo.ts';
import { sessionAware } from './evictions/session-aware.ts';
import { sglangRadix } from './evictions/sglang-radix.ts';
import { sieve } from './evictions/sieve.ts';
import { slru } from './evictions/slru.ts';
import { ttl } from './evictions/ttl.ts';
import { twoQueue } from './evictions/two-queue.ts';
import { vllm } from './evictions/vllm.ts';
import { wTinyLfu } from './evictions/w-tinylfu.ts';

export const cachePolicies = new Registry<CachePolicy>('cache policy', [
  lru,
  fifo,
  clock,
  lfu,
  lfuPerfect,
  lfuDa,
  lengthAware,
  gdsf,
  sieve,
  s3Fifo,
  twoQueue,
  slru,
  arc,
  lirs,
  wTinyLfu,
  lruK,
  hyperbolic,
  ttl,
  sessionAware,
  reuseRate,
  sglangRadix,
  vllm,
  min,
]);
