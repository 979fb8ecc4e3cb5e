import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { checkTrace } from '../check.ts';
import type { RequestTrace } from '../request-trace.ts';
import { type ImportOptions, importTrace } from './index.ts';

/** A scratch folder, removed after the tests of the file that asks for it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-import-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Imports text or bytes as a file of that format. */
export function importerOf(format: string, folder: string) {
  let files = 0;
  return (data: string | Uint8Array, options: ImportOptions = {}): Promise<RequestTrace> => {
    const path = join(folder, `${format}-${files++ % 8}.txt`);
    writeFileSync(path, data);
    return importTrace(format, path, options);
  };
}

const fragments = [
  'NaN',
  '-1',
  '0',
  '1e999',
  '1e-7',
  '99999999999999999999',
  '2147483648',
  'null',
  '""',
  '"',
  ',',
  '\n',
  '\r\n',
  '\u0000',
  '\ufeff',
  'é漢',
  ' ',
  '[',
  '{}',
  '\u2028',
];

interface Damage {
  at: number;
  remove: number;
  insert: Uint8Array;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  remove: fc.nat(12),
  insert: fc.oneof(
    fc.constantFrom(...fragments).map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 4 }),
  ),
});

function apply(bytes: Uint8Array, { at, remove, insert }: Damage): Uint8Array {
  const from = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)]);
}

/**
 * Feeds damaged versions of a sound file (cut short, bytes replaced, wrong types, huge numbers,
 * other encodings): each is imported as a sound trace that `accept` agrees with, or refused by an
 * InputError that names the file.
 */
export async function fuzzImporter(
  run: (data: Uint8Array) => Promise<RequestTrace>,
  sound: string,
  accept: (trace: RequestTrace, data: Uint8Array) => void = () => {},
): Promise<void> {
  const bytes = new TextEncoder().encode(sound);
  const damaged = fc.oneof(
    { weight: 1, arbitrary: fc.nat(bytes.length).map((length) => bytes.subarray(0, length)) },
    {
      weight: 6,
      arbitrary: fc
        .array(damage, { minLength: 1, maxLength: 3 })
        .map((all) => all.reduce(apply, bytes as Uint8Array)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom<BufferEncoding>('utf16le', 'latin1', 'base64')
        .map((encoding) => Buffer.from(`\ufeff${sound}é`, encoding) as Uint8Array),
    },
  );
  await fc.assert(
    fc.asyncProperty(damaged, async (data) => {
      let trace: RequestTrace;
      try {
        trace = await run(data);
      } catch (error) {
        expect(error).toMatchObject({ name: 'InputError' });
        expect((error as Error).message).toMatch(/\.txt/);
        return;
      }
      expect(checkTrace(trace)).toEqual([]);
      expect(trace.count).toBeGreaterThan(0);
      accept(trace, data);
    }),
    { numRuns: 400 },
  );
}
