import type { z } from 'zod';
import { InputError } from './input-error.ts';
import { nearestName } from './nearest.ts';

type Issue = z.core.$ZodIssue;

/**
 * The first thing that a schema finds wrong, as an error that names place, value and rule; for an
 * unknown key, the nearest right one.
 * @param root what the value is called where the place is the value itself
 */
export function schemaError(
  schema: z.core.$ZodType,
  error: z.core.$ZodError,
  value: unknown,
  root: string,
): InputError {
  const issue = mostTelling(first(error.issues));
  const where = issue.path.join('.') || root;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] as string;
    const known = keysAt(schema, issue.path);
    const near = nearestName(key, known);
    const rule = near ? `did you mean ${near}?` : `one of ${known.join(', ')}`;
    return new InputError(`unknown key ${JSON.stringify(key)}`, {
      where,
      ...(known.length > 0 && { rule }),
    });
  }
  const at = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  if (issue.code === 'invalid_value' && typeof at === 'string') {
    const near = nearestName(at, issue.values.map(String));
    const rule = near ? `did you mean ${near}?` : `one of ${issue.values.join(', ')}`;
    return new InputError(`invalid value ${shortened(at)}`, { where, rule });
  }
  const shown = at === undefined ? 'missing value' : `invalid value ${shortened(at)}`;
  return new InputError(shown, { where, rule: issue.message.replace(/^Invalid input: /, '') });
}

function shortened(value: unknown): string {
  const text = typeof value === 'function' ? 'a function' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A wrong name says more than the member that is missing for it. */
function first(issues: readonly Issue[]): Issue {
  return (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as Issue;
}

/** Of a value that fits none of several forms, the error of the form that it comes nearest to. */
function mostTelling(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const best = branches.reduce((a, b) => (depth(b) > depth(a) ? b : a));
  const inner = mostTelling(first(best));
  return { ...inner, path: [...issue.path, ...inner.path] };
}

/** How deep inside a form fails at first: one that fails deep was meant. */
function depth(branch: readonly Issue[]): number {
  return Math.min(
    ...branch.map((issue) => {
      const inside = issue.code === 'invalid_union' ? issue.errors.filter((b) => b.length > 0) : [];
      return issue.path.length + Math.max(0, ...inside.map(depth));
    }),
  );
}

/** Names of the members that the schema has at a path; empty where it has several forms. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.core.$ZodType | undefined = inside(schema);
  for (const key of path) {
    const def = at?._zod.def as Definition | undefined;
    const next: z.core.$ZodType | undefined =
      def?.shape?.[key] ?? def?.element ?? def?.valueType ?? formWith(def?.options, key);
    at = next && inside(next);
  }
  const def = at?._zod.def as Definition | undefined;
  if (def?.options) return [...new Set(def.options.flatMap((one) => keysAt(one, [])))];
  return Object.keys(def?.shape ?? {});
}

interface Definition {
  shape?: Record<PropertyKey, z.core.$ZodType>;
  element?: z.core.$ZodType;
  valueType?: z.core.$ZodType;
  options?: z.core.$ZodType[];
  innerType?: z.core.$ZodType;
}

/** Of several forms, the member that one of them has under the key. */
function formWith(
  options: z.core.$ZodType[] | undefined,
  key: PropertyKey,
): z.core.$ZodType | undefined {
  for (const option of options ?? []) {
    const def = inside(option)._zod.def as Definition;
    const member = def.shape?.[key] ?? def.element ?? formWith(def.options, key);
    if (member) return member;
  }
  return undefined;
}

/** A schema without the wrappers that give defaults. */
function inside(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as Definition;
  return innerType === undefined ? schema : inside(innerType);
}
