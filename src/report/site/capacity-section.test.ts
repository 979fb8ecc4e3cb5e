import { describe, expect, it } from 'vitest';
import { createCapacityTables } from '../../experiment/capacity/capacity-tables.ts';
import type { Capacity } from '../../experiment/capacity/find-capacities.ts';
import { openSession } from '../../tables/duckdb.ts';
import { capacitySection } from './capacity-section.ts';
import type { OpenedExperiment } from './opened.ts';

function capacity(system: string, limits: readonly number[]): Capacity {
  return {
    name: 'load',
    labels: { system },
    cell: `system=${system}`,
    slo: 'TTFT <= 150 ms',
    target: 0.9,
    confidence: 0.95,
    gpus: 1,
    seeds: 1,
    seedsAlike: false,
    basePerS: 5,
    points: limits.map((lowerLimit, i) => ({
      factor: i + 1,
      ratePerS: 5 * (i + 1),
      by: 'grid',
      attainment: lowerLimit,
      interval: { low: lowerLimit, high: 1, level: 0.9, source: 'workload', draws: 10 },
      lowerLimit,
      passes: lowerLimit >= 0.9,
      arrivals: 100,
      runs: [`${system}-${i}`],
      seedsAlike: false,
    })),
    factors: { grid: 1, interpolated: 1.5, atLeast: false, monotone: true, reason: null },
    missing: [],
  };
}

describe('capacitySection', () => {
  it('draws the systems of a list, whose axis is called system', async () => {
    const session = await openSession();
    try {
      const large = { ...capacity('large', [1, 0.8]), seeds: 3, seedsAlike: true };
      const capacities = [capacity('small', [1, 0.5]), large];
      await createCapacityTables(session, capacities);
      const opened = { session, runs: [], capacities } as unknown as OpenedExperiment;
      const [section] = await capacitySection(opened, undefined);
      const charts = section?.blocks.flatMap((block) => ('chart' in block ? [block.chart] : []));
      expect(charts).toHaveLength(1);
      const drawn = JSON.stringify(charts?.[0]);
      const tables = section?.blocks.map((block) => ('html' in block ? block.html : '')).join('');
      expect(tables?.match(/its 3 seeds made no difference: one run/g)).toHaveLength(1);
      for (const system of ['small', 'large']) expect(drawn).toContain(system);
    } finally {
      session.close();
    }
  });
});
