import { describe, expect, it } from 'vitest';
import type { PolicySpec } from '../../../src/policy/registry.ts';
import { parseScenario } from '../../../src/replay/scenario.ts';
import { admissions } from '../../../src/scheduling/admissions.ts';
import { lengthPredictors } from '../../../src/scheduling/length-predictors.ts';
import { halfWidth, overloaded, policies, type Regime, regimes, seeded } from './systems.ts';

const scenarioOf = (policy: keyof typeof policies, regime: keyof typeof regimes = 'decode') =>
  parseScenario(overloaded(regimes[regime], policies[policy]));

describe('overloaded clusters', () => {
  it('hold predictions against the SLOs of the regime', () => {
    for (const regime of Object.keys(regimes) as (keyof typeof regimes)[]) {
      const { admission, groups, arrivals } = scenarioOf('early', regime);
      const { tbt, ttft = 30, prefill, decode, rate }: Regime = regimes[regime];
      const limits = { ttftSloMs: 1000 * ttft, tbtSloMs: tbt, threshold: 1 };
      expect(admission).toMatchObject(limits);
      expect(groups.map(({ count }) => count)).toEqual([prefill, decode]);
      expect(arrivals.rate.factor).toBe(rate);
    }
  });

  it('know lengths where they decode, and only where the policy asks for them', () => {
    const oracles = (policy: keyof typeof policies) => {
      const { admission, groups } = scenarioOf(policy);
      return [
        admissions.oraclesOf(admission as PolicySpec),
        ...groups.map(({ lengths }) => lengthPredictors.oraclesOf(lengths as PolicySpec)),
      ];
    };
    expect(oracles('oracle-later')).toEqual([[], [], ['length']]);
    for (const policy of ['two-gates', 'early', 'predicted', 'predicted-later'] as const) {
      expect(oracles(policy)).toEqual([[], [], []]);
    }
  });

  it('differ between seeds in the seed alone', () => {
    const scenario = overloaded(regimes.decode, policies.early);
    const cells = [...seeded({ policy: 'early' }, scenario, 3)];
    expect(cells.map(({ labels }) => labels.seed)).toEqual([1, 2, 3]);
    for (const cell of cells) {
      expect(cell.scenario).toEqual({ ...scenario, seed: cell.labels.seed });
    }
  });

  it("have intervals with Student's t of five seeds", () => {
    expect(halfWidth('x')).toBe('2.132 * stddev_samp(x) / sqrt(count(*))');
  });
});
