import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, numbers } from '../tables/columns.ts';
import { encodeTable } from '../tables/encode.ts';
import { decodeRequestTrace } from './decode.ts';
import { encodeRequestTrace } from './encode.ts';
import { newTrace, type TraceParts } from './new-trace.ts';

const one: TraceParts = { arrivalMs: [0], inputTokens: [10], outputTokens: [1] };

function ints(rows: number, min = -1): fc.Arbitrary<Int32Array> {
  return fc
    .array(fc.integer({ min, max: 2 ** 31 - 1 }), { minLength: rows, maxLength: rows })
    .map((values) => Int32Array.from(values));
}

function times(rows: number): fc.Arbitrary<Float64Array> {
  const value = fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0, noNaN: true }));
  return fc
    .array(value, { minLength: rows, maxLength: rows })
    .map((values) => Float64Array.from(values));
}

function labels(rows: number) {
  const names = fc.uniqueArray(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 });
  const picks = fc.array(fc.integer({ min: -1, max: 99 }), { minLength: rows, maxLength: rows });
  return fc.tuple(names, picks).map(([all, codes]) => ({
    labels: all,
    codes: Int32Array.from(codes, (code) => (code < 0 ? -1 : code % all.length)),
  }));
}

function lists<T>(rows: number, values: (total: number) => fc.Arbitrary<T>) {
  return fc.array(fc.nat(3), { minLength: rows, maxLength: rows }).chain((sizes) => {
    const offsets = new Int32Array(rows + 1);
    for (const [row, size] of sizes.entries()) offsets[row + 1] = (offsets[row] as number) + size;
    return values(offsets[rows] as number).map((child) => ({ offsets, child }));
  });
}

const blocks = (rows: number) =>
  lists(rows, (total) => ints(total, 0)).map(({ offsets, child }) => ({ offsets, values: child }));

const media = (rows: number) =>
  lists(rows, (total) =>
    fc.record({
      kind: ints(total, 0).map((codes) => codes.map((code) => code % 2)),
      kinds: fc.constant(['image', 'audio']),
      id: ints(total),
      width: ints(total),
      height: ints(total),
      durationMs: ints(total),
      tokens: ints(total),
      position: ints(total),
    }),
  ).map(({ offsets, child }) => ({ offsets, ...child }));

const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });

/** Traces with any subset of the optional columns and metadata; not necessarily sound ones. */
const anyTrace = fc.nat(10).chain((rows) =>
  fc
    .record({
      name: fc.string({ unit: 'grapheme' }),
      kind: fc.constantFrom('recorded', 'sampled', 'generated'),
      columnKinds: fc.constantFrom({}, { output_tokens: 'generated' as const }),
      source: fc.constantFrom({}, { repository: 'a/b', path: 'c d.csv', sha256: '00ff' }),
      licence: nullable(fc.string()),
      blockSize: nullable(fc.integer({ min: 1, max: 4096 })),
      tokenizer: nullable(fc.string()),
      importer: nullable(fc.string()),
      importOptions: fc.constantFrom({}, { bos: true, map: 'a=b', n: 3 }),
      seed: nullable(fc.integer()),
      notes: nullable(fc.string()),
      requestId: ints(rows, 0).map((ids) => Uint32Array.from(ids)),
      arrivalMs: times(rows),
      inputTokens: ints(rows),
      outputTokens: ints(rows),
      blocks: nullable(blocks(rows)),
      outputBlocks: nullable(blocks(rows)),
      media: nullable(media(rows)),
      sessionId: nullable(ints(rows)),
      parentRequestId: nullable(ints(rows)),
      thinkMs: nullable(times(rows)),
      tenant: nullable(labels(rows)),
      sloClass: nullable(labels(rows)),
      priority: nullable(ints(rows).map((values) => Int8Array.from(values, (v) => v % 100))),
      cancelMs: nullable(times(rows)),
      task: nullable(labels(rows)),
      extra: nullable(times(rows)).map(
        (values): Record<string, Column> => (values ? { my_column: numbers(values) } : {}),
      ),
    })
    .map((parts) => newTrace(parts as TraceParts)),
);

