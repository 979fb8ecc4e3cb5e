import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTrace } from './check.ts';
import { DenseIds } from './dense-ids.ts';
import type { RequestTrace } from './request-trace.ts';
import { TraceBuilder, type TraceRow } from './trace-builder.ts';

function build(rows: readonly TraceRow[], options = {}): RequestTrace {
  const builder = new TraceBuilder();
  for (const row of rows) builder.add(row);
  return builder.finish({ name: 'a', kind: 'generated', blockSize: 16 }, options);
}

const rowOf = (parts: Partial<TraceRow> = {}): TraceRow => ({
  arrivalMs: 0,
  inputTokens: 16,
  outputTokens: 1,
  ...parts,
});

describe('DenseIds', () => {
  it('numbers integers of any width and strings by first appearance', () => {
    const ids = new DenseIds();
    const wide = 2n ** 64n - 1n;
    const sources = [7, wide, '7', 7n, wide - 1n, wide, '', 7, BigInt(wide.toString())];
    expect(sources.map((id) => ids.idOf(id))).toEqual([0, 1, 2, 0, 3, 1, 4, 0, 1]);
    expect(ids.count).toBe(5);
  });

  it('refuses a number that may have lost digits', () => {
    expect(() => new DenseIds().idOf(2 ** 53)).toThrow(/not an exact integer/);
  });
});

describe('TraceBuilder', () => {
  it('orders rows by arrival, ties in source order, and numbers blocks in that order', () => {
    const anyRow = fc.record({
      arrivalMs: fc.nat(5),
      id: fc.nat(3),
      tenant: fc.constantFrom('a', 'b', undefined),
    });
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 30 }), (source) => {
        const rows = source.map(({ arrivalMs, id, tenant }, requestId) =>
          rowOf({
            arrivalMs,
            requestId,
            blockIds: [`block ${id}`],
            media: new Array(id).fill({ kind: 'image', tokens: requestId + 1 }),
            ...(tenant ? { tenant } : {}),
          }),
        );
        const trace = build(rows);
        const sorted = rows.map((row) => row).sort((a, b) => a.arrivalMs - b.arrivalMs);
        const numbers = [...new Set(sorted.map((row) => row.blockIds?.[0]))];
        const { codes = [], labels = [] } = trace.tenant ?? {};
        expect([...trace.requestId]).toEqual(sorted.map((row) => row.requestId));
        expect([...(trace.blocks?.values ?? [])]).toEqual(
          sorted.map((row) => numbers.indexOf(row.blockIds?.[0])),
        );
        expect(Array.from(codes, (code) => labels[code])).toEqual(
          trace.tenant ? sorted.map((row) => row.tenant) : [],
        );
        expect([...(trace.media?.tokens ?? [])]).toEqual(
          sorted.flatMap((row) => row.media?.map((medium) => medium.tokens) ?? []),
        );
        expect(checkTrace(trace)).toEqual([]);
      }),
    );
  });

  it('leaves out columns that no row has, and fills those that some have', () => {
    const trace = build([rowOf(), rowOf({ priority: 3, thinkMs: 4 }), rowOf()]);
    expect(trace).toMatchObject({ blocks: null, media: null, tenant: null, cancelMs: null });
    expect([...(trace.priority ?? [])]).toEqual([-1, 3, -1]);
    expect([...(trace.thinkMs ?? [])]).toEqual([Number.NaN, 4, Number.NaN]);
  });

  it('counts arrivals from the first where asked', () => {
    const rows = [rowOf({ arrivalMs: 7 }), rowOf({ arrivalMs: 5 })];
    expect([...build(rows).arrivalMs]).toEqual([5, 7]);
    expect([...build(rows, { fromFirst: true }).arrivalMs]).toEqual([0, 2]);
  });
});
