import { InputError } from '../units/input-error.ts';

/** JSON where it parses, else the text itself: 16, true, null, round-robin. */
export function settingValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A copy of a scenario with one value changed.
 * @param setting `path=value`; the path's members are those of the scenario (`groups.0.count`),
 *   or a name of `aliases`. Setting the `kind` of a policy drops the old kind's parameters.
 */
export function withSetting(
  scenario: unknown,
  setting: string,
  aliases: Readonly<Record<string, string>> = {},
): unknown {
  const at = setting.indexOf('=');
  if (at < 1) {
    throw new InputError(`malformed setting ${JSON.stringify(setting)}`, { rule: 'path=value' });
  }
  const name = setting.slice(0, at);
  const path = (Object.hasOwn(aliases, name) ? (aliases[name] as string) : name).split('.');
  const value = settingValue(setting.slice(at + 1));
  return changed(scenario ?? {}, path, value, setting);
}

function changed(at: unknown, path: readonly string[], value: unknown, setting: string): unknown {
  const [key, ...rest] = path as [string, ...string[]];
  if (Array.isArray(at)) {
    const index = /^\d+$/.test(key) ? Number(key) : -1;
    if (index < 0 || index >= at.length) {
      const rule = `an index from 0 to ${at.length - 1}`;
      throw new InputError(`no element ${key}`, { where: setting, rule });
    }
    return at.map((one, i) => {
      if (i !== index) return one;
      return rest.length === 0 ? value : changed(one, rest, value, setting);
    });
  }
  const members = at !== null && typeof at === 'object' ? at : {};
  if (rest.length > 0) {
    const inner = (members as Record<string, unknown>)[key];
    return { ...members, [key]: changed(inner, rest, value, setting) };
  }
  return key === 'kind' ? { kind: value } : { ...members, [key]: value };
}
