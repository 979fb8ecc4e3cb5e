import type { Rows } from './figure.ts';

/**
 * The trace to show in a section: the chosen one where the rows of the section know it, else the
 * first that they know. Not every trace has blocks or images.
 */
export function shownTrace(rows: Rows, chosen: string): string {
  const known = [...new Set(rows.map((row) => String(row.trace)))];
  return known.includes(chosen) ? chosen : (known[0] ?? chosen);
}

/** What a section says where it shows another trace than the chosen one; empty otherwise. */
export function instead(rows: Rows, chosen: string, what: string): string {
  const shown = shownTrace(rows, chosen);
  return shown === chosen ? '' : `*${chosen} has no ${what}; shown is ${shown}.*`;
}
