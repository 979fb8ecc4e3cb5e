import type { PolicySpec } from '../policy/registry.ts';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';
import { cachePolicies } from './policies.ts';

/**
 * A cache policy as one word: its kind, then parameters that differ from the defaults, as in
 * `gdsf:form=free:cost=uniform`.
 * @throws InputError for an unknown kind or parameter, or a value that it does not take
 */
export function parseCachePolicy(word: string): PolicySpec {
  const [kind = '', ...settings] = word.split(':');
  const { parameters } = cachePolicies.named(kind);
  const spec: Record<string, unknown> = {};
  for (const setting of settings) {
    const at = setting.indexOf('=');
    if (at === -1) {
      throw new InputError(`${JSON.stringify(setting)} in policy ${word}`, {
        rule: 'name:parameter=value:…, such as lru:touch=head-first',
      });
    }
    const name = setting.slice(0, at);
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined) {
      throw unknownName(`parameter of ${kind}`, name, Object.keys(parameters));
    }
    spec[name] = parsed(setting.slice(at + 1), parameter.type);
  }
  return cachePolicies.complete({ ...spec, kind }, kind);
}

/** The value that a text stands for; what fits no type stays a text, to be refused with it. */
function parsed(text: string, type: string): unknown {
  if (type === 'choice') return text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}
