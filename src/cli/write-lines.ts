import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Writes lines to a file as a whole or not at all, a piece at a time; returns their number. */
export async function writeLines(path: string, lines: AsyncIterable<string>): Promise<number> {
  const temporary = `${path}.${process.pid}.tmp`;
  let count = 0;
  async function* pieces() {
    let piece = '';
    for await (const line of lines) {
      count++;
      piece += `${line}\n`;
      if (piece.length < 1 << 16) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }
  await mkdir(dirname(path), { recursive: true });
  try {
    await pipeline(pieces(), createWriteStream(temporary));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return count;
}
