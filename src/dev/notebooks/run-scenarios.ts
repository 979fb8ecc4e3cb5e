import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { runKeyOf } from '../../experiment/run-key.ts';
import { type LoadedTrace, loadTrace, runScenario } from '../../experiment/run-scenario.ts';
import { parseScenario } from '../../replay/scenario.ts';
import { InputError } from '../../units/input-error.ts';

/**
 * Scenarios that a notebook names in `NAME.scenarios.ts` beside it (`export const scenarios`);
 * null without that file.
 * @throws InputError where the file exports something else
 */
export async function scenariosOf(notebook: string): Promise<readonly unknown[] | null> {
  const file = notebook.replace(/\.html$/, '.scenarios.ts');
  if (!existsSync(file)) return null;
  // Not an import: that would keep the module of the first time while its author edits it.
  const { module } = await runnerImport<{ scenarios?: unknown }>(file, {
    configFile: false,
    logLevel: 'silent',
  });
  if (Array.isArray(module.scenarios)) return module.scenarios;
  throw new InputError('no scenarios', {
    where: file,
    rule: 'export const scenarios = [{ … }, …]',
  });
}

/**
 * Runs those of the scenarios that are not in the folder yet, and removes runs of other scenarios
 * or of another engine: what SQL sees there is what the notebook names, as it is now.
 * @returns how many were replayed
 */
export async function runMissing(scenarios: readonly unknown[], folder: string): Promise<number> {
  const traces = new Map<string, LoadedTrace>();
  const wanted = new Set<string>();
  let replayed = 0;
  for (const given of scenarios) {
    const scenario = parseScenario(given);
    if (scenario.trace === null) {
      throw new InputError('the scenario names no trace', { where: 'trace', rule: 'name one' });
    }
    const loaded = traces.get(scenario.trace) ?? (await loadTrace(scenario.trace));
    traces.set(scenario.trace, loaded);
    const { run } = runKeyOf(scenario, loaded.located.sha256);
    wanted.add(run);
    if (existsSync(join(folder, run, 'scenario.json'))) continue;
    await runScenario(given, { out: folder }, loaded);
    replayed++;
  }
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    // A name with a dot in front is being written by someone.
    if (wanted.has(name) || name.startsWith('.')) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
  return replayed;
}
