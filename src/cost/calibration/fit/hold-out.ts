import { quantileSorted } from '../../../units/quantile.ts';
import { RandomStream } from '../../../units/random.ts';

/** Rows of one shape: all or none of them are held out, and a bootstrap draws them together. */
export interface ShapeRows<T> {
  readonly key: string;
  readonly rows: readonly T[];
}

/** Rows to fit on, and rows of other shapes to test the fit on. */
export interface Fold<T> {
  readonly fitted: readonly ShapeRows<T>[];
  readonly heldOut: readonly ShapeRows<T>[];
}

/** Share of the shapes that no fit sees. */
export const heldOutShare = 0.15;

/** Rows by shape, shapes in order of their keys: the order of the rows in a file changes nothing. */
export function byShape<T>(rows: readonly T[], keyOf: (row: T) => string): ShapeRows<T>[] {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, members]) => ({ key, rows: members }));
}

/**
 * How to test a fit on shapes that it has not seen.
 *
 * Of many shapes, 15 % drawn by the seed are taken out, once and for all: `final` fits on the
 * others. Of fewer than ten (15 % is one, which says little), each is taken out in turn, its rows
 * are predicted by a fit on the others, and `final` fits on all.
 */
export function holdOut<T>(
  shapes: readonly ShapeRows<T>[],
  { seed, name }: { seed: number; name: string },
): { folds: Fold<T>[]; final: readonly ShapeRows<T>[] } {
  const count = Math.round(heldOutShare * shapes.length);
  if (count < 2) {
    if (shapes.length < 2) return { folds: [], final: shapes };
    const folds = shapes.map((one) => ({
      fitted: shapes.filter((other) => other !== one),
      heldOut: [one],
    }));
    return { folds, final: shapes };
  }
  const taken = new Set(
    shuffled(shapes, new RandomStream(seed, `hold out ${name}`)).slice(0, count),
  );
  const fitted = shapes.filter((shape) => !taken.has(shape));
  return {
    folds: [{ fitted, heldOut: shapes.filter((shape) => taken.has(shape)) }],
    final: fitted,
  };
}

/** How often each shape occurs in one bootstrap sample of as many shapes. */
export function bootstrapWeights(shapes: number, stream: RandomStream): Float64Array {
  const weights = new Float64Array(shapes);
  for (let i = 0; i < shapes; i++) {
    const at = stream.integer(shapes);
    weights[at] = (weights[at] as number) + 1;
  }
  return weights;
}

/** The 5 % and 95 % quantiles, widened to the value; none where nothing was drawn. */
export function intervalOf(samples: Float64Array, value: number): [number, number] | undefined {
  if (samples.length === 0) return undefined;
  const sorted = samples.slice().sort();
  return [
    Math.min(value, quantileSorted(sorted, 0.05)),
    Math.max(value, quantileSorted(sorted, 0.95)),
  ];
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], stream: RandomStream): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = stream.integer(i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
