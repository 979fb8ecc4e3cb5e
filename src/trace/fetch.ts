import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256 } from '../units/canonical.ts';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';
import { type CatalogueEntry, catalogue, publicAddress } from './catalogue.ts';
import { importTrace } from './importers/index.ts';
import { fetchedFolder } from './locate.ts';
import { findTraceMirror } from './mirror.ts';
import type { RequestTrace } from './request-trace.ts';
import { writeTrace, writeWhole } from './write.ts';

export interface FetchOptions {
  /** Folder with local copies; default: the one `findTraceMirror` names, else the public address. */
  mirror?: string | undefined;
  /** Where NAME.arrow and the original go; default cache/traces. */
  cacheDir?: string | undefined;
}

export interface FetchedTrace {
  readonly path: string;
  /** Where the original came from: an address or a mirror's file. */
  readonly from: string;
  readonly trace: RequestTrace;
}

/**
 * Fetches a trace of the catalogue, imports it as `NAME.arrow` and keeps the original beside it.
 * Nothing is written before the checksum agrees.
 */
export async function fetchTrace(name: string, options: FetchOptions = {}): Promise<FetchedTrace> {
  const entry = catalogueEntry(name);
  const { cacheDir = fetchedFolder(), mirror = findTraceMirror() } = options;
  const from = mirror === null ? addressOf(entry) : join(mirror, entry.mirrorPath);
  const bytes = mirror === null ? await download(entry, from) : await readMirror(entry, from);
  verify(entry, bytes, from);
  const original = join(cacheDir, `${name}.${basename(entry.mirrorPath)}`);
  await writeWhole(original, bytes);
  const trace = await importEntry(entry, original);
  const path = join(cacheDir, `${name}.arrow`);
  await writeTrace(path, trace);
  return { path, from, trace };
}

/** An original file of the catalogue as a trace, its public source in the metadata. */
export async function importEntry(entry: CatalogueEntry, file: string): Promise<RequestTrace> {
  const trace = await importTrace(entry.format, file, { ...entry.options, name: entry.name });
  const { repository, commit, licence, kind } = entry;
  const path = entry.path ?? basename(entry.mirrorPath);
  return {
    ...trace,
    meta: {
      ...trace.meta,
      kind,
      licence,
      source: { repository, path, commit, sha256: entry.sha256 },
    },
  };
}

/** @throws InputError with the nearest name */
export function catalogueEntry(name: string): CatalogueEntry {
  const entry = catalogue.find((known) => known.name === name);
  if (entry) return entry;
  throw unknownName(
    'public trace',
    name,
    catalogue.map((known) => known.name),
  );
}

function addressOf(entry: CatalogueEntry): string {
  const address = publicAddress(entry);
  if (address) return address;
  throw new InputError(`${entry.name} has no public file of its own`, {
    rule: `it is derived from ${entry.repository}; give a folder that has ${entry.mirrorPath} with --mirror`,
  });
}

async function readMirror(entry: CatalogueEntry, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const rule = `a mirror holds ${entry.name} as ${entry.mirrorPath}`;
    throw new InputError('no such file', { where: path, rule, cause });
  }
}

async function download(entry: CatalogueEntry, address: string): Promise<Uint8Array> {
  const advice = `check the network, or give a folder that has ${entry.mirrorPath} with --mirror`;
  let response: Response;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(60_000) });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new Error(`cannot reach ${address} (${reason(cause)}): ${advice}`, { cause });
  }
  throw new Error(`${address} answered ${response.status}: ${advice}`);
}

/** The innermost cause: fetch wraps "no such host" in "fetch failed". */
function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause === undefined ? cause.message : reason(cause.cause);
}

function verify(entry: CatalogueEntry, bytes: Uint8Array, from: string): void {
  const found = sha256(bytes);
  if (found === entry.sha256) return;
  throw new InputError(`${bytes.length} bytes with sha256 ${found}`, {
    where: from,
    rule: `${entry.name} has ${entry.bytes} bytes with sha256 ${entry.sha256}`,
  });
}
