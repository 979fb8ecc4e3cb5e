import { readFile } from 'node:fs/promises';
import { presetNamed } from '../experiment/presets.ts';
import { withSetting } from '../experiment/settings.ts';
import { folderOf, withUserPolicies } from '../experiment/user-policies.ts';
import { InputError } from '../units/input-error.ts';
import { fullSetting } from './policy-settings.ts';

/**
 * The scenario that a command line names: a preset or a JSON file, with its settings applied and the
 * policy files that it names loaded: relative to the JSON file, else to the working folder.
 */
export async function readScenario(
  name: string,
  settings: readonly string[],
  trace: string | undefined,
): Promise<unknown> {
  const file = /[/\\]|\.json$/.test(name);
  const preset = file ? undefined : presetNamed(name);
  let scenario: unknown = preset?.scenario ?? (await readJson(name));
  for (const setting of settings) {
    const full = fullSetting(setting, preset?.parameters);
    scenario = withSetting(scenario, full, preset?.parameters);
  }
  scenario = await withUserPolicies(scenario, preset === undefined ? folderOf(name) : undefined);
  return trace === undefined ? scenario : { ...(scenario as object), trace };
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError('cannot read the scenario', { where: path, cause });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new InputError('not a scenario', { where: path, rule: 'a JSON object' });
    }
    return value;
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('not JSON', { where: path, rule, cause });
  }
}
