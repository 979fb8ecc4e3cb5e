import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { replayTables, tablesOfAnalyser } from '../../experiment/kept-tables.ts';
import { type LoadedData, loadData, runAnalysis, traceOf } from '../../experiment/run-analysis.ts';
import { runKeyOf } from '../../experiment/run-key.ts';
import { type LoadedTrace, runScenario } from '../../experiment/run-scenario.ts';
import type { Analyser, AnalysisSpec } from '../../replay/analyser.ts';
import { analyserNamed, isAnalysis, parseAnalysis } from '../../replay/analysers.ts';
import { parseScenario, type Scenario } from '../../replay/scenario.ts';
import type { ServingTable, TableName } from '../../results/schema.ts';
import { decodeRequestTrace } from '../../trace/decode.ts';
import { InputError } from '../../units/input-error.ts';

/**
 * What a notebook names in `NAME.scenarios.ts` beside it (`export const scenarios`); null without
 * that file. An entry is a scenario, an analysis (it has a `kind`), or `{ scenario, tables }` for a
 * scenario of which less is kept: the row of `runs` and these tables (`'summary'`: no others).
 * @throws InputError where the file exports something else
 */
export async function scenariosOf(notebook: string): Promise<readonly unknown[] | null> {
  const file = notebook.replace(/\.html$/, '.scenarios.ts');
  if (!existsSync(file)) return null;
  // Not an import: that would keep the module of the first time while its author edits it.
  const { module } = await runnerImport<{ scenarios?: unknown }>(file, {
    configFile: false,
    logLevel: 'silent',
  });
  if (Array.isArray(module.scenarios)) return module.scenarios;
  throw new InputError('no scenarios', {
    where: file,
    rule: 'export const scenarios = [{ … }, …]',
  });
}

/**
 * Runs those of the entries that are not in the folder yet, and removes runs that no entry names,
 * or of another engine: what SQL sees there is what the notebook names, as it is now.
 * @returns how many were run
 */
export async function runMissing(entries: readonly unknown[], folder: string): Promise<number> {
  const loaded = new Map<string, LoadedData>();
  const wanted = new Set<string>();
  let count = 0;
  for (const entry of entries) {
    const named = namedRun(entry);
    const { trace, decode, spec, tables } = named;
    let data: LoadedData | null = null;
    if (trace !== null && decode !== null) {
      // Analysers may read the bytes of one trace in different ways.
      const as = `${trace} ${isAnalysis(spec) ? spec.kind : ''}`;
      data = loaded.get(as) ?? (await loadData(trace, decode));
      loaded.set(as, data);
    }
    const { run } = runKeyOf(spec, data?.located.sha256 ?? null);
    wanted.add(run);
    const lacking = tables.filter((table) => !existsSync(join(folder, run, `${table}.arrow`)));
    if (lacking.length === 0) continue;
    if (isAnalysis(spec)) await runAnalysis(named.given, folder, data);
    else await runScenario(named.given, { out: folder, tables }, data as LoadedTrace);
    count++;
  }
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    // A name with a dot in front is being written by someone.
    if (wanted.has(name) || name.startsWith('.')) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
  return count;
}

interface NamedRun {
  /** As its author wrote it. */
  readonly given: unknown;
  readonly spec: Scenario | AnalysisSpec;
  /** What it leaves behind. */
  readonly tables: readonly TableName[];
  /** Null where an analysis reads none. */
  readonly trace: string | null;
  readonly decode: Analyser['decode'];
}

function namedRun(entry: unknown): NamedRun {
  if (isAnalysis(entry)) {
    const spec = parseAnalysis(entry);
    const { decode } = analyserNamed(spec.kind);
    const tables = tablesOfAnalyser(spec.kind);
    return { given: entry, spec, tables, trace: traceOf(spec), decode };
  }
  const { given, kept } = withTables(entry);
  const spec = parseScenario(given);
  if (spec.trace === null) {
    throw new InputError('the scenario names no trace', { where: 'trace', rule: 'name one' });
  }
  return {
    given,
    spec,
    tables: replayTables({ tables: kept }),
    trace: spec.trace,
    decode: decodeRequestTrace,
  };
}

/** An entry's scenario, and which tables of it are kept. */
function withTables(entry: unknown): { given: unknown; kept: 'all' | 'summary' | ServingTable[] } {
  const { scenario, tables } = (entry ?? {}) as { scenario?: unknown; tables?: unknown };
  if (scenario === undefined) return { given: entry, kept: 'all' };
  const all: readonly unknown[] = replayTables({});
  if (tables === 'summary') return { given: scenario, kept: tables };
  if (Array.isArray(tables) && tables.every((table) => all.includes(table))) {
    return { given: scenario, kept: tables as ServingTable[] };
  }
  throw new InputError(`tables ${JSON.stringify(tables)}`, {
    rule: `'summary', or an array of some of ${all.join(', ')}`,
  });
}
