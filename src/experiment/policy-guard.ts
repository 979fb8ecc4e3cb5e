/** Errors of user policies say which file they come from, and where in it. */
import type { PolicyDefinition } from '../policy/registry.ts';
import { InputError } from '../units/input-error.ts';
import { ownPlaceOf, shown } from './import-module.ts';
import type { PolicySlot } from './policy-slots.ts';

type Call = (...given: unknown[]) => unknown;

/** An error that has been put down to a policy already. */
class PolicyError extends InputError {}

/**
 * The definition with its policies guarded: what they throw names the file.
 * @param slot where its policies stand; they are refused where they lack one of its methods
 */
export function guarded(
  definition: PolicyDefinition<unknown>,
  { methods, isFactory, registry }: PolicySlot,
  file: string,
): PolicyDefinition<unknown> {
  const guardedPolicy = (made: unknown): unknown => {
    const policy = (made ?? {}) as Record<string, unknown>;
    const missing = methods.filter((name) => typeof policy[name] !== 'function');
    if (missing.length === 0) return guardedMethods(policy, file);
    const what = `no ${registry.title}: ${missing.join(' and ')} missing`;
    const form = `{ ${methods.join(', ')} }`;
    const rule = isFactory ? `create gives a function that makes ${form}` : `create gives ${form}`;
    throw new PolicyError(what, { where: shown(file), rule });
  };
  const { oracle, prepare } = definition;
  return {
    ...definition,
    ...(oracle && { oracle: blaming(file, 'oracle', oracle as Call) as typeof oracle }),
    ...(prepare && { prepare: blamingLater(file, 'prepare', prepare) }),
    create: (values, context) => {
      const made = blaming(file, 'create', definition.create as Call)(values, context);
      if (!isFactory) return guardedPolicy(made);
      if (typeof made !== 'function') return guardedPolicy(null);
      const make = blaming(file, 'create', made as Call);
      return (...given: unknown[]) => guardedPolicy(make(...given));
    },
  };
}

/** Every method of a policy, its own and inherited; the engine asks for nothing else. */
function guardedMethods(policy: Record<string, unknown>, file: string): object {
  const guard: Record<string, Call> = {};
  for (let at: object = policy; at !== Object.prototype && at !== null; ) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (name === 'constructor' || Object.hasOwn(guard, name)) continue;
      const member = policy[name];
      if (typeof member === 'function') {
        guard[name] = blaming(file, name, member.bind(policy) as Call);
      }
    }
    at = Object.getPrototypeOf(at) as object;
  }
  return guard;
}

function blaming(file: string, method: string, call: Call): Call {
  return (...given) => {
    try {
      return call(...given);
    } catch (cause) {
      throw blamed(file, method, cause);
    }
  };
}

type Prepare = NonNullable<PolicyDefinition<unknown>['prepare']>;

function blamingLater(file: string, method: string, prepare: Prepare): Prepare {
  return async (values) => {
    try {
      await prepare(values);
    } catch (cause) {
      throw blamed(file, method, cause);
    }
  };
}

function blamed(file: string, method: string, cause: unknown): PolicyError {
  // An estimator that fails while a placer asks it is not the placer's fault.
  if (cause instanceof PolicyError) return cause;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const where = ownPlaceOf(error) ?? shown(file);
  const named = where.startsWith(shown(file)) ? where : `${shown(file)}, ${where}`;
  const rule = error.message.split('\n')[0];
  return new PolicyError(`the policy fails in ${method}`, { where: named, rule, cause });
}
