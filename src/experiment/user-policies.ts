/** A user's own policy is a file: it is found, hashed, loaded, checked and named here. */
import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { PolicyDefinition, PolicySpec } from '../policy/registry.ts';
import { InputError } from '../units/input-error.ts';
import { importDefault, shown } from './import-module.ts';
import { policySha256 } from './policy-closure.ts';
import { checkedDefinition, definitionForm } from './policy-definition.ts';
import { guarded } from './policy-guard.ts';
import { hashedKind, isPolicyFile, readHashedKind } from './policy-name.ts';
import { mapPolicies, type PolicySlot, policiesOf, slotNames } from './policy-slots.ts';

/** Where each policy stands, by the kind that carries its hash. Plain data. */
export type PolicyFiles = Readonly<Record<string, string>>;

/** What this thread has loaded, by file and hash; content of one hash is loaded once. */
const modules = new Map<string, Promise<PolicyDefinition<unknown>>>();

/** Files of the policies that this thread has loaded, by kind. */
const files = new Map<string, string>();

/**
 * Loads the policies that a scenario names by file, into the registries of this thread.
 * @param scenario as its author wrote it, not validated
 * @param folder that relative paths are taken from: the scenario's or experiment's own
 * @returns the scenario with the hash of each policy behind its name, as parseScenario takes it
 * @throws InputError naming the place in the scenario, the file, and what is wrong with it
 */
export async function withUserPolicies<T>(scenario: T, folder = process.cwd()): Promise<T> {
  refuseElsewhere(scenario);
  const kinds = new Map<PolicySpec, string>();
  for (const { spec, slot, where } of policiesOf(scenario)) {
    if (slot.registry.isLoaded(spec.kind)) continue;
    if (!isPolicyFile(spec.kind)) {
      refuseBareName(spec.kind, where);
      continue;
    }
    const file = resolve(folder, spec.kind);
    try {
      kinds.set(spec, await load(file, pathFrom(folder, file), slot));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw error.within(where);
    }
  }
  if (kinds.size === 0) return scenario;
  return mapPolicies(scenario, (spec) => ({ ...spec, kind: kinds.get(spec) ?? spec.kind }));
}

/** Where the policies of a scenario stand, for the thread or host that is to load them too. */
export function policyFilesOf(scenario: unknown): PolicyFiles {
  const kinds = policiesOf(scenario).map(({ spec }) => spec.kind);
  return Object.fromEntries(
    kinds.filter((kind) => files.has(kind)).map((kind) => [kind, files.get(kind) as string]),
  );
}

/**
 * Loads the policies of a scenario that was planned elsewhere.
 * @throws InputError where one is not there, or is not the one that the run was planned with
 */
export async function loadPlannedPolicies(scenario: unknown, from: PolicyFiles): Promise<void> {
  for (const { spec, slot } of policiesOf(scenario)) {
    const planned = readHashedKind(spec.kind);
    if (planned === null || slot.registry.isLoaded(spec.kind)) continue;
    const { path, sha256 } = planned;
    const file = from[spec.kind];
    if (file === undefined) throw new InputError(`no file of policy ${path} in the plan`);
    const kind = await load(file, path, slot);
    if (kind === spec.kind) continue;
    const here = readHashedKind(kind)?.sha256.slice(0, 12);
    const rule = `sha256 of it and its imports ${here}, the run asks for ${sha256.slice(0, 12)}`;
    throw new InputError(`another policy ${path}`, { where: file, rule });
  }
}

/** The definition in a policy file, by its path. */
export function loadDefinition(file: string): Promise<PolicyDefinition<unknown>> {
  return definitionOf(file, sha256Of(file));
}

async function load(file: string, path: string, slot: PolicySlot): Promise<string> {
  const sha256 = sha256Of(file);
  const kind = hashedKind(path, sha256);
  slot.registry.load(kind, guarded(await definitionOf(file, sha256), slot, file));
  files.set(kind, file);
  return kind;
}

const sources = /\.m?[jt]s$/;

function refuseBareName(kind: string, where: string): void {
  if (!sources.test(kind)) return;
  const rule = `a policy file starts with ./ ../ or /: ./${kind}`;
  throw new InputError(`no path ${JSON.stringify(kind)}`, { where, rule });
}

function sha256Of(file: string): string {
  if (!sources.test(file)) {
    const rule = 'a module: .ts, .mts, .js or .mjs';
    throw new InputError('no policy file', { where: shown(file), rule });
  }
  if (existsSync(file) && statSync(file).isFile()) return policySha256(file);
  const rule = "a policy's path is relative to the scenario's or experiment's folder";
  throw new InputError('no such policy file', { where: shown(file), rule });
}

function definitionOf(file: string, sha256: string): Promise<PolicyDefinition<unknown>> {
  const key = `${file}#${sha256}`;
  const known = modules.get(key);
  if (known !== undefined) return known;
  const loading = importDefault(file, { title: 'policy', form: definitionForm }).then((value) =>
    checkedDefinition(value, shown(file)),
  );
  modules.set(key, loading);
  // What failed may depend on more than the file: it is tried again.
  loading.catch(() => modules.delete(key));
  return loading;
}

/** The path from a folder, alike on every machine: ./my-policy.ts, ../policies/mine.ts. */
function pathFrom(folder: string, file: string): string {
  const path = relative(folder, file).split(sep).join('/');
  return path.startsWith('../') || isAbsolute(path) ? path : `./${path}`;
}

/** Caches, stores and clocks are no objects that a file could give. */
function refuseElsewhere(scenario: unknown): void {
  const { groups, clock } = (scenario ?? {}) as { groups?: unknown; clock?: unknown };
  const others: [string, unknown][] = [['clock', clock]];
  for (const [i, group] of (Array.isArray(groups) ? groups : []).entries()) {
    others.push([`groups.${i}.store`, group?.store]);
    others.push([`groups.${i}.prefixCache`, group?.prefixCache]);
  }
  for (const [where, spec] of others) {
    const kind = (spec as { kind?: unknown } | null | undefined)?.kind;
    if (typeof kind !== 'string' || !isPolicyFile(kind)) continue;
    const rule = `a file can be the policy of ${slotNames.join(', ')}`;
    throw new InputError(`a policy file ${kind}`, { where, rule });
  }
}

/** The folder that policy files of a scenario file are relative to. */
export function folderOf(file: string): string {
  return dirname(resolve(file));
}
