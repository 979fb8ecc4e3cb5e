import { MessageHeader, type Table, tableFromIPC } from 'apache-arrow';
import { Footer } from 'apache-arrow/ipc/metadata/file';
import { Message } from 'apache-arrow/ipc/metadata/message';
import { ByteBuffer } from 'flatbuffers';
import { InputError } from '../units/input-error.ts';

// Arrow's metadata counts its parts in the file itself, and the reader believes any count: a
// damaged byte then means gigabytes of parts. No part takes less than a byte of the metadata.
const countOf = ByteBuffer.prototype.__vector_len;
ByteBuffer.prototype.__vector_len = function (this: ByteBuffer, offset: number): number {
  const count = countOf.call(this, offset);
  if (count < 0 || count > this.capacity()) {
    throw new RangeError(`${count} parts in ${this.capacity()} bytes of metadata`);
  }
  return count;
};

/**
 * An Arrow file (IPC file format), its metadata read.
 * @throws InputError naming the file where it is none, or is damaged
 */
export function parseArrow(bytes: Uint8Array, where: string): Table {
  const magic = 'ARROW1';
  for (let i = 0; i < magic.length; i++) {
    const atEnd = bytes[bytes.length - magic.length + i];
    if (bytes[i] !== magic.charCodeAt(i) || atEnd !== magic.charCodeAt(i)) {
      const rule = 'an Arrow file (IPC file format) begins and ends with ARROW1';
      throw new InputError('not an Arrow file', { where, rule });
    }
  }
  try {
    checkMessages(bytes);
    return tableFromIPC(bytes);
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('broken Arrow file', { where, rule, cause });
  }
}

/** Where the footer says that a batch stands, there is one: the reader would look for it for ever. */
function checkMessages(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 10;
  const length = view.getInt32(end, true);
  if (length <= 0 || length > end) throw new RangeError('impossible footer length');
  const footer = Footer.decode(bytes.subarray(end - length, end));
  if (footer.schema.fields.length === 0) throw new RangeError('no columns');
  const expect = (block: Block, type: MessageHeader) => {
    const { offset, metaDataLength, bodyLength } = block;
    if (!(offset >= 0 && metaDataLength >= 8 && bodyLength >= 0)) {
      throw new RangeError('impossible place of a batch');
    }
    if (offset + metaDataLength + bodyLength > end) throw new RangeError('the file is cut off');
    // Before the message stands its length, and since format version 0.15 a marker of four 255s.
    const marked = view.getInt32(offset, true) === -1;
    const size = view.getInt32(marked ? offset + 4 : offset, true);
    const start = offset + (marked ? 8 : 4);
    if (size <= 0 || start + size > offset + metaDataLength) {
      throw new RangeError('impossible message length');
    }
    const message = Message.decode(bytes.subarray(start, start + size));
    if (message.headerType !== type) throw new RangeError('another message than the footer says');
    const rows = Number((message.header() as { length?: number | bigint }).length ?? 0);
    if (rows < 0 || rows > 8 * bytes.length) throw new RangeError(`a batch of ${rows} rows`);
  };
  for (const block of footer.dictionaryBatches()) expect(block, MessageHeader.DictionaryBatch);
  for (const block of footer.recordBatches()) expect(block, MessageHeader.RecordBatch);
}

interface Block {
  readonly offset: number;
  readonly metaDataLength: number;
  readonly bodyLength: number;
}
