import type { AnalysisInput } from '../replay/analysers.ts';
import type { ScenarioInput } from '../replay/scenario.ts';
import type { TableName } from '../results/schema.ts';

/** A scenario, or changes to one: a preset or file by name, and members over it. */
export type ScenarioBase = ScenarioPatch | (ScenarioPatch & { readonly preset: string });

/** Members of a scenario to merge into another; lists are replaced, `kind` drops the old policy. */
export type ScenarioPatch = DeepPartial<ScenarioInput>;

type DeepPartial<T> = T extends readonly (infer E)[]
  ? readonly E[]
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

export type LabelValue = string | number | boolean;

/** What sets a cell apart, by axis: `{ scheduler: 'orca', rate: 2, seed: 1 }`. */
export type Labels = Readonly<Record<string, LabelValue>>;

/** Members of an analysis, or of several kinds: a grid's axes add what its base leaves out. */
export type AnalysisPatch = DeepPartial<AnalysisInput>;

/** One dimension: values for a path of the scenario or analysis (`set`), or named patches. */
export type Axis<Patch = ScenarioPatch> =
  | { readonly set: string | readonly string[]; readonly to: readonly LabelValue[] }
  | Readonly<Record<string, Patch>>;

interface Axes<Base, Patch> {
  readonly base: Base;
  readonly axes: Readonly<Record<string, Axis<Patch>>>;
}

interface Repeated {
  /** Scenario seeds; every cell gets each of them, so cells are paired (common random numbers). */
  readonly seeds?: readonly number[];
  /** Short for seeds 1 … n. */
  readonly repetitions?: number;
}

/** Cells of an experiment: every combination, side by side, or by name. */
type CellSet<Base, Patch> =
  | ({ readonly grid: Axes<Base, Patch> } & Repeated)
  | ({ readonly zip: Axes<Base, Patch> } & Repeated)
  | ({
      readonly list: {
        readonly base?: Base;
        /** Label of the list's axis; `system` by default. */
        readonly axis?: string;
        readonly cells: Readonly<Record<string, Patch>>;
      };
    } & Repeated);

/** Replays of the serving engine. */
export type ScenarioSet = CellSet<ScenarioBase, ScenarioPatch>;

/** Runs of analysers: each names its analyser by `kind` (src/replay/analysers.ts). */
export type AnalysisSet = CellSet<AnalysisPatch, AnalysisPatch>;

/** A scenario with what sets it apart. */
export interface Cell {
  readonly labels: Labels;
  readonly scenario: ScenarioBase;
}

/** An analysis with what sets it apart. */
export interface AnalysisCell {
  readonly labels: Labels;
  readonly analysis: AnalysisPatch;
}

/** The six kinds of claim; only `predicted` counts in the headline. */
export const claimKinds = [
  'identity',
  'predicted',
  'postdicted',
  'calibrated',
  'shape',
  'cross-check',
] as const;
export type ClaimKind = (typeof claimKinds)[number];

/** One published figure and the SQL that gives ours. */
export interface Claim {
  /** Unique in its paper. */
  readonly id: string;
  /** What it says, in words. */
  readonly says: string;
  readonly source: {
    /** Edition of the paper, as its dossier names it. */
    readonly version: string;
    /** Section, table or figure. */
    readonly where: string;
    readonly read: 'printed' | 'read from a figure' | 'derived';
  };
  readonly kind: ClaimKind;
  /** As published, in `unit`; a shape is published as 1: it holds. */
  readonly published: number;
  readonly unit: string;
  /** Step of the last printed digit: 0.1 for 3.4; half of it is added to the tolerance. */
  readonly precision?: number;
  /**
   * One row: `replayed`, and optionally `low`, `high` and `interval` (its source). It sees the runs
   * of the experiment alone, its views, `cells`, `capacities` and `capacity_scan`. A shape returns
   * a boolean or 0 / 1.
   */
  readonly sql: string;
  /** Cells that it reads, by labels; all if left out. Its definition covers only these. */
  readonly cells?: Labels;
  readonly tolerance:
    | { readonly relative: number; readonly reason: string }
    | { readonly absolute: number; readonly reason: string };
  /** Why the two figures cannot be compared; counts only before the first comparison. */
  readonly notComparable?: string;
  /** Changes after the first comparison; each stays visible. */
  readonly changes?: readonly {
    readonly date: string;
    readonly what: string;
    readonly why: string;
  }[];
}

