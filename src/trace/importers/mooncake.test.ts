import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RequestTrace } from '../request-trace.ts';
import { fuzzImporter, importerOf, scratchFolder } from './testing.ts';

const run = importerOf('mooncake', scratchFolder());

const line = (parts: object = {}) =>
  JSON.stringify({ timestamp: 0, input_length: 600, output_length: 5, hash_ids: [0, 1], ...parts });

const ids = (trace: RequestTrace) => [...(trace.blocks?.values ?? [])];

describe('importMooncake', () => {
  it('reads times, lengths and blocks', async () => {
    const text = [
      line(),
      line({ timestamp: 3000.5, input_length: 1025, output_length: 7, hash_ids: [0, 2, 5] }),
    ].join('\n');
    const trace = await run(`${text}\n`);
    expect([...trace.arrivalMs]).toEqual([0, 3000.5]);
    expect([...trace.inputTokens]).toEqual([600, 1025]);
    expect([...trace.outputTokens]).toEqual([5, 7]);
    expect([...(trace.blocks?.offsets ?? [])]).toEqual([0, 2, 5]);
    expect(ids(trace)).toEqual([0, 1, 0, 2, 3]);
    expect(trace.uniqueBlocks).toBe(4);
    expect(trace.meta).toMatchObject({ kind: 'recorded', blockSize: 512, importer: 'mooncake' });
  });

  it('tells ids apart that differ beyond the 53 bits of a JavaScript number', async () => {
    const wide = (a: string, b: string) => line({ hash_ids: [] }).replace('[]', `[${a}, ${b}]`);
    const text = [
      wide('18446744073709551615', '9007199254740993'),
      wide('18446744073709551615', '9007199254740992'),
      wide('18446744073709551614', '-9223372036854775808'),
      wide('340282366920938463463374607431768211455', '1'),
    ].join('\n');
    expect(ids(await run(text))).toEqual([0, 1, 0, 2, 3, 4, 5, 6]);
  });

  it('takes strings, and strings mixed with numbers, as other ids than the number of equal digits', async () => {
    const text = [
      line({ hash_ids: ['a,]"', 7] }),
      line({ hash_ids: ['7', 'x'] }),
      '{"note": {"hash_ids": [1]}, "timestamp": 0, "input_length": 600, "output_length": 5, "hash_ids": ["a,]\\"", 99999999999999999999]}',
    ].join('\n');
    const trace = await run(text);
    expect(ids(trace)).toEqual([0, 1, 2, 3, 0, 4]);
    expect(trace.meta.notes).toBe('members not imported: note');
  });

  it('takes the block size as an option', async () => {
    const trace = await run(line({ input_length: 32 }), { blockSize: 16 });
    expect(trace.meta.blockSize).toBe(16);
  });

  it('reads gzip, a byte order mark, CR LF and trailing blank lines', async () => {
    const plain = `\ufeff${line()}\r\n${line({ timestamp: 5 })}\r\n\r\n\n`;
    const unpacked = await run(plain);
    const packed = await run(gzipSync(plain));
    expect([...unpacked.arrivalMs]).toEqual([0, 5]);
    expect([...packed.arrivalMs]).toEqual([0, 5]);
  });

  const refused: [string, string | Uint8Array, RegExp][] = [
    ['an empty file', '', /no requests .*at least one row/],
    ['a missing id', line({ hash_ids: [0] }), /1 hash_ids for 600 tokens .*line 1.*: 2 ids/],
    ['an id too many', line({ hash_ids: [0, 1, 2] }), /3 hash_ids for 600 tokens/],
    ['ids that are no list', line({ hash_ids: 'ab' }), /bad value "ab" .*hash_ids.*a list/],
    ['a fraction as id', line({ hash_ids: [0, 0.5] }), /bad value "0\.5" .*an integer/],
    ['a null id', line({ hash_ids: [0, null] }), /bad value null .*an integer or a string/],
    ['a member that is missing', '{"timestamp": 0}', /bad value undefined .*input_length/],
    ['text for a number', line({ input_length: '600' }), /bad value "600" .*input_length/],
    ['a length beyond int32', line({ input_length: 3e9 }), /bad value 3000000000/],
    ['a negative time', line({ timestamp: -1 }), /bad value -1 .*timestamp/],
    ['NaN, which is not JSON', line().replace('600', 'NaN'), /not JSON .*line 1/],
    ['a line cut short', `${line()}\n${line().slice(0, 50)}`, /not JSON .*line 2/],
    ['a blank line between rows', `${line()}\n\n${line()}`, /blank line .*line 2/],
    ['a list as a row', '[1]', /not a JSON object .*line 1/],
    ['rows out of order', `${line({ timestamp: 9 })}\n${line()}`, /line 2\): .*--sort/],
    [
      'rows without output',
      `${line()}\n${line({ output_length: 0 })}`,
      /lines 2\): .*--drop-empty/,
    ],
    [
      'a block after another one than before',
      `${line()}\n${line({ hash_ids: [2, 1] })}`,
      /block-parent broken by 1 .*row 1/,
    ],
    ['bytes that are not UTF-8', Buffer.from(`${line()}\n\xff`, 'latin1'), /not UTF-8 .*line 2/],
    ['UTF-16', Buffer.from(line(), 'utf16le'), /NUL byte .*line 1/],
    ['gzip cut short', gzipSync(line()).subarray(0, 40), /unreadable file/],
    ['a line without end', Buffer.alloc(40 << 20, 'a'), /line too long .*16 MiB/],
  ];
  for (const [title, data, message] of refused) {
    it(`refuses ${title}`, async () => {
      await expect(run(data)).rejects.toThrow(message);
    });
  }

  it('sorts and drops where asked, and says so', async () => {
    const text = [
      line({ timestamp: 9, hash_ids: ['b', 'c'] }),
      line({ output_length: 0 }),
      line({ timestamp: 2, hash_ids: ['b', 'd'] }),
    ].join('\n');
    const trace = await run(text, { sort: true, dropEmptyOutputs: true });
    expect([...trace.arrivalMs]).toEqual([2, 9]);
    expect(ids(trace)).toEqual([0, 1, 0, 2]);
    expect(trace.meta.importOptions).toMatchObject({ sort: true, dropEmptyOutputs: true });
    expect(trace.meta.notes).toBe('1 rows without output left out');
  });

  it('survives damaged input', async () => {
    const rows = [0, 1, 2, 3].map((i) => line({ timestamp: i, hash_ids: [`${i}a`, i + 2 ** 60] }));
    await fuzzImporter(run, `${rows.join('\n')}\n`, (trace, data) => {
      const lines = new TextDecoder().decode(data).split(/\r?\n/).filter(Boolean);
      const parsed = lines.map((text) => JSON.parse(text));
      expect([...trace.inputTokens]).toEqual(parsed.map((row) => row.input_length));
      expect([...trace.outputTokens]).toEqual(parsed.map((row) => row.output_length));
      expect([...trace.arrivalMs]).toEqual(parsed.map((row) => row.timestamp));
    });
  });
});
