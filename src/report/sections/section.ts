import type { Chart } from '../chart.ts';

/** HTML as it is, or a chart that the page turns into a figure. */
export type Block = { readonly html: string } | { readonly chart: Chart };

/** A part of the page with an entry in its table of contents. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** "a", "a and b", "a, b and c". */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** "1 run", "12,031 requests". */
export function counted(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

/** A sentence from a finding. */
export function sentence(finding: string): string {
  return `${finding.charAt(0).toUpperCase()}${finding.slice(1)}.`;
}
