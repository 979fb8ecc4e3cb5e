import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../units/input-error.ts';
import { encodeRequestTrace } from './encode.ts';
import type { RequestTrace } from './request-trace.ts';

/** Writes a trace as an Arrow file, whole or not at all; returns its bytes. */
export async function writeTrace(path: string, trace: RequestTrace): Promise<Uint8Array> {
  const bytes = encodeRequestTrace(trace);
  await writeWhole(path, bytes);
  return bytes;
}

/** Writes under a temporary name beside the target, then renames: no reader sees half a file. */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, data);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('cannot write', { where: path, rule, cause });
  }
}
