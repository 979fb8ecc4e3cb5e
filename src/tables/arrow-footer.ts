import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Schema } from 'apache-arrow';
import { Footer } from 'apache-arrow/ipc/metadata/file';
import { Message } from 'apache-arrow/ipc/metadata/message';
import { InputError } from '../units/input-error.ts';

const magic = 'ARROW1';
/** The end of the file: length of the footer (int32), then the magic. */
const tailBytes = 4 + magic.length;

export interface ArrowFooter {
  readonly schema: Schema;
  readonly rows: number;
}

/**
 * Schema and row count of an Arrow file (IPC file format) without reading its columns.
 * @throws InputError when it is not such a file
 */
export function readFooter(path: string): ArrowFooter {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const head = readAt(file, 0, Math.min(size, magic.length));
    const tail = readAt(file, Math.max(0, size - tailBytes), Math.min(size, tailBytes));
    const isArrow =
      size > 2 * tailBytes && ascii(head) === magic && ascii(tail.subarray(4)) === magic;
    if (!isArrow) {
      const rule = 'an Arrow file (IPC file format) begins and ends with ARROW1';
      throw new InputError('not an Arrow file', { where: path, rule });
    }
    const length = new DataView(tail.buffer).getInt32(0, true);
    if (length <= 0 || length > size - tailBytes) throw broken(path, 'impossible footer length');
    const footer = Footer.decode(readAt(file, size - tailBytes - length, length));
    let rows = 0;
    for (const block of footer.recordBatches()) rows += batchRows(file, block);
    return { schema: footer.schema, rows };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw broken(path, error instanceof Error ? error.message : String(error), error);
  } finally {
    closeSync(file);
  }
}

function batchRows(file: number, block: { offset: number; metaDataLength: number }): number {
  const bytes = readAt(file, block.offset, block.metaDataLength);
  // Before the message stands its length, and since format version 0.15 a marker of four 255s.
  const skip = new DataView(bytes.buffer).getInt32(0, true) === -1 ? 8 : 4;
  const header = Message.decode(bytes.subarray(skip)).header() as { length: number };
  return Number(header.length);
}

function readAt(file: number, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let got = 0;
  while (got < length) {
    const more = readSync(file, bytes, got, length - got, position + got);
    if (more === 0) throw new RangeError('the file is cut off');
    got += more;
  }
  return bytes;
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function broken(where: string, rule: string, cause?: unknown): InputError {
  return new InputError('broken Arrow file', { where, rule, cause });
}
