import type { Placer } from '../policy/placer.ts';
import { Registry } from '../policy/registry.ts';
import type { Scheduler } from '../policy/scheduler.ts';
import { leastLoaded } from './placers/least-loaded.ts';
import { random } from './placers/random.ts';
import { roundRobin } from './placers/round-robin.ts';
import { chunkedPrefill } from './schedulers/chunked-prefill.ts';
import { orca } from './schedulers/orca.ts';
import { prefillFirst } from './schedulers/prefill-first.ts';

export const schedulers = new Registry<Scheduler>('scheduler', [
  chunkedPrefill,
  prefillFirst,
  orca,
]);

export const placers = new Registry<Placer>('placement', [roundRobin, leastLoaded, random]);
