import { Registry } from '../../policy/registry.ts';
import type { EstimatorFactory } from './estimator-factory.ts';
import { exact } from './exact.ts';
import { noisy } from './noisy.ts';
import { regression } from './regression.ts';

export type { EstimatorFactory, EstimatorTarget } from './estimator-factory.ts';

/** Estimators by name, the default first. */
export const estimators = new Registry<EstimatorFactory>('estimator', [regression, exact, noisy]);