describe('encodeRequestTrace and decodeRequestTrace', () => {
  it('return the same trace, every column, null and member of the metadata', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        expect(decodeRequestTrace(encodeRequestTrace(trace), 'x.arrow')).toEqual(trace);
      }),
    );
  });

  it('give the same bytes after a round trip', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        const bytes = encodeRequestTrace(trace);
        const again = encodeRequestTrace(decodeRequestTrace(bytes, 'x.arrow'));
        expect(Buffer.compare(bytes, again)).toBe(0);
      }),
    );
  });

  it('open a file of our own without copying its columns', () => {
    const bytes = encodeRequestTrace(newTrace({ ...one, sessionId: Int32Array.of(-1) }));
    const trace = decodeRequestTrace(bytes, 'x.arrow');
    for (const column of [trace.arrivalMs, trace.inputTokens, trace.sessionId]) {
      expect(column?.buffer).toBe(bytes.buffer);
    }
  });

  it('allow a trace without rows', () => {
    const none = newTrace({ name: 'none', arrivalMs: [], inputTokens: [], outputTokens: [] });
    expect(decodeRequestTrace(encodeRequestTrace(none), 'x.arrow')).toEqual(none);
  });

  it('keep extra columns of any type', () => {
    const extra: Record<string, Column> = {
      text: { kind: 'utf8', values: ['é'] },
      list: { kind: 'list', offsets: Int32Array.of(0, 2), child: numbers(Int8Array.of(1, 2)) },
    };
    const trace = decodeRequestTrace(encodeRequestTrace(newTrace({ ...one, extra })), 'x.arrow');
    expect(trace.extra).toEqual(extra);
  });

  it('count a file of unknown origin as generated, named after itself', () => {
    const columns = {
      request_id: numbers(Uint32Array.of(0)),
      arrival_ms: numbers(Float64Array.of(0)),
      input_tokens: numbers(Int32Array.of(1)),
      output_tokens: numbers(Int32Array.of(1)),
    };
    const { meta } = decodeRequestTrace(encodeTable(columns), 'some/where.arrow');
    expect(meta).toMatchObject({ name: 'where', kind: 'generated', blockSize: null });
  });
});

describe('decodeRequestTrace refuses', () => {
  const sound = {
    request_id: numbers(Uint32Array.of(0, 1)),
    arrival_ms: numbers(Float64Array.of(0, 1)),
    input_tokens: numbers(Int32Array.of(1, 1)),
    output_tokens: numbers(Int32Array.of(1, 1)),
  };
  const list = (values: number[], offsets = [0, 0, values.length], valid?: number[]): Column => ({
    kind: 'list',
    offsets: Int32Array.from(offsets),
    child: numbers(Int32Array.from(values)),
    ...(valid ? { valid: Uint8Array.from(valid) } : {}),
  });
  const cases: [string, Record<string, Column>, Record<string, string>, RegExp][] = [
    [
      'a column of another type',
      { input_tokens: numbers(Float64Array.of(1, 1)) },
      {},
      /wrong type float64 \(x\.arrow, column input_tokens\): input_tokens is int32/,
    ],
    [
      'a required column with a null',
      { output_tokens: numbers(Int32Array.of(1, 0), Uint8Array.of(1, 0)) },
      {},
      /row 1, column output_tokens\): no nulls/,
    ],
    [
      'a negative id where null is meant',
      { session_id: numbers(Int32Array.of(3, -1)) },
      {},
      /bad value -1 \(x\.arrow, row 1, column session_id\)/,
    ],
    ['a negative block id', { block_ids: list([-4]) }, {}, /bad value -4 .*column block_ids/],
    [
      'list items of another type',
      {
        block_ids: {
          kind: 'list',
          offsets: Int32Array.of(0, 0, 1),
          child: numbers(Float64Array.of(1)),
        },
      },
      {},
      /wrong type list<float64>/,
    ],
    [
      'an unknown member of media',
      {
        media: {
          kind: 'list',
          offsets: Int32Array.of(0, 0, 1),
          child: { kind: 'struct', rows: 1, children: { pixels: numbers(Int32Array.of(1)) } },
        },
      },
      {},
      /bad value "pixels" .*column media\): members are kind/,
    ],
    ['a schema of another version', {}, { reprise_schema: 'requests/9' }, /unknown trace schema/],
    ['an unknown kind', {}, { kind: 'real' }, /bad value "real" .*metadata kind/],
    ['a block size that is no number', {}, { block_size: '0.5' }, /metadata block_size/],
    ['a source that is no JSON object', {}, { source: '[]' }, /metadata source/],
  ];
  for (const [title, columns, metadata, message] of cases) {
    it(title, () => {
      const bytes = encodeTable({ ...sound, ...columns }, new Map(Object.entries(metadata)));
      expect(() => decodeRequestTrace(bytes, 'x.arrow')).toThrow(message);
    });
  }

  it('a file without a required column', () => {
    const { arrival_ms: _, ...rest } = sound;
    const read = () => decodeRequestTrace(encodeTable(rest), 'x.arrow');
    expect(read).toThrow(/missing column arrival_ms \(x\.arrow\)/);
  });

  it('a file cut short at any place', () => {
    const bytes = encodeRequestTrace(newTrace(one));
    for (let length = 0; length < bytes.length; length++) {
      const read = () => decodeRequestTrace(bytes.subarray(0, length), 'x.arrow');
      expect(read).toThrow(/x\.arrow/);
    }
  });
});
