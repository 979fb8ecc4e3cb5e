import type { RandomStream } from '../../../units/random.ts';

/**
 * The simplex method of Nelder and Mead (1965): finds a minimum of a function of few variables
 * without derivatives, so also of one with edges, as a mean of absolute errors is.
 *
 * A simplex of n + 1 points moves its worst point through the centre of the others: reflected (1),
 * expanded (2) where that is the best yet, contracted (1/2) where it is not better than the second
 * worst; where nothing helps, all points draw in towards the best (1/2). Deterministic.
 */
export interface Minimum {
  readonly at: readonly number[];
  readonly value: number;
  readonly evaluations: number;
}

export interface SimplexOptions {
  /** Distance of the first points from the start, per variable. */
  readonly step?: number;
  /** Ends where the values of all points are this near each other and the points are too. */
  readonly tolerance?: number;
  readonly maxEvaluations?: number;
}

interface Point {
  readonly x: readonly number[];
  readonly f: number;
}

export function nelderMead(
  objective: (x: readonly number[]) => number,
  start: readonly number[],
  { step = 0.2, tolerance = 1e-7, maxEvaluations = 400 * start.length }: SimplexOptions = {},
): Minimum {
  let evaluations = 0;
  const at = (x: readonly number[]): Point => {
    evaluations++;
    const f = objective(x);
    return { x, f: Number.isFinite(f) ? f : Infinity };
  };
  const simplex = [
    at(start),
    ...start.map((_, i) => at(start.map((value, j) => (i === j ? value + step : value)))),
  ];
  const byValue = (a: Point, b: Point) => a.f - b.f;
  simplex.sort(byValue);

  while (evaluations < maxEvaluations && !isSmall(simplex, tolerance)) {
    const worst = simplex.at(-1) as Point;
    const others = simplex.slice(0, -1);
    const centre = start.map((_, i) => mean(others, i));
    const through = (factor: number) =>
      at(centre.map((c, i) => c + factor * (c - (worst.x[i] as number))));
    const best = simplex[0] as Point;
    const secondWorst = others.at(-1) as Point;

    const reflected = through(1);
    let taken = reflected;
    if (reflected.f < best.f) {
      const expanded = through(2);
      if (expanded.f < reflected.f) taken = expanded;
    } else if (reflected.f >= secondWorst.f) {
      taken = through(reflected.f < worst.f ? 0.5 : -0.5);
    }
    if (taken.f < Math.min(worst.f, reflected.f) || taken === reflected) {
      simplex[simplex.length - 1] = taken;
    } else {
      for (let i = 1; i < simplex.length; i++) {
        const { x } = simplex[i] as Point;
        simplex[i] = at(x.map((value, j) => (value + (best.x[j] as number)) / 2));
      }
    }
    simplex.sort(byValue);
  }
  const { x, f } = simplex[0] as Point;
  return { at: x, value: f, evaluations };
}

/**
 * The best minimum from the start and from `restarts` places around it (normal, `spread` wide); a
 * new simplex is built at each minimum until it finds nothing better, since one can collapse on an
 * edge.
 */
export function minimise(
  objective: (x: readonly number[]) => number,
  start: readonly number[],
  {
    restarts = 0,
    spread = 0.5,
    stream,
    ...simplex
  }: SimplexOptions & { restarts?: number; spread?: number; stream?: RandomStream } = {},
): Minimum {
  let best: Minimum | undefined;
  let evaluations = 0;
  for (let i = 0; i <= restarts; i++) {
    const from = i === 0 ? start : start.map((x) => x + spread * (stream?.normal() ?? 0));
    let found = nelderMead(objective, from, simplex);
    evaluations += found.evaluations;
    for (let again = 0; again < 8; again++) {
      // The other direction: a simplex on the same side collapses on the same edge.
      const step = (simplex.step ?? 0.2) * (again % 2 === 0 ? -0.5 : 0.5);
      const next = nelderMead(objective, found.at, { ...simplex, step });
      evaluations += next.evaluations;
      const gain = found.value - next.value;
      if (next.value < found.value) found = next;
      if (!(gain > 1e-5 * Math.abs(found.value))) break;
    }
    if (best === undefined || found.value < best.value) best = found;
  }
  return { ...(best as Minimum), evaluations };
}

function mean(points: readonly Point[], variable: number): number {
  let sum = 0;
  for (const { x } of points) sum += x[variable] as number;
  return sum / points.length;
}

function isSmall(simplex: readonly Point[], tolerance: number): boolean {
  const best = simplex[0] as Point;
  return simplex.every(
    ({ x, f }) =>
      Math.abs(f - best.f) <= tolerance * (Math.abs(best.f) + tolerance) &&
      x.every((value, i) => Math.abs(value - (best.x[i] as number)) <= Math.sqrt(tolerance)),
  );
}
