import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Bucket,
  type Distribution,
  distributionOf,
  distributionOfBuckets,
} from './distribution.ts';
import { type RequestRow, type RowSession, tableOf } from './run-rows.ts';
import { type InstanceRows, tokenGapsOf } from './token-path.ts';

/** Gaps between the tokens of finished requests, as far as the tables tell them; milliseconds. */
export interface TokenGaps {
  /** Gaps of the request at a place of the list; null where they cannot be told. */
  of(place: number): Float64Array | null;
  /**
   * Over the gaps of all finished requests: exact where all are known, else from the 0.5 % buckets
   * of `gaps`; null where these hold the gaps of other requests too, or none are there.
   */
  readonly pooled: Distribution | null;
  /** Finished requests whose gaps are not known: preempted ones, and others. */
  readonly unknown: { readonly preempted: number; readonly inconsistent: number };
}

/**
 * Gaps of all finished requests of a run. No table holds them; `requests` and `steps` imply them
 * (token-path.ts says how far).
 */
export async function readTokenGaps(
  session: RowSession,
  folder: string,
  requests: readonly RequestRow[],
): Promise<TokenGaps> {
  const rows = await session.objects(`
    SELECT instance, start_ms, end_ms, rounds, first_ms, slope_ms, decodes, prefill_requests,
      prefill_tokens + prefill_past_tokens AS prompt_tokens
    FROM ${tableOf(folder, 'steps')} ORDER BY instance, start_ms, end_ms`);
  const instances = new Map<number, ReturnType<typeof emptyRows>>();
  for (const row of rows) {
    const instance = Number(row.instance);
    let one = instances.get(instance);
    if (one === undefined) {
      one = emptyRows();
      instances.set(instance, one);
    }
    if (Number(row.prefill_requests) > 0) {
      one.promptEndMs.push(Number(row.end_ms));
      one.prompts.push(Number(row.prefill_requests));
      one.promptTokens.push(Number(row.prompt_tokens));
    }
    if (Number(row.decodes) === 0) continue;
    one.startMs.push(Number(row.start_ms));
    one.endMs.push(Number(row.end_ms));
    one.rounds.push(Number(row.rounds));
    one.firstMs.push(Number(row.first_ms));
    one.slopeMs.push(Number(row.slope_ms));
  }
  return tokenGaps(instances, requests, await readBuckets(session, folder));
}

async function readBuckets(session: RowSession, folder: string): Promise<Bucket[]> {
  if (!existsSync(join(folder, 'gaps.arrow'))) return [];
  const rows = await session.objects(`FROM ${tableOf(folder, 'gaps')} ORDER BY low_ms`);
  return rows.map((row) => ({
    lowMs: Number(row.low_ms),
    highMs: Number(row.high_ms),
    gaps: Number(row.gaps),
    sumMs: Number(row.sum_ms),
  }));
}

/** @param buckets gaps of the run by bucket, lowest first, of unfinished requests too */
export function tokenGaps(
  instances: ReadonlyMap<number, InstanceRows>,
  requests: readonly RequestRow[],
  buckets: readonly Bucket[],
): TokenGaps {
  const unknown = { preempted: 0, inconsistent: 0 };
  let gapCount = 0;
  const found = requests.map((request) => {
    if (request.status !== 'finished') return null;
    gapCount += request.outputTokens - 1;
    const gaps = tokenGapsOf(instances.get(request.instance) ?? emptyRows(), request);
    if (gaps === null) unknown[request.preemptions > 0 ? 'preempted' : 'inconsistent']++;
    return gaps;
  });
  const of = (place: number) => found[place] ?? null;
  return { of, unknown, pooled: pool(found, gapCount, buckets) };
}

function pool(
  found: readonly (Float64Array | null)[],
  gapCount: number,
  buckets: readonly Bucket[],
): Distribution | null {
  if (gapCount === 0) return null;
  const known = found.reduce((n, gaps) => n + (gaps?.length ?? 0), 0);
  if (known < gapCount) {
    const inBuckets = buckets.reduce((n, { gaps }) => n + gaps, 0);
    return inBuckets === gapCount ? distributionOfBuckets(buckets) : null;
  }
  const pooled = new Float64Array(known);
  let used = 0;
  for (const gaps of found) {
    if (gaps === null) continue;
    pooled.set(gaps, used);
    used += gaps.length;
  }
  return distributionOf(pooled);
}

function emptyRows(): { [K in keyof InstanceRows]: number[] } {
  return {
    startMs: [],
    endMs: [],
    rounds: [],
    firstMs: [],
    slopeMs: [],
    promptEndMs: [],
    prompts: [],
    promptTokens: [],
  };
}

/** Whether the gaps of all finished requests are known. */
export function hasAllGaps({ unknown }: TokenGaps): boolean {
  return unknown.preempted + unknown.inconsistent === 0;
}
