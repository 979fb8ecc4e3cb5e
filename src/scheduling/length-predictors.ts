/** Predictors of output length, by name; each makes one object for an instance. */
import type { PredictorFactory } from '../policy/length-predictor.ts';
import { Registry } from '../policy/registry.ts';
import { bucketed } from './predictors/bucketed.ts';
import { history } from './predictors/history.ts';
import { logNormal } from './predictors/log-normal.ts';
import { none } from './predictors/none.ts';
import { oracle } from './predictors/oracle.ts';
import { promptOnly } from './predictors/prompt-only.ts';

export const lengthPredictors = new Registry<PredictorFactory>('length predictor', [
  none,
  oracle,
  logNormal,
  promptOnly,
  bucketed,
  history,
]);
