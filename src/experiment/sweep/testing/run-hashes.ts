import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../units/canonical.ts';

/** sha256 of every file of every run in a folder, by RUN/FILE; what surrounds a run is left out. */
export function runHashes(out: string): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const run of readdirSync(out).sort()) {
    for (const file of readdirSync(join(out, run)).sort()) {
      if (file !== 'run.json')
        hashes[`${run}/${file}`] = sha256(readFileSync(join(out, run, file)));
    }
  }
  return hashes;
}
