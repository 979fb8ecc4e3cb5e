import type { RandomStream } from '../../units/random.ts';
import type { LabelValue } from '../define.ts';
import { indexAt, type Parameter } from './parameter.ts';

/** A place in a search space: one value of each parameter. */
export interface Point {
  /** Unique in its space. */
  readonly key: string;
  /** Of each parameter, the index into its values. */
  readonly indexes: readonly number[];
}

/** Every combination of the parameters' values. */
export class Space {
  readonly parameters: readonly Parameter[];
  /** Combinations, those that constraints exclude included. */
  readonly size: number;

  constructor(parameters: readonly Parameter[]) {
    this.parameters = parameters;
    this.size = parameters.reduce((product, { values }) => product * values.length, 1);
  }

  point(indexes: readonly number[]): Point {
    return { key: indexes.join('.'), indexes };
  }

  /** A point with each parameter at share `u` in [0, 1) of its dimension. */
  at(shares: readonly number[]): Point {
    return this.point(this.parameters.map((one, d) => indexAt(one, shares[d] as number)));
  }

  random(random: RandomStream): Point {
    return this.at(this.parameters.map(() => random.uniform()));
  }

  /** All points in order, the last parameter fastest. */
  *all(): Generator<Point> {
    const indexes = this.parameters.map(() => 0);
    for (;;) {
      yield this.point([...indexes]);
      let d = indexes.length - 1;
      for (; d >= 0; d--) {
        const next = (indexes[d] as number) + 1;
        indexes[d] = next;
        if (next < (this.parameters[d] as Parameter).values.length) break;
        indexes[d] = 0;
      }
      if (d < 0) return;
    }
  }

  /**
   * The points that differ in one parameter: by 1, 2, 4, … places, or by any other value where it
   * has no order.
   */
  neighbours({ indexes }: Point): Point[] {
    return this.parameters.flatMap(({ values, ordered }, d) => {
      const here = indexes[d] as number;
      const others = ordered
        ? doubling(values.length).flatMap((step) =>
            [here - step, here + step].filter((i) => i >= 0 && i < values.length),
          )
        : values.map((_, i) => i).filter((i) => i !== here);
      return others.map((i) => this.point(indexes.map((before, e) => (e === d ? i : before))));
    });
  }

  valuesOf({ indexes }: Point): LabelValue[] {
    return this.parameters.map(({ values }, d) => values[indexes[d] as number] as LabelValue);
  }

  /** `{ tp: 2, scheduler: 'orca' }`. */
  named(point: Point): Record<string, LabelValue> {
    const values = this.valuesOf(point);
    return Object.fromEntries(
      this.parameters.map(({ name }, d) => [name, values[d] as LabelValue]),
    );
  }
}

/** 1, 2, 4, … below a limit. */
function doubling(limit: number): number[] {
  const steps: number[] = [];
  for (let step = 1; step < limit; step *= 2) steps.push(step);
  return steps;
}
