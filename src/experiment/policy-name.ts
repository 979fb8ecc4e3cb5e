/**
 * Names of user policies. A scenario's author names a file: `./my-policy.ts`. Inside of the program
 * the sha256 of what the file is made of stands behind it: `./my-policy.ts#9f86d0…`, so that files
 * of one name in two folders, or of two versions, are two policies. It is taken off again where a
 * scenario is written down: there the path, relative to the scenario's folder, is the name on every
 * machine, and the hash enters the run key beside it.
 */
import { mapPolicies, policiesOf } from './policy-slots.ts';

const withHash = /^(\.{0,2}\/.*)#([0-9a-f]{64})$/s;

/** Whether a kind is a file: it starts with ./ ../ or /. */
export function isPolicyFile(kind: string): boolean {
  return /^\.{0,2}\//.test(kind);
}

export function hashedKind(path: string, sha256: string): string {
  return `${path}#${sha256}`;
}

/** Path and hash of a policy that has been found; null for one that has not, or is no file. */
export function readHashedKind(kind: string): { path: string; sha256: string } | null {
  const [, path, sha256] = withHash.exec(kind) ?? [];
  return path === undefined || sha256 === undefined ? null : { path, sha256 };
}

/** The scenario as its author names its policies. */
export function withoutHashes<T>(scenario: T): T {
  return mapPolicies(scenario, (spec) => ({
    ...spec,
    kind: readHashedKind(spec.kind)?.path ?? spec.kind,
  }));
}

/** The hashes of the files behind a scenario, each once, sorted. */
export function policyHashes(scenario: unknown): string[] {
  const hashes = policiesOf(scenario).map(({ spec }) => readHashedKind(spec.kind)?.sha256);
  return [...new Set(hashes.filter((hash) => hash !== undefined))].sort();
}

/** The scenario with its defaults in place of policies of files, for who does not ask for them. */
export function withoutPolicyFiles<T>(scenario: T): T {
  return mapPolicies(scenario, (spec) => (isPolicyFile(spec.kind) ? undefined : spec));
}
