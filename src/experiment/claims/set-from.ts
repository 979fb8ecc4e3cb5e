import type { PlacedConstant } from '../../cost/constants.ts';
import { analyserNamed, isAnalysis, parseAnalysis } from '../../replay/analysers.ts';
import { clockConstants } from '../../replay/clock-constants.ts';
import { parseScenario, type Scenario } from '../../replay/scenario.ts';
import { canonicalJson } from '../../units/canonical.ts';
import { cellsOf, hasLabels } from '../cells.ts';
import type { Claim, Experiment } from '../define.ts';
import type { LoadedExperiment } from '../load-experiments.ts';
import { withoutPolicyFiles } from '../policy-name.ts';

/** A constant that stands against what a claim is called. */
export interface SetFromViolation {
  /** `paper/id`; the name in `setFrom` where there is no such claim. */
  readonly claim: string;
  /** Path of a clock constant, or name of an experiment's; null for none. */
  readonly constant: string | null;
  readonly problem: string;
}

/** A constant that some scenario uses, and the claims that it was chosen from. */
interface UsedConstant {
  readonly name: string;
  readonly setFrom: readonly string[];
}

/**
 * Walks every constant behind the claims of all papers, those of the clocks that scenarios use and
 * those of the experiments, and finds
 * - claims called predicted or identity that a constant behind their own scenarios was set from
 * - entries of `setFrom` that name no claim
 * - claims called calibrated that no constant was set from
 */
export function walkSetFrom(
  loaded: readonly LoadedExperiment[],
  constantsOf: (scenario: Scenario) => readonly PlacedConstant[] = clockConstants,
): SetFromViolation[] {
  const experiments = loaded.map(({ experiment }) => experiment);
  const claims = new Map<string, Claim>(
    experiments.flatMap((one) =>
      (one.claims ?? []).map((claim) => [`${one.paper}/${claim.id}`, claim] as const),
    ),
  );
  const violations: SetFromViolation[] = [];
  const named = new Set<string>();
  for (const experiment of experiments) {
    const used = usedConstants(experiment, constantsOf);
    for (const claim of experiment.claims ?? []) {
      violations.push(...foreseen(experiment, claim, used(claim)));
    }
    for (const { name, setFrom } of used(null)) {
      for (const claim of setFrom) {
        if (!claims.has(claim)) {
          violations.push({ claim, constant: name, problem: 'setFrom names no claim' });
        }
        named.add(claim);
      }
    }
  }
  for (const [claim, { kind }] of claims) {
    if (kind !== 'calibrated' || named.has(claim)) continue;
    const problem = 'called calibrated, but no constant was set from it';
    violations.push({ claim, constant: null, problem });
  }
  return distinct(violations);
}

function foreseen(
  { paper }: Experiment,
  { id, kind }: Claim,
  used: readonly UsedConstant[],
): SetFromViolation[] {
  if (kind !== 'predicted' && kind !== 'identity') return [];
  const claim = `${paper}/${id}`;
  return used
    .filter(({ setFrom }) => setFrom.includes(claim))
    .map(({ name }) => ({
      claim,
      constant: name,
      problem: `called ${kind}, but a constant of its scenarios was set from it`,
    }));
}

/** The constants behind the cells of a claim; behind all cells for null. */
function usedConstants(
  experiment: Experiment,
  constantsOf: (scenario: Scenario) => readonly PlacedConstant[],
): (claim: Claim | null) => readonly UsedConstant[] {
  const cells = cellsOf(experiment).map(({ labels, scenario }) => ({
    labels,
    constants: constantsBehind(scenario, constantsOf)
      .filter(({ constant }) => constant.setFrom !== undefined)
      .map(({ path, constant }) => ({ name: path, setFrom: constant.setFrom ?? [] })),
  }));
  const own = (experiment.constants ?? []).map(({ name, setFrom = [] }) => ({ name, setFrom }));
  return (claim) => {
    const wanted = claim?.cells ?? {};
    const behind = cells.filter(({ labels }) => hasLabels(labels, wanted));
    return distinct([...behind.flatMap(({ constants }) => constants), ...own]);
  };
}

function constantsBehind(
  scenario: Readonly<Record<string, unknown>>,
  constantsOf: (scenario: Scenario) => readonly PlacedConstant[],
): readonly PlacedConstant[] {
  if (!isAnalysis(scenario)) return constantsOf(parseScenario(withoutPolicyFiles(scenario)));
  return analyserNamed(scenario.kind).constants?.(parseAnalysis(scenario)) ?? [];
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}
