import type { PlacedConstant } from '../cost/constants.ts';

/** One analysis as plain data, every default filled in: what an analyser is asked. */
export interface AnalysisSpec {
  readonly kind: string;
  /** Name or path of the trace; none for analysers that read none. */
  readonly trace?: string;
  readonly [member: string]: unknown;
}

/** Values of one column, as many as its table has rows; null where there is none. */
export type AnalysisColumn =
  | readonly (string | number | null)[]
  | Int32Array
  | Uint32Array
  | Float64Array;

/** Columns of a result table by name, but for `run`. */
export type AnalysisColumns = Readonly<Record<string, AnalysisColumn>>;

/**
 * A replay that is not the serving engine: a trace, or nothing, and a specification in, rows out.
 * It must give the same rows for the same specification and trace.
 */
export interface Analyser<Spec extends AnalysisSpec = AnalysisSpec, Trace = unknown> {
  readonly kind: Spec['kind'];
  readonly doc: string;
  /** Where the rules of the analysis stand. */
  readonly source: string;
  /** Result tables that it fills; their schemas stand in results/schema.ts. */
  readonly tables: readonly string[];
  /**
   * Validates a specification and fills in its defaults.
   * @throws InputError naming place, value and rule
   */
  readonly parse: (given: unknown) => Spec;
  /**
   * Reads its trace from the bytes of a file, as plain data and typed arrays: threads share it. Null
   * for an analyser without a trace.
   */
  readonly decode: ((bytes: Uint8Array, path: string) => Trace) | null;
  /**
   * Refuses what `analyse` would refuse, before anything runs.
   * @throws InputError
   */
  readonly check?: (spec: Spec, trace: Trace) => void;
  /** Fitted constants that can influence its rows. */
  readonly constants?: (spec: Spec) => readonly PlacedConstant[];
  readonly analyse: (spec: Spec, trace: Trace) => Readonly<Record<string, AnalysisColumns>>;
}

/** Keeps the types of an analyser while it enters a registry of mixed ones. */
export function defineAnalyser<Spec extends AnalysisSpec, Trace>(
  analyser: Analyser<Spec, Trace>,
): Analyser {
  return analyser as unknown as Analyser;
}

/** Columns from rows that all have the same members. */
export function columnsOf(
  rows: readonly Readonly<Record<string, string | number | null>>[],
): AnalysisColumns {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? null)]));
}
