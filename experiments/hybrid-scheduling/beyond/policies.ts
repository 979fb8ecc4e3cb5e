import { type Profile, profile } from '../profile.ts';
import { fcfs, hybrid, online, type Policy, policyOf } from '../systems.ts';

const byQueue: Readonly<Record<string, (sigma: number) => Policy>> = {
  fcfs: () => ({ ...fcfs, rule: 'fixed-part' }),
  hybrid,
  'hybrid, steals the longest': (sigma) => ({ ...hybrid(sigma), steal: 'longest' }),
  'longest predicted first': (sigma) => ({ ...online(sigma), rule: 'fixed-part' }),
};

/** By the margin that they leave a request to outlast its prediction. */
const margins: Readonly<Record<string, number>> = {
  'level-finish': 2.5,
  'level-finish, margin 2': 2,
};

export const policyNames = [...Object.keys(byQueue), ...Object.keys(margins)];

export const prices: Profile = profile(5);

/** Scheduler, order and lengths of a group; all under the same rule and prices. */
export function servedBy(policy: string, sigma: number) {
  const one = byQueue[policy];
  if (one !== undefined) return policyOf(one(sigma), prices);
  return {
    scheduler: { kind: 'level-finish', margin: margins[policy], rule: 'fixed-part', ...prices },
    order: { kind: 'fcfs' },
    lengths: { kind: 'log-normal', sigma },
  };
}
