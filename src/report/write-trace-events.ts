import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StreamingSession } from './session.ts';
import { traceEventPieces } from './trace-events.ts';

/** Writes the trace events of a run, no faster than the file takes them; returns their bytes. */
export async function writeTraceEvents(
  session: StreamingSession,
  run: string,
  output: string,
): Promise<number> {
  let bytes = 0;
  const counted = async function* () {
    for await (const piece of traceEventPieces(session, run)) {
      bytes += Buffer.byteLength(piece);
      yield piece;
    }
  };
  if (output === '-') {
    await pipeline(Readable.from(counted()), process.stdout, { end: false });
    return bytes;
  }
  const path = resolve(output);
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await pipeline(Readable.from(counted()), createWriteStream(temporary));
  await rename(temporary, path);
  return bytes;
}
