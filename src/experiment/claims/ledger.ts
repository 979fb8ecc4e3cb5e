import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../units/input-error.ts';
import { schemaError } from '../../units/schema-error.ts';
import { claimKinds } from '../define.ts';
import { verdicts } from './verdict.ts';

const comparison = z.strictObject({
  date: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'YYYY-MM-DD'),
  kind: z.enum(claimKinds),
  definition: z.string(),
  replayed: z.number().nullable(),
  verdict: z.enum(verdicts),
  engine_version: z.string(),
});
const schema = z.record(z.string(), comparison);

/** The first comparison of a claim: when, of what (definition.ts), and how it came out. */
export type Comparison = z.output<typeof comparison>;

/** First comparisons by claim, `paper/id`. */
export type Ledger = Readonly<Record<string, Comparison>>;

/**
 * Where the first comparisons of an experiment's claims are on record: `comparisons.json` beside
 * its file, to be committed with it.
 */
export function ledgerFile(experimentFile: string): string {
  return join(dirname(experimentFile), 'comparisons.json');
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
 * claims are sorted, so that equal records are equal bytes.
 */
export async function addToLedger(file: string, added: Ledger): Promise<void> {
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
}
