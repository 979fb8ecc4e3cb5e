import { describe, expect, it } from 'vitest';
import { mulberry32, RandomStream } from './random.ts';

const word = 0xffffffffn;

/** xoshiro128** as Blackman and Vigna publish it, in integers that cannot lose a bit. */
function* xoshiro(seed: bigint): Generator<number> {
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & word;
  const s = [0n, 0n, 0n, 0n] as [bigint, bigint, bigint, bigint];
  let state = seed;
  for (const i of [0, 1, 2, 3] as const) {
    state = (state + 0x9e3779b9n) & word;
    let z = ((state ^ (state >> 16n)) * 0x21f0aaadn) & word;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & word;
    s[i] = z ^ (z >> 15n);
  }
  s[3] |= 1n;
  for (;;) {
    yield Number((rotate((s[1] * 5n) & word, 7n) * 9n) & word);
    const t = (s[1] << 9n) & word;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
  }
}

/** FNV-1a over the seed's two halves and the name. */
function fnv(seed: bigint, name: string): bigint {
  const prime = 0x01000193n;
  let hash = (0x811c9dc5n ^ (seed & word)) & word;
  hash = ((hash * prime) & word) ^ (seed >> 32n);
  for (const character of name) {
    hash = ((hash ^ BigInt(character.charCodeAt(0))) * prime) & word;
  }
  return hash;
}

function drawn<T>(n: number, draw: () => T): T[] {
  return Array.from({ length: n }, draw);
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

const draws = 40_000;

describe('RandomStream', () => {
  it.each([
    [0, ''],
    [1, 'arrivals'],
    [2 ** 32 + 5, 'placement.random'],
    [Number.MAX_SAFE_INTEGER, 'x'],
  ])('draws the bits of xoshiro128** for seed %d, name %o', (seed, name) => {
    const stream = new RandomStream(seed, name);
    const reference = xoshiro(fnv(BigInt(seed), name));
    expect(drawn(200, () => stream.bits())).toEqual(drawn(200, () => reference.next().value));
  });

  it('gives other numbers for another seed, another name, and a seed 2^32 higher', () => {
    const firsts = [
      new RandomStream(1, 'a'),
      new RandomStream(2, 'a'),
      new RandomStream(1, 'b'),
      new RandomStream(2 ** 32 + 1, 'a'),
    ].map((stream) => stream.bits());
    expect(new Set(firsts).size).toBe(4);
  });

  it('splits into the same streams wherever it stands, and stays where it is', () => {
    const stream = new RandomStream(7, 'parent');
    const untouched = new RandomStream(7, 'parent');
    const early = stream.split('child');
    const fromEarly = drawn(5, () => early.bits());
    expect(stream.bits()).toBe(untouched.bits());
    const late = stream.split('child');
    expect(drawn(5, () => late.bits())).toEqual(fromEarly);
    expect(stream.split('other').bits()).not.toBe(fromEarly[0]);
  });

  it('draws uniform numbers in [0, 1) that fill its tenths evenly', () => {
    const stream = new RandomStream(3, 'uniform');
    const tenths = new Array(10).fill(0);
    for (const u of drawn(draws, () => stream.uniform())) tenths[Math.floor(10 * u)]++;
    expect(tenths).toHaveLength(10);
    const chiSquare = tenths.reduce((sum, n) => sum + (n - draws / 10) ** 2 / (draws / 10), 0);
    expect(chiSquare).toBeLessThan(27.9); // 9 degrees of freedom, 0.1 %
  });

  it('draws every integer below n about equally often', () => {
    const stream = new RandomStream(4, 'integer');
    const counts = new Array(7).fill(0);
    for (const i of drawn(draws, () => stream.integer(7))) counts[i]++;
    expect(counts).toHaveLength(7);
    for (const n of counts) expect(n / (draws / 7)).toBeCloseTo(1, 1);
  });

  it.each([
    ['normal', (s: RandomStream) => s.normal(), 0, 1],
    ['exponential of mean 5', (s: RandomStream) => s.exponential(5), 5, 25],
    ['gamma of shape 0.5, scale 2', (s: RandomStream) => s.gamma(0.5, 2), 1, 2],
    ['gamma of shape 4, scale 0.5', (s: RandomStream) => s.gamma(4, 0.5), 2, 1],
  ])('gives %s its mean and variance', (name, draw, mean, variance) => {
    const stream = new RandomStream(5, name);
    const found = moments(drawn(draws, () => draw(stream)));
    expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / draws));
    expect(found.variance / variance).toBeCloseTo(1, 1);
  });
});

describe('mulberry32', () => {
  it('gives the published sequence', () => {
    const next = mulberry32(0);
    expect(drawn(3, next)).toEqual([
      0.26642920868471265, 0.0003297457005828619, 0.2232720274478197,
    ]);
  });
});
