import type { RandomStream } from '../../units/random.ts';
import type { Point, Space } from './space.ts';

/** Up to this size a space is enumerated where random draws find nothing new. */
export const enumerable = 20_000;
const drawsAtOnce = 64;
const emptyRounds = 20;

/** For each point, whether the constraints on parameters alone admit it. */
export type Admits = (points: readonly Point[]) => Promise<readonly boolean[]>;

/** The points of a space that may still be tried: each is handed out once. */
export class Candidates {
  readonly space: Space;
  readonly #admits: Admits;
  readonly #random: RandomStream;
  readonly #taken = new Set<string>();

  constructor(
    space: Space,
    random: RandomStream,
    admits: Admits = async (all) => all.map(() => true),
  ) {
    this.space = space;
    this.#random = random;
    this.#admits = admits;
  }

  /** Up to `count` random points that were not taken; fewer where there are no more. */
  async look(count: number): Promise<Point[]> {
    const found = new Map<string, Point>();
    let empty = 0;
    while (found.size < count && empty < emptyRounds) {
      const draws = Array.from({ length: Math.max(count, drawsAtOnce) }, () =>
        this.space.random(this.#random),
      );
      const fresh = await this.open(draws.filter(({ key }) => !found.has(key)));
      for (const point of fresh.slice(0, count - found.size)) found.set(point.key, point);
      empty = fresh.length === 0 ? empty + 1 : 0;
    }
    if (found.size < count && this.space.size <= enumerable) {
      const rest = (await this.remaining()).filter(({ key }) => !found.has(key));
      shuffle(rest, this.#random);
      for (const point of rest.slice(0, count - found.size)) found.set(point.key, point);
    }
    return [...found.values()];
  }

  /** As `look`, and takes them. */
  async draw(count: number): Promise<Point[]> {
    return this.take(await this.look(count));
  }

  take(points: readonly Point[]): Point[] {
    for (const { key } of points) this.#taken.add(key);
    return [...points];
  }

  /** Those that are admitted and not taken, each once. */
  async open(points: Iterable<Point>): Promise<Point[]> {
    const distinct = new Map<string, Point>();
    for (const point of points) if (!this.#taken.has(point.key)) distinct.set(point.key, point);
    const fresh = [...distinct.values()];
    const admitted = await this.#admits(fresh);
    return fresh.filter((_, i) => admitted[i]);
  }

  /** All that are left, in the order of the space. */
  remaining(): Promise<Point[]> {
    return this.open(this.space.all());
  }
}

function shuffle(points: Point[], random: RandomStream): void {
  for (let i = points.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [points[i], points[j]] = [points[j] as Point, points[i] as Point];
  }
}
