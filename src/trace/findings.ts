/** One thing wrong with a trace: the rule it breaks and where. */
export interface Problem {
  readonly rule: string;
  /** From 0; null where it concerns the file as a whole. */
  readonly row: number | null;
  readonly column: string | null;
  readonly value: number | string | null;
  readonly message: string;
}

/** Collects problems, a limited number of each rule, and counts all. */
export class Findings {
  readonly #perRule: number;
  readonly #listed: Problem[] = [];
  readonly #counts = new Map<string, { total: number; column: string | null }>();

  constructor(perRule: number) {
    this.#perRule = perRule;
  }

  add(
    rule: string,
    row: number | null,
    column: string | null,
    value: number | string | null,
    message: string,
  ): void {
    const seen = this.#counts.get(rule)?.total ?? 0;
    this.#counts.set(rule, { total: seen + 1, column });
    if (seen < this.#perRule) {
      // JSON has no NaN and no infinity.
      const shown = typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
      this.#listed.push({ rule, row, column, value: shown, message });
    }
  }

  problems(): Problem[] {
    const cut = [...this.#counts].filter(([, { total }]) => total > this.#perRule);
    return [
      ...this.#listed,
      ...cut.map(([rule, { total, column }]) => ({
        rule,
        row: null,
        column,
        value: total,
        message: `${total} rows break this rule; the first ${this.#perRule} are listed`,
      })),
    ];
  }
}
