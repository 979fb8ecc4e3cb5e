/** What experiment files import from 'reprise'. */
export type {
  AbsoluteSlo,
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
export { presentTrace } from './present-trace.ts';
