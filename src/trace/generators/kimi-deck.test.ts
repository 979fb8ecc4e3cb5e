import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../units/random.ts';
import { Deck } from './kimi-deck.ts';

describe('Deck', () => {
  it('draws once from each stratum, whatever is wished for, then begins anew', () => {
    const deck = new Deck(new RandomStream(1), 16);
    for (let round = 0; round < 3; round++) {
      const strata = Array.from({ length: 16 }, (_, i) =>
        Math.floor(16 * deck.take((i / 40) ** 2)),
      );
      expect(strata.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    }
  });

  it('draws from the stratum wished for, else from the nearest that is left', () => {
    const deck = new Deck(new RandomStream(1), 10);
    const strata = [0.55, 0.55, 0.55, 0.99, 0.99].map((wish) => Math.floor(10 * deck.take(wish)));
    expect(strata).toEqual([5, 4, 6, 9, 8]);
  });
});
