import { describe, expect, it } from 'vitest';
import type { PlacedConstant } from '../../cost/constants.ts';
import type { Scenario } from '../../replay/scenario.ts';
import type { Claim, Experiment } from '../define.ts';
import type { LoadedExperiment } from '../load-experiments.ts';
import { walkSetFrom } from './set-from.ts';
import { newClaim } from './testing/claim-factory.ts';

function study(claims: Partial<Claim>[], changes: Partial<Experiment> = {}): LoadedExperiment[] {
  const experiment: Experiment = {
    name: 'one',
    paper: 'paper',
    question: 'What?',
    scenarios: {
      list: {
        base: { groups: [{ model: 'llama-65b', tp: 8 }] },
        cells: { slow: { profile: 'modern-cuda-graphs' }, other: { profile: 'cpp-eager-nccl' } },
      },
    },
    claims: claims.map((claim) => newClaim(claim)),
    ...changes,
  };
  return [{ experiment, file: 'one.experiment.ts' }];
}

/** One constant, of every clock or of those of one profile. */
function constant(setFrom: string[], profile?: string) {
  return (scenario: Scenario): PlacedConstant[] =>
    profile === undefined || scenario.profile === profile
      ? [
          { path: 'gemm.share', constant: { value: 1, unit: '', source: 's', setFrom } },
          { path: 'gemm.other', constant: { value: 1, unit: '', source: 's' } },
        ]
      : [];
}

describe('constants and what was chosen from what', () => {
  it.each(['predicted', 'identity'] as const)(
    'do not allow a claim called %s that a constant of its scenarios was set from',
    (kind) => {
      expect(walkSetFrom(study([{ kind }]), constant(['paper/wait']))).toEqual([
        {
          claim: 'paper/wait',
          constant: 'gemm.share',
          problem: `called ${kind}, but a constant of its scenarios was set from it`,
        },
      ]);
    },
  );

  it.each(['postdicted', 'calibrated', 'shape', 'cross-check'] as const)(
    'allow a claim called %s',
    (kind) => {
      expect(walkSetFrom(study([{ kind }]), constant(['paper/wait']))).toEqual([]);
    },
  );

  it('count for the cells that a claim reads alone', () => {
    const claims = [{ cells: { system: 'other' } }];
    const of = (profile: string) =>
      walkSetFrom(study(claims), constant(['paper/wait'], profile)).length;
    expect(of('modern-cuda-graphs')).toBe(0);
    expect(of('cpp-eager-nccl')).toBe(1);
  });

  it("include the experiment's own", () => {
    const own = { name: 'load', value: 1, unit: '', source: 's', setFrom: ['paper/wait'] };
    const violations = walkSetFrom(study([{}], { constants: [own] }), () => []);
    expect(violations).toMatchObject([{ claim: 'paper/wait', constant: 'load' }]);
  });

  it('name claims that are there', () => {
    expect(walkSetFrom(study([{}]), constant(['paper/weight']))).toEqual([
      { claim: 'paper/weight', constant: 'gemm.share', problem: 'setFrom names no claim' },
    ]);
  });

  it('stand behind every claim called calibrated', () => {
    expect(walkSetFrom(study([{ kind: 'calibrated' }]), constant([]))).toEqual([
      {
        claim: 'paper/wait',
        constant: null,
        problem: 'called calibrated, but no constant was set from it',
      },
    ]);
  });

  it('may be named by a constant of another paper', () => {
    const [one] = study([{ kind: 'calibrated' }]) as [LoadedExperiment];
    const other = { ...one, experiment: { ...one.experiment, paper: 'other', claims: [] } };
    const own = { name: 'load', value: 1, unit: '', source: 's', setFrom: ['paper/wait'] };
    const naming = { ...other, experiment: { ...other.experiment, constants: [own] } };
    expect(walkSetFrom([one, naming], () => [])).toEqual([]);
  });
});
