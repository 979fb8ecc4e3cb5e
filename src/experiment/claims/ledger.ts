import { existsSync, statSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../units/input-error.ts';
import { schemaError } from '../../units/schema-error.ts';
import { claimKinds } from '../define.ts';
import { locked } from './lock-file.ts';
import { verdicts } from './verdict.ts';

const tolerance = z.union([
  z.strictObject({ relative: z.number() }),
  z.strictObject({ absolute: z.number() }),
]);
const comparison = z.strictObject({
  date: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'YYYY-MM-DD'),
  /** What it counted as. */
  kind: z.enum(claimKinds),
  /** Why it did not count as what it was called. */
  demoted: z.string().nullable(),
  definition: z.string(),
  figure: z.string(),
  published: z.number(),
  precision: z.number().nullable(),
  unit: z.string(),
  tolerance,
  /** SHA-256 by name. */
  traces: z.record(z.string(), z.string()),
  replayed: z.number().nullable(),
  verdict: z.enum(verdicts),
  engine_version: z.string(),
});
const schema = z.record(z.string(), comparison);

/** The first comparison of a claim: when, of what (definition.ts), on what, how it came out. */
export type Comparison = z.output<typeof comparison>;

/** First comparisons by claim, `paper/id`. */
export type Ledger = Readonly<Record<string, Comparison>>;

const ledgerName = 'comparisons.json';

/**
 * Where the first comparisons of an experiment's claims are on record: `comparisons.json` beside
 * its file, to be committed with it.
 */
export function ledgerFile(experimentFile: string): string {
  return join(dirname(experimentFile), ledgerName);
}

/** The record of a file; empty where there is none. */
export async function readLedger(file: string): Promise<Ledger> {
  if (!existsSync(file)) return {};
  const text = await readFile(file, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError('not JSON', { where: file, cause });
  }
  const result = schema.safeParse(value);
  if (!result.success) throw schemaError(schema, result.error, value, 'ledger').within(file);
  return result.data;
}

/**
 * Adds first comparisons to a file, as a whole or not at all. What is on record stays as it is;
 * claims are sorted, so that equal records are equal bytes. Processes that add at the same time
 * wait for each other.
 */
export async function addToLedger(file: string, added: Ledger): Promise<void> {
  await locked(`${file}.lock`, async () => {
    const before = await readLedger(file);
    const fresh = Object.keys(added).filter((claim) => !Object.hasOwn(before, claim));
    if (fresh.length === 0) return;
    const all = { ...added, ...before };
    const sorted = Object.fromEntries(
      Object.entries(all).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    );
    const temporary = `${file}.${process.pid}.tmp`;
    try {
      await writeFile(temporary, `${JSON.stringify(sorted, null, 2)}\n`);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/** Every `comparisons.json` in a folder and below, sorted by path. */
export async function ledgersBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) {
      found.push(...(await ledgersBelow(path)));
    } else if (entry.isFile() && entry.name === ledgerName) {
      found.push(path);
    }
  }
  return found.sort();
}
