/** What experiment files and policy files import from 'reprise'. */
export { mooncakeNodeConstants } from '../cost/mooncake-node.ts';
export {
  breakEvenBytesPerS,
  prefixBytesPerToken,
  reuseCoefficients,
} from '../cost/reuse-pays.ts';
export type { StepClock } from '../cost/work.ts';
export { modelNamed } from '../model/models.ts';
export { kvBytesPerToken } from '../model/parameters.ts';
export { shardOf } from '../model/shard.ts';
export type { Admission } from '../policy/admission.ts';
export type { Estimator } from '../policy/estimator.ts';
export type {
  LengthPredictor,
  PredictorFactory,
  PredictorInput,
} from '../policy/length-predictor.ts';
export type { Order, QueuedRequest } from '../policy/order.ts';
export type { Parameter, Parameters, ParameterValues } from '../policy/parameters.ts';
export type { ClusterView, Placement, Placer, RequestObserver } from '../policy/placer.ts';
export type { Oracle, PolicyContext, PolicyDefinition } from '../policy/registry.ts';
export { definePolicy } from '../policy/registry.ts';
export type { InstanceView, Plan, RequestFacts, Scheduler, Task } from '../policy/scheduler.ts';
export type { ScenarioInput } from '../replay/scenario.ts';
export type {
  EstimatorFactory,
  EstimatorTarget,
} from '../scheduling/estimators/estimator-factory.ts';
export { RandomStream } from '../units/random.ts';
export type {
  AbsoluteSlo,
  AnalysisCell,
  AnalysisPatch,
  AnalysisSet,
  Axis,
  CapacitySpec,
  Cell,
  ChartSpec,
  Claim,
  ClaimKind,
  Experiment,
  Labels,
  LabelValue,
  PaperConstant,
  ScenarioBase,
  ScenarioPatch,
  ScenarioSet,
  SloSpec,
} from './define.ts';
export { defineClaims, defineExperiment } from './define.ts';
export { coldAndWarm } from './measure.ts';
export { presentTrace } from './present-trace.ts';
export { clockEstimate, clockVariants, rankingShare } from './statistics/clock.ts';
export type { Estimate, Interval } from './statistics/interval.ts';
export { paretoFront } from './statistics/pareto.ts';
export { seedEstimate } from './statistics/seeds.ts';
