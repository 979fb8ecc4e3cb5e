import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../../units/input-error.ts';

/** Complete lines of a file in a row; `first` counts from 1. */
export interface LineBlock {
  readonly first: number;
  readonly lines: readonly string[];
}

/** Longest line accepted: memory stays bounded whatever is fed in. */
export const maxLineBytes = 16 * 1024 * 1024;

/**
 * A text file read block by block: UTF-8 (a byte order mark is dropped, wrong bytes are an error),
 * gzip recognised by its first bytes, line ends LF or CR LF. Blank lines are kept, except at the
 * end of the file.
 */
export class TextFile {
  readonly path: string;
  readonly #hash = createHash('sha256');

  constructor(path: string) {
    this.path = path;
  }

  /** sha256 of the file as it lies on disk; to be asked once, after all blocks were read. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  async *blocks(): AsyncGenerator<LineBlock> {
    const split = new LineSplitter(this.path);
    for await (const chunk of this.#chunks()) {
      const block = split.push(chunk);
      if (block) yield block;
    }
    const last = split.end();
    if (last) yield last;
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const file = await stat(this.path).catch((cause) => {
      throw new InputError('no such file', { where: this.path, cause });
    });
    if (file.isDirectory()) throw new InputError('not a file', { where: this.path });
    const stream = createReadStream(this.path, { highWaterMark: 1 << 20 });
    const raw = this.#hashed(stream);
    try {
      const first = await raw.next();
      if (first.done) return;
      if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
        yield first.value;
        yield* raw;
        return;
      }
      yield* this.#unzip(first.value, raw);
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      const rule = cause instanceof Error ? cause.message : String(cause);
      throw new InputError('unreadable file', { where: this.path, rule, cause });
    } finally {
      stream.destroy();
    }
  }

  async *#hashed(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  async *#unzip(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    const source = Readable.from(
      (async function* () {
        yield first;
        yield* rest;
      })(),
    );
    const gunzip = createGunzip({ chunkSize: 1 << 20 });
    source.on('error', (error) => gunzip.destroy(error));
    try {
      yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
    } finally {
      source.destroy();
      gunzip.destroy();
    }
  }
}

/** Cuts chunks of bytes into lines, decoding whole lines only so that no character is split. */
class LineSplitter {
  readonly #where: string;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #rest: Buffer[] = [];
  #restBytes = 0;
  #next = 1;
  /** Blank lines held back until it is known that more follows. */
  #blanks = 0;

  constructor(where: string) {
    this.#where = where;
  }

  push(chunk: Buffer): LineBlock | null {
    const cut = chunk.lastIndexOf(0x0a);
    if (cut < 0) {
      this.#keep(chunk);
      return null;
    }
    const bytes = Buffer.concat([...this.#rest, chunk.subarray(0, cut)]);
    this.#rest = [];
    this.#restBytes = 0;
    this.#keep(chunk.subarray(cut + 1));
    return this.#block(bytes);
  }

  end(): LineBlock | null {
    if (this.#restBytes === 0) return null;
    return this.#block(Buffer.concat(this.#rest));
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#rest.push(bytes);
    this.#restBytes += bytes.length;
    if (this.#restBytes > maxLineBytes) {
      const where = `${this.#where}, after line ${this.#next - 1}`;
      const rule = `at most ${maxLineBytes >> 20} MiB a line`;
      throw new InputError('line too long', { where, rule });
    }
  }

  #block(bytes: Buffer): LineBlock | null {
    const lines = this.#decode(bytes).split('\n');
    for (const [i, line] of lines.entries()) {
      if (line.endsWith('\r')) lines[i] = line.slice(0, -1);
    }
    if (this.#next === 1 && lines[0]?.startsWith('\ufeff')) lines[0] = lines[0].slice(1);
    const first = this.#next - this.#blanks;
    this.#next += lines.length;
    let end = lines.length;
    while (end > 0 && lines[end - 1] === '') end--;
    if (end === 0) {
      this.#blanks += lines.length;
      return null;
    }
    const held = Array<string>(this.#blanks).fill('');
    this.#blanks = lines.length - end;
    return { first, lines: [...held, ...lines.slice(0, end)] };
  }

  #decode(bytes: Buffer): string {
    let text: string;
    try {
      text = this.#utf8.decode(bytes);
    } catch (cause) {
      throw this.#badLine(bytes, 'not UTF-8 text', (line) => !isUtf8(line), cause);
    }
    if (text.includes('\0')) {
      throw this.#badLine(bytes, 'NUL byte', (line) => line.includes(0), undefined);
    }
    return text;
  }

  #badLine(
    bytes: Buffer,
    what: string,
    isBad: (line: Buffer) => boolean,
    cause: unknown,
  ): InputError {
    let line = this.#next;
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0 || isBad(bytes.subarray(start, end))) break;
      start = end + 1;
      line++;
    }
    const rule = 'text files are UTF-8 (or UTF-8 in gzip)';
    return new InputError(what, { where: `${this.#where}, line ${line}`, rule, cause });
  }
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