/** A constant of a paper, used by its experiments. */
export interface PaperConstant {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  /** Claims (`paper/id`) that it was chosen from. */
  readonly setFrom?: readonly string[];
}

/** Latency limits in milliseconds; what is left out is not asked. */
export interface AbsoluteSlo {
  readonly ttftMs?: number;
  readonly tpotMs?: number;
  readonly e2eMs?: number;
  /** Longest gap between two tokens. */
  readonly gapMs?: number;
}

/** Limits, limits by the requests' `slo_class`, or multiples of a cell's unloaded latency. */
export type SloSpec =
  | AbsoluteSlo
  | { readonly byClass: Readonly<Record<string, AbsoluteSlo>> }
  | {
      /** Labels of the cell whose system serves one request at a time. */
      readonly multipleOf: Labels;
      readonly ttft?: number;
      readonly tpot?: number;
      readonly e2e?: number;
      readonly statistic?: 'mean' | 'p50' | 'p90' | 'p99';
    };

/** How much load the system of each cell carries. */
export interface CapacitySpec {
  readonly name: string;
  /** Cells to scan, by labels; all if left out. Cells that differ in the seed alone are one. */
  readonly cells?: Labels;
  /** Rate factors of the scan, rising. */
  readonly rates: readonly number[];
  readonly slo: SloSpec;
  /** Share of arrivals that must meet the SLOs. */
  readonly attainment: number;
  /** One-sided confidence of the lower limit of attainment. */
  readonly confidence?: number;
  /** Halvings of the interval in which the scan crosses the target. */
  readonly bisections?: number;
}

/** A chart of an experiment: SQL and a Vega-Lite specification without data. */
export interface ChartSpec {
  readonly id: string;
  /** The finding; or SQL whose one cell states it. */
  readonly title: string | { readonly sql: string };
  /** What is drawn. */
  readonly subtitle: string;
  readonly sql: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** What the interval in the chart is; 'single run, no interval' if left out. */
  readonly interval?: string;
}

/** One study: scenarios, how they are read, and what they are held against. */
export interface Experiment {
  readonly name: string;
  /** Group of experiments: a paper, or a topic. */
  readonly paper: string;
  readonly question: string;
  /** What the serving engine replays; scenarios, analyses or both. */
  readonly scenarios?: ScenarioSet | readonly ScenarioSet[] | (() => Iterable<Cell>);
  /** What analysers are asked: block caches, step times, quantities. */
  readonly analyses?: AnalysisSet | readonly AnalysisSet[] | (() => Iterable<AnalysisCell>);
  /** Cells by labels that each gain is shown against. */
  readonly baselines?: { readonly paper?: Labels; readonly strongest?: Labels };
  /** Tables of replays to keep beside `runs`: `summary` keeps none. Analyses keep all of theirs. */
  readonly tables?: 'all' | 'summary' | readonly TableName[];
  readonly slo?: SloSpec;
  /** Arrivals that count, ms in the replay; all if left out. */
  readonly measure?: { readonly fromMs?: number; readonly toMs?: number };
  readonly capacities?: readonly CapacitySpec[];
  /** Views by name, for claims and charts. */
  readonly views?: Readonly<Record<string, string>>;
  readonly constants?: readonly PaperConstant[];
  readonly claims?: readonly Claim[];
  readonly charts?: readonly ChartSpec[];
  readonly notes?: string;
  /**
   * Where its file stands, known once it is loaded: policy files in its scenarios are relative to
   * it. The working folder for an experiment of no file.
   */
  readonly folder?: string;
}

/** Gives an experiment its types; the file's default export. */
export function defineExperiment(experiment: Experiment): Experiment {
  return experiment;
}

/** Gives the claims of a paper their types. */
export function defineClaims(claims: readonly Claim[]): readonly Claim[] {
  return claims;
}
