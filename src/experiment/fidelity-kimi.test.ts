import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateKimiLike } from '../trace/generators/kimi-like.ts';
import { importMooncake } from '../trace/importers/mooncake.ts';
import { findTraceMirror } from '../trace/mirror.ts';
import { kimiFidelity } from './fidelity-kimi.ts';
import type { FidelityRow } from './fidelity-row.ts';

const rows = kimiFidelity(generateKimiLike());
const missed = (of: readonly FidelityRow[]) => of.filter((row) => !row.ok).map((r) => r.statistic);

describe('kimiFidelity', () => {
  it.each(rows.filter((row) => row.fitted))('fits: $statistic', (row) => {
    expect(Math.abs(row.difference)).toBeLessThanOrEqual(row.tolerance);
    expect(row.ok).toBe(true);
  });

  it('predicts the hit ratios that were not fitted within 3 points', () => {
    const ratios = rows.filter((row) => !row.fitted && row.unit === 'ratio');
    expect(ratios.length).toBeGreaterThanOrEqual(17);
    expect(missed(ratios)).toEqual([]);
  });

  it('shows what it misses', () => {
    expect(missed(rows)).toEqual([
      'reuse interval p75',
      'reuse interval p99',
      'most used block but the first',
    ]);
  });

  it('fits on the mean over seeds, not for the default seed alone', () => {
    const seeds = [101, 102, 103, 104, 105, 106, 107, 108];
    const runs = seeds.map((seed) => kimiFidelity(generateKimiLike({ seed })));
    for (const [i, row] of rows.entries()) {
      if (!row.fitted) continue;
      const mean = runs.reduce((sum, run) => sum + run[i]!.difference, 0) / runs.length;
      expect(Math.abs(mean), row.statistic).toBeLessThanOrEqual(row.tolerance);
    }
  });

  it('notices a trace that is off', () => {
    const trace = generateKimiLike();
    const longer = { ...trace, outputTokens: trace.outputTokens.map((tokens) => 2 * tokens) };
    expect(missed(kimiFidelity(longer))).toContain('output tokens p50');
  });

  const mirror = findTraceMirror();
  const original = join(mirror ?? '', 'mooncake/conversation_trace.jsonl');
  it.skipIf(!mirror || !existsSync(original))(
    'holds the aggregates that the original shows (skipped without a trace mirror)',
    async () => {
      for (const row of kimiFidelity(await importMooncake(original))) {
        // Aggregates are written with four or five digits.
        const digits = row.unit === 'ratio' ? 1e-5 : 0.005;
        expect(Math.abs(row.difference), row.statistic).toBeLessThanOrEqual(digits);
      }
    },
  );
});
