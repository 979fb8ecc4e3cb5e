import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { modelNamed } from '../model/models.ts';
import { kvBytesPerToken } from '../model/parameters.ts';
import { shardOf } from '../model/shard.ts';
import type { PolicySpec } from '../policy/registry.ts';
import { capacityOf } from '../replay/prepare-group.ts';
import { runServing } from '../replay/run-serving.ts';
import { parseScenario, type Scenario } from '../replay/scenario.ts';
import type { TaskColumns } from '../replay/serving/task-columns.ts';
import { RunRecorder } from '../results/event-rows.ts';
import { computeGaps } from '../results/gaps.ts';
import { type Allocation, resourcesOf } from '../results/resources.ts';
import { encodersOf } from '../results/run-tables.ts';
import {
  type LatencySummaries,
  latenciesOf,
  latencyColumns,
  type RunTotals,
  totalsOf,
} from '../results/run-totals.ts';
import type { TableName } from '../results/schema.ts';
import {
  type AffineTimes,
  checkAffineIdentity,
  type SlotUsage,
  slotUsage,
} from '../results/slot-usage.ts';
import { writeRun } from '../results/write-run.ts';
import { decodeRequestTrace } from '../trace/decode.ts';
import { type LocatedTrace, packageRoot } from '../trace/locate.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { resolveOrGenerate } from '../trace/resolve.ts';
import { InputError } from '../units/input-error.ts';
import { engineVersion } from './engine-version.ts';
import { shown } from './import-module.ts';
import { labelOf, topologyOf } from './label.ts';
import { readHashedKind, withoutHashes } from './policy-name.ts';
import { policiesOf } from './policy-slots.ts';
import { runKeyOf } from './run-key.ts';
import { policyFilesOf, withUserPolicies } from './user-policies.ts';

/** What `reprise replay --json` prints. */
export interface RunSummary extends RunTotals, LatencySummaries, Partial<SlotUsage> {
  readonly run: string;
  readonly scenario_hash: string;
  readonly wall_s: number;
}

export interface RunOptions {
  readonly mode?: 'fast' | 'step';
  /** Folder that the run's folder goes to; null writes nothing. */
  readonly out: string | null;
  /** Folder that policy files are relative to; the working folder if left out. */
  readonly folder?: string;
  /** Tables to write; all if left out. */
  readonly tables?: readonly TableName[];
  readonly onProgress?: (ended: number, of: number) => void;
}

/** A trace that stands in memory, for the runs of a sweep. */
export interface LoadedTrace {
  readonly located: Omit<LocatedTrace, 'bytes'>;
  readonly trace: RequestTrace;
}

export async function loadTrace(nameOrPath: string): Promise<LoadedTrace> {
  const { bytes, ...located } = await resolveOrGenerate(nameOrPath);
  return { located, trace: decodeRequestTrace(bytes, located.path) };
}

/**
 * Runs one scenario: trace and scenario in, a run folder and its summary out.
 * @param given the scenario as its author wrote it; validated here
 */
