import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerWiseMs, serialMs } from './layer-wise.ts';

/** The three queues, layer by layer. */
function queuesMs(computeMs: number, loadMs: number, storeMs: number, layers: number): number {
  let loaded = loadMs / layers;
  let computed = 0;
  let stored = 0;
  for (let layer = 0; layer < layers; layer++) {
    const start = Math.max(loaded, computed);
    // The next layer's load is launched when this layer starts.
    loaded = start + loadMs / layers;
    computed = start + computeMs / layers;
    stored = Math.max(stored, computed) + storeMs / layers;
  }
  return stored;
}

const ms = fc.double({ min: 0, max: 1e5, noNaN: true });
const layerCounts = fc.integer({ min: 1, max: 100 });
const runs = { seed: 1, numRuns: 300 };

describe('layerWiseMs', () => {
  it('is the time of the three queues run layer by layer', () => {
    fc.assert(
      fc.property(ms, ms, ms, layerCounts, (compute, load, store, layers) => {
        const expected = queuesMs(compute, load, store, layers);
        const given = layerWiseMs(compute, load, store, layers);
        expect(Math.abs(given - expected)).toBeLessThanOrEqual(1e-9 * (1 + expected));
      }),
      runs,
    );
  });

  it('lies between the longest part and the serial time, which one layer takes', () => {
    fc.assert(
      fc.property(ms, ms, ms, layerCounts, (compute, load, store, layers) => {
        const given = layerWiseMs(compute, load, store, layers);
        const serial = serialMs(compute, load, store);
        expect(given).toBeGreaterThanOrEqual(Math.max(compute, load, store) * (1 - 1e-12));
        expect(given).toBeLessThanOrEqual(serial * (1 + 1e-12));
        expect(layerWiseMs(compute, load, store, 1)).toBeCloseTo(serial, 6);
      }),
      runs,
    );
  });

  it('hides a load or a store shorter than the computing but for one layer of it', () => {
    expect(layerWiseMs(800, 400, 80, 80)).toBeCloseTo(5 + 10 * 79 + 10 + 1, 9);
  });

  it('is bound by the stores where they are the slowest', () => {
    expect(layerWiseMs(80, 160, 800, 80)).toBeCloseTo(2 + 1 + 10 * 80, 9);
  });
});
