/** Small traces for the tests of this room, and the public ones where a mirror has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RequestTrace } from '../../../trace/request-trace.ts';
import type { BlockTrace } from '../block-stream.ts';

/** A trace of those requests, 1 s apart; full blocks of 4 tokens. */
export function blockTrace(
  requests: readonly (readonly number[])[],
  {
    arrivalMs = requests.map((_, i) => 1000 * i),
    blockSize = 4,
    inputTokens = requests.map((ids) => blockSize * ids.length),
  }: { arrivalMs?: number[]; blockSize?: number; inputTokens?: number[] } = {},
): BlockTrace {
  const offsets = new Int32Array(requests.length + 1);
  for (const [i, ids] of requests.entries()) offsets[i + 1] = offsets[i]! + ids.length;
  const values = Int32Array.from(requests.flat());
  return {
    count: requests.length,
    arrivalMs: Float64Array.from(arrivalMs),
    inputTokens: Int32Array.from(inputTokens),
    blocks: { offsets, values },
    uniqueBlocks: 1 + Math.max(-1, ...values),
    sessionId: null,
    meta: { blockSize },
  };
}

/** Requests of a prefix-closed forest: each extends a prefix of an earlier one by new blocks. */
export const prefixClosed = fc
  .array(fc.record({ from: fc.nat(), keep: fc.nat(5), fresh: fc.nat(2) }), { maxLength: 60 })
  .map((steps) => {
    const requests: number[][] = [];
    let unique = 0;
    for (const { from, keep, fresh } of steps) {
      const prefix = requests.length === 0 ? [] : requests[from % requests.length]!.slice(0, keep);
      const added = Array.from({ length: prefix.length === 0 ? 1 + fresh : fresh }, () => unique++);
      requests.push([...prefix, ...added]);
    }
    return requests;
  });

/** Many requests for paths of one small forest: blocks leave and come back often. */
export const busyForest = fc
  .record({
    parents: fc.array(fc.nat(20), { minLength: 6, maxLength: 18 }),
    picks: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 40, maxLength: 120 }),
  })
  .map(({ parents, picks }) => {
    const paths: number[][] = [];
    for (const [id, parent] of parents.entries()) paths.push([...(paths[parent] ?? []), id]);
    // The smaller of two picks: some paths are more popular than others.
    return picks.map(([a, b]) => paths[Math.min(a % paths.length, b % paths.length)]!);
  });

/** Mooncake JSONL of a mirror, read in the plainest way. */
export function publicTrace(mirror: string, name: string): BlockTrace {
  const text = readFileSync(join(mirror, 'mooncake', `${name}_trace.jsonl`), 'utf8');
  const rows = text
    .trim()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { timestamp: number; input_length: number; hash_ids: number[] },
    );
  const offsets = new Int32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) offsets[i + 1] = offsets[i]! + row.hash_ids.length;
  const values = new Int32Array(offsets.at(-1)!);
  for (const [i, row] of rows.entries()) values.set(row.hash_ids, offsets[i]);
  return {
    count: rows.length,
    arrivalMs: Float64Array.from(rows, (row) => row.timestamp),
    inputTokens: Int32Array.from(rows, (row) => row.input_length),
    blocks: { offsets, values },
    uniqueBlocks: values.reduce((most, id) => Math.max(most, id + 1), 0),
    sessionId: null,
    meta: { blockSize: 512 },
  };
}

/** Prompts of up to `most` blocks of every n-th session of a trace, with ids of their own. */
export function thinned(trace: RequestTrace, { every = 16, most = 20 } = {}): BlockTrace {
  const { offsets, values } = trace.blocks!;
  const renumbered = new Map<number, number>();
  const kept: { ids: number[]; ms: number; tokens: number }[] = [];
  for (let i = 0; i < trace.count; i++) {
    const ids = values.subarray(offsets[i], offsets[i + 1]);
    if (trace.sessionId![i]! % every !== 0 || ids.length > most) continue;
    for (const id of ids) if (!renumbered.has(id)) renumbered.set(id, renumbered.size);
    const own = Array.from(ids, (id) => renumbered.get(id)!);
    kept.push({ ids: own, ms: trace.arrivalMs[i]!, tokens: trace.inputTokens[i]! });
  }
  return blockTrace(
    kept.map(({ ids }) => ids),
    {
      arrivalMs: kept.map(({ ms }) => ms),
      blockSize: trace.meta.blockSize!,
      inputTokens: kept.map(({ tokens }) => tokens),
    },
  );
}
