import fc from 'fast-check';
import type { RoundSystem } from './round-engine.ts';

const request = fc.record({
  gapMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 60 })),
  input: fc.integer({ min: 1, max: 30 }),
  output: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })),
  tenant: fc.integer({ min: 0, max: 2 }),
  predicted: fc.integer({ min: 1, max: 40 }),
  computed: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
});

/** Small systems in which memory, slots and the moments of arrivals all come to matter. */
export const randomRounds: fc.Arbitrary<RoundSystem> = fc
  .record({
    drafts: fc.array(request, { minLength: 1, maxLength: 14, size: 'max' }),
    capacityTokens: fc.oneof(fc.integer({ min: 40, max: 150 }), fc.integer({ min: 100, max: 900 })),
    blockTokens: fc.constantFrom(1, 4, 16),
    slots: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6 })),
  })
  .map(({ drafts, capacityTokens, blockTokens, slots }) => {
    let arrivalMs = 0;
    const requests = drafts.map(({ gapMs, ...rest }) => {
      arrivalMs += gapMs;
      return { ...rest, arrivalMs };
    });
    return {
      requests,
      // The largest request alone always fits.
      capacityBlocks: Math.max(
        Math.ceil(capacityTokens / blockTokens),
        Math.ceil(71 / blockTokens),
      ),
      blockTokens,
      slots,
    };
  });
