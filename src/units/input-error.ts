/**
 * Wrong use or invalid input: what is wrong, where, and the rule it breaks.
 * The command line prints it as `error: WHAT (WHERE): RULE` and exits with 2.
 */
export class InputError extends Error {
  readonly what: string;
  readonly where: string | undefined;
  readonly rule: string | undefined;

  constructor(
    what: string,
    options: { where?: string | undefined; rule?: string | undefined; cause?: unknown } = {},
  ) {
    const where = options.where === undefined ? '' : ` (${options.where})`;
    const rule = options.rule === undefined ? '' : `: ${options.rule}`;
    super(`${what}${where}${rule}`, { cause: options.cause });
    this.name = 'InputError';
    this.what = what;
    this.where = options.where;
    this.rule = options.rule;
  }

  /** The same error, placed in something larger. */
  within(context: string): InputError {
    const where = this.where === undefined ? context : `${context}, ${this.where}`;
    return new InputError(this.what, { where, rule: this.rule, cause: this });
  }
}
