import { openResults } from '../../results/views.ts';
import { quoteText } from '../../tables/duckdb.ts';
import type { PlannedRun, TraceShelf } from '../plan.ts';
import type { ResolvedSlo } from '../slo.ts';
import { type MeasureWindow, metRequestsSql } from '../slo-sql.ts';
import type { SessionHits } from './attainment-limit.ts';

/** Hits of a run's sessions; the index of its seed is the caller's to set. */
export interface RunHits extends Omit<SessionHits, 'seed'> {
  /** Sum of the requests' TTFT and end-to-end times, ms: equal runs have equal sums. */
  readonly latencyMs: number;
}

/** Whether two runs served all sessions alike, late or in time. */
export function equalHits(a: readonly RunHits[], b: readonly RunHits[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i] as RunHits;
      return (
        one.session === other.session &&
        one.firstMs === other.firstMs &&
        one.arrivals === other.arrivals &&
        one.met === other.met &&
        one.latencyMs === other.latencyMs
      );
    })
  );
}

/** Sessions of finished runs and how many of their requests met the SLOs, by run. */
export async function readHits(
  plans: readonly PlannedRun[],
  slo: ResolvedSlo,
  { out, traces, window }: { out: string; traces: TraceShelf; window: MeasureWindow },
): Promise<Map<string, RunHits[]>> {
  const runs = [...new Set(plans.map(({ run }) => run))];
  const hits = new Map<string, RunHits[]>(runs.map((run) => [run, []]));
  const files = new Map<string, string>();
  for (const { trace } of plans) {
    const { name, path } = (await traces.get(trace)).located;
    files.set(name, path);
  }
  const session = await openResults(out, {
    only: runs,
    traces: Array.from(files, ([name, path]) => ({ name, path })),
  });
  try {
    // A request without a session stands for itself, below the ids of sessions.
    const { rows } = await session.query(
      `SELECT run, coalesce(session_id::BIGINT, -1 - request_id::BIGINT)::DOUBLE AS session,
         min(arrival_ms), count(*)::DOUBLE, (count(*) FILTER (met))::DOUBLE,
         sum(coalesce(ttft_ms, 0) + coalesce(e2e_ms, 0) ORDER BY arrival_ms, request_id)
       FROM (${metRequestsSql(slo, window)})
       WHERE run IN (${runs.map(quoteText).join(', ')})
       GROUP BY run, session ORDER BY run, session`,
    );
    for (const [run, session, firstMs, arrivals, met, latencyMs] of rows as [
      string,
      ...number[],
    ][]) {
      hits.get(run)?.push({ session, firstMs, arrivals, met, latencyMs } as RunHits);
    }
    return hits;
  } finally {
    session.close();
  }
}
