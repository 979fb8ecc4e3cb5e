import type { Source } from './backlogs.ts';

/**
 * Weights of insert-bandit, learned on the earlier backlog of each source by `trained` of train.ts (REINFORCE in
 * the slot model, 600 episodes, seed 1), by the fixed part of a prefill stage in ms. Frozen here,
 * so that no run learns on what it reports.
 */
export const weights: Readonly<
  Record<Source, Readonly<Record<number, Readonly<Record<string, number>>>>>
> = {
  gsm8k: {
    0: {
      bias: 4.081,
      idleWeight: 0.033,
      waitingWeight: 3.2,
      activeWeight: 4.047,
      idleRoundsWeight: 0.013,
    },
    2.5: {
      bias: -0.585,
      idleWeight: 1.257,
      waitingWeight: -0.175,
      activeWeight: -1.838,
      idleRoundsWeight: 7.8,
    },
    5: {
      bias: -1.477,
      idleWeight: 0.956,
      waitingWeight: -0.222,
      activeWeight: -2.433,
      idleRoundsWeight: 8.397,
    },
    10: {
      bias: -2.327,
      idleWeight: 0.482,
      waitingWeight: -1.19,
      activeWeight: -2.818,
      idleRoundsWeight: 6.883,
    },
    20: {
      bias: -3.865,
      idleWeight: -0.093,
      waitingWeight: -2.811,
      activeWeight: -3.739,
      idleRoundsWeight: 1.479,
    },
  },
  conversation: {
    0: {
      bias: 4.125,
      idleWeight: 0.035,
      waitingWeight: 3.155,
      activeWeight: 4.09,
      idleRoundsWeight: 0.013,
    },
    2.5: {
      bias: -0.561,
      idleWeight: 1.158,
      waitingWeight: -0.308,
      activeWeight: -1.725,
      idleRoundsWeight: 7.232,
    },
    5: {
      bias: -1.376,
      idleWeight: 0.85,
      waitingWeight: -0.437,
      activeWeight: -2.23,
      idleRoundsWeight: 7.481,
    },
    10: {
      bias: -2.288,
      idleWeight: 0.417,
      waitingWeight: -1.281,
      activeWeight: -2.711,
      idleRoundsWeight: 6.156,
    },
    20: {
      bias: -1.553,
      idleWeight: -0.036,
      waitingWeight: -1.359,
      activeWeight: -1.518,
      idleRoundsWeight: -0.254,
    },
  },
};