export async function runScenario(
  given: unknown,
  options: RunOptions,
  loaded?: LoadedTrace,
): Promise<RunSummary> {
  const started = performance.now();
  const scenario = parseScenario(await withUserPolicies(given, options.folder));
  if (scenario.trace === null && loaded === undefined) {
    throw new InputError('the scenario names no trace', { where: 'trace', rule: 'give --trace' });
  }
  const { located, trace } = loaded ?? (await loadTrace(scenario.trace as string));
  const { run, scenarioHash, canonical } = runKeyOf(scenario, located.sha256);
  for (const { spec, slot } of policiesOf(scenario)) await slot.registry.prepare(spec);
  let steps: RunRecorder | undefined;
  const { workload, outcome, instances } = replayed(trace, scenario, {
    mode: options.mode ?? 'fast',
    sink: (work) => {
      steps = new RunRecorder(work.count);
      return steps;
    },
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  const recorded = steps as unknown as RunRecorder;
  const gaps = computeGaps(recorded, {
    tasks: workload.count,
    instances,
    perRequest: options.tables?.includes('requests') ?? true,
  });
  const totals = totalsOf(workload, outcome);
  const slots = scenario.groups.flatMap((group) => Array<number>(group.count).fill(group.slots));
  if (scenario.clock.kind === 'affine' && slots.some((count) => count > 0)) {
    checkAffineIdentity(recorded, scenario.clock as unknown as AffineTimes);
  }
  const usage = slotUsage(recorded, outcome.tasks, slots, 1000 * totals.simulated_s);
  const latencies = latenciesOf(workload, outcome.tasks, gaps);
  if (options.out !== null) {
    const summary = {
      scenario_hash: scenarioHash,
      ...describe(scenario, located, trace),
      ...totals,
      ...latencyColumns(latencies),
      slots: slots.reduce((sum, count) => sum + count, 0),
      ...usage,
      ...pausesOf(scenario, outcome.tasks),
      ...resourcesOf(allocationOf(scenario), totals.simulated_s, recorded),
      scenario: canonical,
    };
    const tables = encodersOf({
      run,
      trace,
      workload,
      tasks: outcome.tasks,
      steps: recorded,
      gaps,
      kvBlockTokens: scenario.groups.flatMap(({ count, kv }) => Array(count).fill(kv.blockSize)),
      summary,
    });
    const bytes: Record<string, () => Uint8Array | string> = {
      'scenario.json': () => `${canonical}\n`,
    };
    for (const [name, content] of Object.entries(tables)) {
      if (options.tables?.includes(name as TableName) ?? true) bytes[`${name}.arrow`] = content;
    }
    const sidecar = { ...provenance(), wall_s: (performance.now() - started) / 1000 };
    const origin = { name: located.name, path: located.path, sha256: located.sha256 };
    const policies = policyOrigins(scenario);
    await writeRun(options.out, run, {
      bytes,
      sidecar: { run, trace: origin, ...(policies.length > 0 && { policies }), ...sidecar },
    });
  }
  recorded.release();
  return {
    run,
    scenario_hash: scenarioHash,
    ...totals,
    wall_s: (performance.now() - started) / 1000,
    ...latencies,
    ...(slots.some((count) => count > 0) && usage),
  };
}

/** The replay; an error of the engine, which a user's policy may have led it to, names the file. */
const replayed: typeof runServing = (trace, scenario, options) => {
  try {
    return runServing(trace, scenario, options);
  } catch (cause) {
    const policies = policyOrigins(scenario);
    if (cause instanceof InputError || policies.length === 0) throw cause;
    const where = `with ${policies.map(({ path }) => shown(path)).join(', ')}`;
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('the replay fails', { where, rule, cause });
  }
};

/** Where the user policies of a run stood, and the hash of each with its imports. */
function policyOrigins(scenario: Scenario) {
  return Object.entries(policyFilesOf(scenario)).map(([kind, path]) => {
    return { kind: readHashedKind(kind)?.path, path, sha256: readHashedKind(kind)?.sha256 };
  });
}

/** Columns of `runs` that say what was replayed on what. */
function describe(hashed: Scenario, located: LoadedTrace['located'], trace: RequestTrace) {
  const knowing = policiesOf(hashed).filter(
    ({ spec, slot }) => slot.registry.oraclesOf(spec).length > 0,
  );
  const oracles = new Set(knowing.flatMap(({ spec, slot }) => slot.registry.oraclesOf(spec)));
  const scenario = withoutHashes(hashed);
  const group = scenario.groups[0] as Scenario['groups'][number];
  const generated = Object.entries(trace.meta.columnKinds)
    .filter(([, kind]) => kind === 'generated')
    .map(([column]) => column);
  return {
    label: labelOf(scenario),
    trace: located.name,
    trace_kind: trace.meta.kind,
    generated_columns: generated.join(', '),
    model: group.model,
    gpu: group.gpu,
    tp: group.tp,
    instances: scenario.groups.reduce((n, one) => n + one.count, 0),
    topology: topologyOf(scenario),
    gpus: scenario.groups.reduce((n, one) => n + one.count * one.tp * one.pipeline, 0),
    scheduler: group.scheduler.kind,
    queue_order: group.order.kind,
    placement: scenario.placement.kind,
    admission: scenario.admission.kind,
    estimator: scenario.estimator.kind,
    streaming: scenario.network.streaming,
    host_store: group.store.kind,
    oracles: [...oracles].join(', ') || 'none',
    oracle_policies: [...new Set(knowing.map(({ spec }) => spec.kind))].join(', '),
    clock: scenario.clock.kind,
    profile: scenario.clock.kind === 'analytic' ? scenario.profile : 'none',
    clock_draw: Number((scenario.clock as PolicySpec).draw ?? 0),
    seed: scenario.seed,
    arrival_mode: scenario.arrivals.mode,
    rate_factor: scenario.arrivals.rate.factor,
    prefix_cache: group.prefixCache.kind,
    kv_capacity_tokens: capacityOf(group),
  };
}

function allocationOf({ groups, prices }: Scenario): Allocation {
  const each = (value: (group: Scenario['groups'][number]) => number) =>
    groups.flatMap((group) => Array<number>(group.count).fill(value(group)));
  return {
    gpus: each(({ tp, pipeline }) => tp * pipeline),
    dramGib: each(dramGibOf),
    prices,
  };
}

/** How often requests were paused, and the KV that went to host memory with them. */
function pausesOf({ groups }: Scenario, { pauses, swappedOut, instance }: TaskColumns) {
  const blockBytes = groups.flatMap(({ count, kv, model }) =>
    Array<number>(count).fill(kv.blockSize * bytesPerToken(model)),
  );
  let bytes = 0;
  for (const [task, blocks] of swappedOut.entries()) {
    if (blocks > 0) bytes += blocks * (blockBytes[instance[task] as number] as number);
  }
  return { pauses: pauses.reduce((sum, n) => sum + n, 0), swapped_gib: bytes / 2 ** 30 };
}

function bytesPerToken(model: string): number {
  return kvBytesPerToken(shardOf(modelNamed(model), 1));
}

/** Host memory beside an instance: as set aside, or what its store holds in DRAM. */
function dramGibOf({ hostDramGib, store, model }: Scenario['groups'][number]): number {
  if (hostDramGib !== null) return hostDramGib;
  const { dramTokens = 0 } = store as { dramTokens?: number };
  return (dramTokens * bytesPerToken(model)) / 2 ** 30;
}

/** What run.json says of who made a run. */
export function provenance() {
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    reprise: version as string,
    engine_version: engineVersion(),
    node: process.version,
    host: hostname(),
    written_at: new Date().toISOString(),
  };
}
