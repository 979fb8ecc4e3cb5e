import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../units/canonical.ts';
import type { CardInput } from './card.ts';
import { type CatalogueEntry, catalogue } from './catalogue.ts';
import { decodeRequestTrace } from './decode.ts';
import { fetchedFolder, shippedFolder, traceNames } from './locate.ts';
import { findTraceMirror } from './mirror.ts';

/** The original file of a catalogue entry in the mirror or among the fetched ones. */
export function findOriginal(entry: CatalogueEntry): string | null {
  const mirror = findTraceMirror();
  const base = entry.mirrorPath.split('/').pop() as string;
  const places = [
    ...(mirror === null ? [] : [join(mirror, entry.mirrorPath)]),
    join(fetchedFolder(), `${entry.name}.${base}`),
  ];
  return places.find((place) => existsSync(place)) ?? null;
}

/** What the cards of the shipped traces are made of; fidelity from `NAME.fidelity.md` beside them. */
export async function cardInputs(folder = shippedFolder()): Promise<CardInput[]> {
  const inputs: CardInput[] = [];
  for (const name of await traceNames(folder)) {
    const path = join(folder, `${name}.arrow`);
    const bytes = await readFile(path);
    const fidelity = await readFile(join(folder, `${name}.fidelity.md`), 'utf8').catch(() => null);
    const trace = decodeRequestTrace(bytes, path);
    inputs.push({ name, trace, sha256: sha256(bytes), bytes: bytes.length, fidelity });
  }
  return inputs;
}

/** A trace as `traces list` shows it. */
export interface ListedTrace {
  readonly name: string;
  readonly state: 'shipped' | 'fetched' | 'to fetch';
  readonly kind: string;
  /** null where the file is not at hand. */
  readonly requests: number | null;
  readonly title: string;
  readonly licence: string | null;
}

/** Shipped and fetched traces, then those of the catalogue that are not fetched yet. */
export async function listTraces(): Promise<ListedTrace[]> {
  const listed: ListedTrace[] = [];
  const folders = { shipped: shippedFolder(), fetched: fetchedFolder() } as const;
  for (const [state, folder] of Object.entries(folders) as ['shipped' | 'fetched', string][]) {
    for (const name of await traceNames(folder)) {
      const path = join(folder, `${name}.arrow`);
      const { meta, count } = decodeRequestTrace(await readFile(path), path);
      const title = catalogue.find((entry) => entry.name === name)?.title ?? meta.notes ?? '';
      listed.push({ name, state, kind: meta.kind, requests: count, title, licence: meta.licence });
    }
  }
  for (const { name, kind, title, licence } of catalogue) {
    if (listed.some((trace) => trace.name === name)) continue;
    listed.push({ name, state: 'to fetch', kind, requests: null, title, licence });
  }
  return listed;
}
