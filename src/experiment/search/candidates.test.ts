import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../units/random.ts';
import { Candidates } from './candidates.ts';
import { rangeParameter } from './parameter.ts';
import { type Point, Space } from './space.ts';

const digit = (name: string) => rangeParameter(name, { min: 0, max: 9, integer: true });
const space = new Space([digit('x'), digit('y')]);
const diagonal = async (points: readonly Point[]) => points.map(({ indexes: [x, y] }) => x === y);

describe('Candidates', () => {
  it('hands out each point once, until there are no more', async () => {
    const candidates = new Candidates(space, new RandomStream(1));
    const drawn = [...(await candidates.draw(70)), ...(await candidates.draw(70))];
    expect(drawn).toHaveLength(100);
    expect(new Set(drawn.map(({ key }) => key)).size).toBe(100);
    expect(await candidates.draw(1)).toEqual([]);
  });

  it('draws every point equally often', async () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 2000; seed++) {
      for (const { key } of await new Candidates(space, new RandomStream(seed)).draw(10)) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    // 200 expected, standard deviation 13.
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(60);
    expect(counts.size).toBe(100);
  });

  it('keeps to the points that the constraints admit, and finds the last of them', async () => {
    const candidates = new Candidates(space, new RandomStream(3), diagonal);
    const drawn = await candidates.draw(50);
    expect(drawn.map(({ indexes }) => indexes[0]).sort()).toEqual([...Array(10).keys()]);
    expect(drawn.every(({ indexes: [x, y] }) => x === y)).toBe(true);
  });

  it('gives up in a space that is too large to enumerate', async () => {
    const large = new Space(['a', 'b', 'c', 'd', 'e', 'f'].map(digit));
    const none = new Candidates(large, new RandomStream(1), async (all) => all.map(() => false));
    expect(await none.draw(3)).toEqual([]);
  });

  it('looks without taking', async () => {
    const candidates = new Candidates(space, new RandomStream(1));
    expect(await candidates.look(200)).toHaveLength(100);
    expect(await candidates.remaining()).toHaveLength(100);
  });
});
