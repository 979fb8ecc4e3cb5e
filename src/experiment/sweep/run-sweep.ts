import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Piscina } from 'piscina';
import type { TableName } from '../../results/schema.ts';
import { engineVersion } from '../engine-version.ts';
import { dataOf, isPresent, type PlannedRun, type TraceShelf } from '../plan.ts';
import type { LoadedData } from '../run-analysis.ts';
import type { PlannedSummary } from '../run-planned.ts';
import { policyFilesOf } from '../user-policies.ts';
import { removeAbandoned } from './abandoned.ts';
import { shared } from './share-trace.ts';
import type { WorkerData, WorkerTask } from './worker.ts';
import { sweepWorker } from './worker-file.ts';

export interface SweepOptions {
  /** Folder of run folders. */
  readonly out: string;
  readonly traces: TraceShelf;
  /** Worker threads; one per core by default. */
  readonly workers?: number | undefined;
  readonly onRun?: ((event: RunEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RunEvent {
  /** Runs that ended, and all that had to run. */
  readonly done: number;
  readonly of: number;
  readonly plan: PlannedRun;
  readonly summary: PlannedSummary | null;
}

export interface SweepOutcome {
  readonly ran: number;
  /** Cells whose run was there, or is that of another cell. */
  readonly skipped: number;
  readonly failed: readonly { readonly plan: PlannedRun; readonly message: string }[];
}

/** The runs that are missing in a folder, each once. */
export function pendingRuns(out: string, plans: readonly PlannedRun[]): PlannedRun[] {
  const wanted = new Map<string, PlannedRun>();
  for (const plan of plans) {
    const other = wanted.get(plan.run);
    const tables: TableName[] = [...new Set([...(other?.tables ?? []), ...plan.tables])];
    wanted.set(plan.run, { ...(other ?? plan), tables });
  }
  return [...wanted.values()].filter((plan) => !isPresent(out, plan));
}

/**
 * Runs what is missing, on worker threads that share the traces. Each run is written as a whole
 * by its worker, so a sweep that is killed loses only what was in flight; a run that fails leaves
 * the others alone. Results do not depend on the number of workers.
 */
export async function runSweep(
  plans: readonly PlannedRun[],
  { out: given, traces, workers = availableParallelism(), onRun, signal }: SweepOptions,
): Promise<SweepOutcome> {
  const out = resolve(given);
  await mkdir(out, { recursive: true });
  await removeAbandoned(out);
  const pending = pendingRuns(out, plans);
  if (pending.length === 0) return { ran: 0, skipped: plans.length, failed: [] };
  const pool = await openPool(pending, { out, traces, workers });
  const failed: { plan: PlannedRun; message: string }[] = [];
  let done = 0;
  const runOne = async (plan: PlannedRun) => {
    const task: WorkerTask = {
      scenario: plan.scenario,
      traceSha256: plan.traceSha256,
      tables: plan.tables,
      policies: policyFilesOf(plan.scenario),
    };
    let summary: PlannedSummary | null = null;
    try {
      summary = (await pool.run(task)) as PlannedSummary;
      if (summary.run !== plan.run) throw new Error(`ran as ${summary.run}, not as planned`);
    } catch (error) {
      if (signal?.aborted) return;
      failed.push({ plan, message: error instanceof Error ? error.message : String(error) });
    }
    done++;
    onRun?.({ done, of: pending.length, plan, summary });
  };
  const stop = () => void pool.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(pending.map(runOne));
  } finally {
    signal?.removeEventListener('abort', stop);
    await pool.destroy();
  }
  if (signal?.aborted) await removeAbandoned(out, { own: true });
  signal?.throwIfAborted();
  const order = (one: PlannedRun) => pending.findIndex(({ run }) => run === one.run);
  failed.sort((a, b) => order(a.plan) - order(b.plan));
  return { ran: done - failed.length, skipped: plans.length - pending.length, failed };
}

async function openPool(
  pending: readonly PlannedRun[],
  { out, traces, workers }: { out: string; traces: TraceShelf; workers: number },
): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  const byHash: Record<string, LoadedData> = {};
  for (const plan of pending) {
    if (plan.traceSha256 === null) continue;
    byHash[plan.traceSha256] ??= shared(await dataOf(plan, traces));
  }
  const threads = Math.max(1, Math.min(workers, pending.length));
  const data: WorkerData = { traces: byHash, out, engine: engineVersion() };
  return new Piscina({
    ...sweepWorker(),
    workerData: data,
    minThreads: threads,
    maxThreads: threads,
    // While the files of one run are written, the next one is computed.
    concurrentTasksPerWorker: 2,
  });
}
