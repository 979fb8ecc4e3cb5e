import { InputError } from './input-error.ts';

/** Edit distance of two strings (insert, delete, replace, swap of neighbours cost 1 each). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * The name nearest to `wrong`, or undefined when none is near enough to be meant: more than a
 * third of the characters differ (two in short names), or all of them.
 */
export function nearestName(wrong: string, names: Iterable<string>): string | undefined {
  const lower = wrong.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.ceil(wrong.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(lower, name.toLowerCase());
    if (distance < bestDistance && distance < Math.max(wrong.length, name.length)) {
      bestDistance = distance;
      best = name;
    }
  }
  return best;
}

/** Error for an unknown name, with the nearest right one or the whole list. */
export function unknownName(kind: string, wrong: string, names: Iterable<string>): InputError {
  const all = [...names];
  const near = nearestName(wrong, all);
  const rule = near ? `did you mean ${near}?` : `one of ${all.join(', ')}`;
  return new InputError(`unknown ${kind} ${JSON.stringify(wrong)}`, { rule });
}
