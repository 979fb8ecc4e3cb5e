import type { Axis, Claim } from 'reprise';
import { clocks } from '../systems.ts';
import { strategies } from './published.ts';

export const printed = (version: string, where: string): Claim['source'] => ({
  version,
  where,
  read: 'printed',
});
export const drawn = (version: string, where: string): Claim['source'] => ({
  version,
  where,
  read: 'read from a figure',
});
export const derived = (version: string, where: string): Claim['source'] => ({
  version,
  where,
  read: 'derived',
});

export const FAST25 = "FAST'25";
export const V3 = 'arXiv 2407.00079v3';

export const holds = { absolute: 0, reason: 'it holds or it does not' };

/** A step of the clocks is within 8 %, and queues pass errors on enlarged. */
export const within = (relative: number) => ({
  relative,
  reason: 'a step of the clock is within 8 %; a mean with queues in it is less certain than a step',
});

/** Both clocks as an axis. */
export const clockAxis: Axis = clocks;

/** The strategies of both papers, and Algorithm 1 in the reading that weighs its transfers. */
export const strategyAxis: Axis = {
  ...Object.fromEntries(strategies.map((kind) => [kind, { placement: { kind } }])),
  'kv-cache-centric, min': { placement: { kind: 'kv-cache-centric', mode: 'min' } },
};

/** Half a 90 % interval of a mean over five seeds (Student t). */
export const halfOf = (column: string) => `2.132 * stddev_samp(${column}) / sqrt(5)`;
export const fiveSeeds =
  "'arrivals within their ticks and random placement, 5 seeds, 90 % (Student t)'";
