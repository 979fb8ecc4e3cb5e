import type { AnalysisSpec } from '../replay/analyser.ts';
import type { Scenario } from '../replay/scenario.ts';
import { canonicalJson, sha256 } from '../units/canonical.ts';
import { engineVersion } from './engine-version.ts';
import { policyHashes, withoutHashes } from './policy-name.ts';

/** What names a run: equal keys mean equal bytes. */
export interface RunKey {
  /** First 16 hex digits of sha256(scenario hash + engine version + hashes of policy files). */
  readonly run: string;
  readonly scenarioHash: string;
  /** The scenario or analysis with its defaults and the trace by the sha256 of its bytes. */
  readonly canonical: string;
}

/** @param traceSha256 null for an analysis that reads no trace */
export function runKeyOf(scenario: Scenario | AnalysisSpec, traceSha256: string | null): RunKey {
  const written = withoutHashes(scenario);
  const named = traceSha256 === null ? written : { ...written, trace: traceSha256 };
  const canonical = canonicalJson(named);
  const scenarioHash = sha256(canonical);
  const parts = [scenarioHash, engineVersion(), ...policyHashes(scenario)];
  return { run: sha256(parts.join('')).slice(0, 16), scenarioHash, canonical };
}
