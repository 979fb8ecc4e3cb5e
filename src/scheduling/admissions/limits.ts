import type { ParameterValues } from '../../policy/parameters.ts';

/** The service levels that predictions are held against. */
export const slos = {
  ttftSloMs: {
    type: 'number',
    default: 30_000,
    min: 0.001,
    unit: 'ms',
    doc: 'longest acceptable time to first token',
  },
  tbtSloMs: {
    type: 'number',
    default: 100,
    min: 0.001,
    unit: 'ms',
    doc: 'longest acceptable time between tokens',
  },
} as const;

/** Service levels, and the loads up to which requests are taken in. */
export const loadLimits = {
  ...slos,
  threshold: {
    type: 'number',
    default: 1,
    min: 0,
    doc: 'load up to which requests are taken in; 1: predictions equal the SLO',
  },
  lowPriorityThreshold: {
    type: 'number',
    default: 1,
    min: 0,
    doc: 'the same for requests whose priority is below `urgentFrom`',
  },
  urgentFrom: {
    type: 'integer',
    default: -128,
    min: -128,
    max: 128,
    doc: 'lowest priority held to `threshold`; -128: all are, 128: none is',
  },
} as const;

/** Limits of policies that predict the decode load. */
export const predictionLimits = {
  ...loadLimits,
  laterArrivals: {
    type: 'choice',
    default: 'none',
    choices: ['none', 'repeated'],
    doc: 'who arrives later and decodes sooner: none (as printed), or as in the span just past',
  },
} as const;

export type PredictionLimits = ParameterValues<typeof predictionLimits>;
export type Slos = ParameterValues<typeof slos>;
export type LoadLimits = ParameterValues<typeof loadLimits>;
