import { type AnalysisSpec, columnsOf } from '../replay/analyser.ts';
import { analyserNamed, parseAnalysis } from '../replay/analysers.ts';
import { encodeAnalysisTable } from '../results/analysis-tables.ts';
import type { TableName } from '../results/schema.ts';
import { writeRun } from '../results/write-run.ts';
import { decodeRequestTrace } from '../trace/decode.ts';
import { resolveOrGenerate } from '../trace/resolve.ts';
import { InputError } from '../units/input-error.ts';
import { runKeyOf } from './run-key.ts';
import { type LoadedTrace, provenance } from './run-scenario.ts';

/** A trace in memory, as an analyser reads it. */
export interface LoadedData {
  readonly located: LoadedTrace['located'];
  readonly trace: unknown;
}

/** What a run of an analyser says of itself. */
export interface AnalysisSummary {
  readonly run: string;
  readonly scenario_hash: string;
  readonly wall_s: number;
}

/** A trace as an analyser decodes it. */
export async function loadData(
  nameOrPath: string,
  decode: (bytes: Uint8Array, path: string) => unknown,
): Promise<LoadedData> {
  const { bytes, ...located } = await resolveOrGenerate(nameOrPath);
  return { located, trace: decode(bytes, located.path) };
}

/** The name of the trace that an analysis reads; null for one that reads none. */
export function traceOf({ kind, trace }: AnalysisSpec): string | null {
  return analyserNamed(kind).decode === null ? null : (trace as string);
}

/**
 * Runs one analysis: trace and specification in, a run folder with `analyses` and the tables of
 * the analyser out.
 * @param given the analysis as its author wrote it; validated here
 * @param out folder that the run's folder goes to
 */
export async function runAnalysis(
  given: unknown,
  out: string,
  loaded: LoadedData | null,
): Promise<AnalysisSummary> {
  const started = performance.now();
  const spec = parseAnalysis(given);
  const analyser = analyserNamed(spec.kind);
  if ((analyser.decode === null) !== (loaded === null)) {
    throw new InputError(`analysis ${spec.kind} ${loaded ? 'with' : 'without'} a trace`);
  }
  const { run, scenarioHash, canonical } = runKeyOf(spec, loaded?.located.sha256 ?? null);
  const analysis = {
    scenario_hash: scenarioHash,
    analyser: spec.kind,
    trace: loaded?.located.name ?? null,
    trace_kind: kindOf(loaded?.trace),
    analysis: canonical,
  };
  const tables = {
    analyses: columnsOf([analysis]),
    ...analyser.analyse(spec, loaded?.trace ?? null),
  };
  const bytes: Record<string, () => Uint8Array | string> = {
    'scenario.json': () => `${canonical}\n`,
  };
  for (const [table, columns] of Object.entries(tables)) {
    bytes[`${table}.arrow`] = () => encodeAnalysisTable(table as TableName, run, columns);
  }
  const wall_s = (performance.now() - started) / 1000;
  const sidecar = { run, ...originOf(loaded, analyser.decode), ...provenance(), wall_s };
  await writeRun(out, run, { bytes, sidecar });
  return { run, scenario_hash: scenarioHash, wall_s };
}

/** Where the trace was; `trace` is what SQL joins as requests. */
function originOf(loaded: LoadedData | null, decode: unknown) {
  if (loaded === null) return {};
  const { name, path, sha256 } = loaded.located;
  return { [decode === decodeRequestTrace ? 'trace' : 'data']: { name, path, sha256 } };
}

function kindOf(trace: unknown): string | null {
  const { kind } = (trace as { meta?: { kind?: string } } | null | undefined)?.meta ?? {};
  return kind ?? null;
}
