import fc from 'fast-check';
import type { FakeState } from './fake-instance.ts';

const request = fc.record({
  tokens: fc.integer({ min: 2, max: 30 }),
  cached: fc.constantFrom(0, 0, 1),
  blocks: fc.integer({ min: 1, max: 6 }),
  growth: fc.constantFrom(0, 1),
});
const requests = fc.array(request, { maxLength: 6 });

/** States of an instance in which memory, budget and sequences all come to matter. */
export const randomState: fc.Arbitrary<FakeState> = fc.record({
  waiting: requests,
  prefilling: requests,
  decoding: requests,
  freeBlocks: fc.integer({ min: -2, max: 12 }),
});
