import type { Placer } from '../policy/placer.ts';
import { Registry } from '../policy/registry.ts';
import type { Scheduler } from '../policy/scheduler.ts';
import { cacheAware } from './placers/cache-aware.ts';
import { kvCacheCentric } from './placers/kv-cache-centric.ts';
import { leastLoaded } from './placers/least-loaded.ts';
import { loadBalancing } from './placers/load-balancing.ts';
import { longestPrefix } from './placers/longest-prefix.ts';
import { random } from './placers/random.ts';
import { roundRobin } from './placers/round-robin.ts';
import { andes } from './schedulers/andes.ts';
import { chunkedPrefill } from './schedulers/chunked-prefill.ts';
import { decodePool } from './schedulers/decode-pool.ts';
import { dynamicBatch } from './schedulers/dynamic-batch.ts';
import { exclusiveBatching } from './schedulers/exclusive-batching.ts';
import { exclusiveBatchingPlus } from './schedulers/exclusive-batching-plus.ts';
import { hybrid } from './schedulers/hybrid/hybrid.ts';
import { slotsQueue } from './schedulers/hybrid/slots-queue.ts';
import { insertBandit } from './schedulers/insert-bandit.ts';
import { aMax, aMin } from './schedulers/interval-bound.ts';
import { learningToRank } from './schedulers/learning-to-rank.ts';
import { leastLaxity } from './schedulers/least-laxity.ts';
import { levelFinish } from './schedulers/level-finish.ts';
import { mcSf } from './schedulers/mc-sf.ts';
import { nestedWait } from './schedulers/nested-wait.ts';
import { orca } from './schedulers/orca.ts';
import { prefillFirst } from './schedulers/prefill-first.ts';
import { prefillPool } from './schedulers/prefill-pool.ts';
import { skipJoinMlfq } from './schedulers/skip-join-mlfq.ts';
import { sortedF } from './schedulers/sorted-f.ts';
import { srpt } from './schedulers/srpt.ts';
import { vtc } from './schedulers/vtc.ts';
import { wait } from './schedulers/wait.ts';

export const schedulers = new Registry<Scheduler>('scheduler', [
  chunkedPrefill,
  prefillFirst,
  orca,
  prefillPool,
  decodePool,
  slotsQueue,
  hybrid,
  levelFinish,
  srpt,
  learningToRank,
  skipJoinMlfq,
  vtc,
  andes,
  leastLaxity,
  mcSf,
  wait,
  nestedWait,
  sortedF,
  aMin,
  aMax,
  exclusiveBatching,
  exclusiveBatchingPlus,
  dynamicBatch,
  insertBandit,
]);

export const placers = new Registry<Placer>('placement', [
  roundRobin,
  leastLoaded,
  random,
  loadBalancing,
  longestPrefix,
  cacheAware,
  kvCacheCentric,
]);
