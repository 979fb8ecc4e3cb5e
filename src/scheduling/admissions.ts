import type { Admission } from '../policy/admission.ts';
import { Registry } from '../policy/registry.ts';
import { early } from './admissions/early.ts';
import { earlyOracle } from './admissions/early-oracle.ts';
import { earlyPredicted } from './admissions/early-predicted.ts';
import { none } from './admissions/none.ts';
import { ttftTbt } from './admissions/ttft-tbt.ts';
import { twoGates } from './admissions/two-gates.ts';

/** Policies that take requests in or turn them away; `none` is the default. */
export const admissions = new Registry<Admission>('admission', [
  none,
  ttftTbt,
  twoGates,
  early,
  earlyPredicted,
  earlyOracle,
]);
