import { describe, expect, it } from 'vitest';
import type { Column } from '../tables/columns.ts';
import { RunRecorder, replicaColumns, sampleColumns, transferColumns } from './event-rows.ts';

/** Plain values of columns, labels for codes. */
function plain(columns: Record<string, Column>) {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      if (column.kind === 'dictionary') {
        return [name, [...column.indices].map((code) => column.labels[code])];
      }
      return [name, [...(column as { values: Iterable<number> }).values]];
    }),
  );
}

describe('RunRecorder', () => {
  it('keeps transfers, samples and copies as the columns of their tables', () => {
    const recorder = new RunRecorder(0);
    const flow = { task: 2, from: 0, to: 3, bytes: 64, startMs: 1, endMs: 5 };
    recorder.transfer({ ...flow, kind: 0, complete: true });
    recorder.transfer({ ...flow, kind: 1, bytes: 32, complete: false });
    const state = { waiting: 1, prefilling: 2, decoding: 3, contextTokens: 400, inbound: 5 };
    recorder.sample({
      ...state,
      atMs: 10,
      instance: 6,
      queuedPrefillMs: 70,
      roundMs: 8,
      storedBlocks: 9,
    });
    recorder.replicas(10, 1, 77, 4);
    expect(plain(transferColumns(recorder.transfers, (task) => 100 + task))).toEqual({
      kind: ['prefix', 'kv'],
      request_id: [102, 102],
      from_instance: [0, 0],
      to_instance: [3, 3],
      bytes: [64, 32],
      start_ms: [1, 1],
      end_ms: [5, 5],
      complete: [1, 0],
    });
    expect(plain(sampleColumns(recorder.samples))).toEqual({
      at_ms: [10],
      instance: [6],
      waiting: [1],
      prefilling: [2],
      decoding: [3],
      context_tokens: [400],
      inbound: [5],
      queued_prefill_ms: [70],
      round_ms: [8],
      stored_blocks: [9],
    });
    expect(plain(replicaColumns(recorder.replicaRows))).toEqual({
      at_ms: [10],
      rank: [1],
      block_id: [77],
      replicas: [4],
    });
  });
});
