import { settingValue } from '../experiment/settings.ts';
import { InputError } from '../units/input-error.ts';

/** Members of a scenario that hold a policy: an object with a `kind`. */
const ofScenario = ['clock', 'placement', 'admission', 'estimator'];
const ofGroup = ['scheduler', 'order', 'lengths', 'prefixCache', 'store'];

/**
 * A setting in full: where a policy stands, its name alone means its kind, so that
 * `groups.1.scheduler=orca` is `groups.1.scheduler.kind=orca`. Any other setting as it is.
 * @param aliases short names of paths, as a preset has them
 * @throws InputError for a policy that is neither a name nor an object with a kind, and for one of
 *   a group without the group
 */
export function fullSetting(
  setting: string,
  aliases: Readonly<Record<string, string>> = {},
): string {
  const at = setting.indexOf('=');
  if (at < 1) return setting;
  const name = setting.slice(0, at);
  if (Object.hasOwn(aliases, name)) return setting;
  const path = name.split('.');
  if (ofGroup.includes(path[0] as string)) {
    const rule = `groups.0.${name}, or of another group: each has its own`;
    throw new InputError(`no ${path[0]} outside groups`, { where: setting, rule });
  }
  if (!isPolicy(path)) return setting;
  const value = settingValue(setting.slice(at + 1));
  if (typeof value === 'string' && value !== '') return `${name}.kind=${setting.slice(at + 1)}`;
  if (value !== null && typeof value === 'object' && 'kind' in value) return setting;
  const rule = `a policy: its name, such as ${name}=NAME, or {"kind":"NAME", …}`;
  throw new InputError(`invalid value ${JSON.stringify(value)}`, { where: name, rule });
}

function isPolicy(path: readonly string[]): boolean {
  const [first, group, member = ''] = path as [string, string?, string?];
  if (path.length === 1) return ofScenario.includes(first);
  return path.length === 3 && first === 'groups' && group !== undefined && ofGroup.includes(member);
}
