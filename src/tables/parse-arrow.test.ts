import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { RandomStream } from '../units/random.ts';
import { numbers } from './columns.ts';
import { decodeTable } from './decode.ts';
import { encodeTable } from './encode.ts';
import { parseArrow } from './parse-arrow.ts';

const rows = 300;
const file = encodeTable({
  time: numbers(Float64Array.from({ length: rows }, (_, i) => i)),
  kind: {
    kind: 'dictionary',
    indices: Int32Array.from({ length: rows }, (_, i) => i % 2),
    labels: ['a', 'b'],
  },
  list: {
    kind: 'list',
    offsets: Int32Array.from({ length: rows + 1 }, (_, i) => i),
    child: numbers(new Int32Array(rows)),
  },
});

/** The file with one byte changed. */
function damaged(at: number, byte: number): Uint8Array {
  const bytes = Uint8Array.from(file);
  bytes[at] = byte;
  return bytes;
}

describe('a damaged file', () => {
  it('gives an error or a table, never a hang or another error, for any one byte', () => {
    const stream = new RandomStream(1, 'damage');
    let refused = 0;
    for (let i = 0; i < 1500; i++) {
      // Metadata stands at both ends.
      const at = i % 2 ? stream.integer(1200) : file.length - 1 - stream.integer(1200);
      try {
        decodeTable(damaged(at, stream.integer(256)), 'x.arrow');
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(50);
  });

  it('is refused by name at every length it is cut to', () => {
    for (let length = 0; length < file.length; length += 97) {
      const cut = file.slice(0, length);
      expect(() => parseArrow(cut, 'cut.arrow')).toThrow(/Arrow file \(cut\.arrow\)/);
      // With its ends in place it still is no Arrow file.
      if (length < 20) continue;
      cut.set(file.slice(-10), length - 10);
      expect(() => parseArrow(cut, 'cut.arrow')).toThrow(/broken Arrow file \(cut\.arrow\)/);
    }
  });

  it('is no text file', () => {
    const bytes = readFileSync(join(import.meta.dirname, 'parse-arrow.test.ts'));
    expect(() => parseArrow(bytes, 'x.ts')).toThrow(/not an Arrow file \(x\.ts\)/);
  });
});
