import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { filesOf, literalPattern } from '../tables/file-pattern.ts';
import { shippedFolder } from '../trace/locate.ts';
import { sha256 } from '../units/canonical.ts';

export interface TraceFile {
  readonly name: string;
  readonly path: string;
}

/** What the sidecar of a run says about its trace. */
interface Origin extends TraceFile {
  readonly sha256: string;
  /** When the run was written. */
  readonly writtenMs: number;
}

export interface TraceFiles {
  readonly files: readonly TraceFile[];
  /** Traces that cannot be joined with their runs, and why. */
  readonly notes: readonly string[];
}

/**
 * The trace file behind each trace name: those given, then those that the runs were made from (as
 * their run.json says), then the shipped ones. A file that has changed since its run, or a name
 * that stands for two traces, is left out with a note: joining it would give wrong rows.
 */
export function traceFiles(runsDir: string, given: readonly TraceFile[]): TraceFiles {
  const found = new Map(given.map((trace) => [trace.name, trace.path]));
  const shipped = filesOf(join(literalPattern(shippedFolder()), '*.arrow')).map((path) => ({
    name: basename(path, '.arrow'),
    path,
  }));
  const leftOut = new Map<string, string>();
  for (const [name, origins] of originsByName(runsDir)) {
    if (found.has(name)) continue;
    const hashes = new Set(origins.map((origin) => origin.sha256));
    const places = [...origins, ...shipped.filter((trace) => trace.name === name)];
    const path = places.find((place) => hashes.size === 1 && holds(place, origins))?.path;
    if (path !== undefined) found.set(name, path);
    else if (hashes.size > 1) leftOut.set(name, 'its runs were made from different traces');
    else leftOut.set(name, 'its file is gone or has changed since its runs');
  }
  for (const { name, path } of shipped) {
    if (!found.has(name) && !leftOut.has(name)) found.set(name, path);
  }
  const files = [...found].map(([name, path]) => ({ name, path }));
  const notes = [...leftOut].map(([name, why]) => `trace_requests leaves out ${name}: ${why}`);
  return { files, notes };
}

function originsByName(runsDir: string): Map<string, Origin[]> {
  const byName = new Map<string, Origin[]>();
  for (const path of filesOf(join(literalPattern(runsDir), '*', 'run.json'))) {
    const origin = originOf(path);
    if (origin) byName.set(origin.name, [...(byName.get(origin.name) ?? []), origin]);
  }
  return byName;
}

function originOf(sidecar: string): Origin | null {
  try {
    const { trace } = JSON.parse(readFileSync(sidecar, 'utf8')) as { trace?: Partial<Origin> };
    const { name, path, sha256: hash } = trace ?? {};
    if (typeof name !== 'string' || typeof path !== 'string' || typeof hash !== 'string')
      return null;
    return { name, path, sha256: hash, writtenMs: statSync(sidecar).mtimeMs };
  } catch {
    // A sidecar is not part of a run's results: without it the run only has no trace to join.
    return null;
  }
}

/** True when the file is still the one that the runs were made from; hashed only where unsure. */
function holds(place: TraceFile | Origin, [origin]: readonly Origin[]): boolean {
  if (!origin || !existsSync(place.path)) return false;
  const untouched = 'writtenMs' in place && statSync(place.path).mtimeMs < place.writtenMs;
  return untouched || sha256(readFileSync(place.path)) === origin.sha256;
}
