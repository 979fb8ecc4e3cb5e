/** What experiment files import from 'reprise'. */
export { mooncakeNodeConstants } from '../cost/mooncake-node.ts';
export {
  breakEvenBytesPerS,
  prefixBytesPerToken,
  reuseCoefficients,
} from '../cost/reuse-pays.ts';
export { modelNamed } from '../model/models.ts';
export { kvBytesPerToken } from '../model/parameters.ts';
export { shardOf } from '../model/shard.ts';
export type { ScenarioInput } from '../replay/scenario.ts';
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
