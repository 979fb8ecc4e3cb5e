import type { Group } from '../groups.ts';
import { type KeyFigures, noFigures, type Slo } from '../key-figures.ts';
import { slug } from '../page/html.ts';
import type { Run } from '../runs.ts';
import type { QuerySession } from '../session.ts';
import { listed } from './section.ts';

/** What every section is made from. */
export interface Study {
  readonly session: QuerySession;
  readonly groups: readonly Group[];
  readonly figures: ReadonlyMap<string, KeyFigures>;
  readonly slo: Slo;
}

export function figuresOf({ figures }: Study, run: Run): KeyFigures {
  return figures.get(run.run) ?? noFigures;
}

/** Anchor of the scenarios of a group's runs. */
export function scenariosId(group: Group): string {
  return `${slug(group.trace)}-scenarios`;
}

/** "kimi-like (generated)", "gsm8k (recorded; output_tokens generated)". */
export function traceText({ trace, traceKind, generatedColumns }: Run): string {
  const columns = generatedColumns === '' ? '' : `; ${generatedColumns} generated`;
  return `${trace} (${traceKind || 'kind unknown'}${columns})`;
}

/** "8 instances of llama-3.1-8b on 8 a100-80gb"; of several systems, the first with a remark. */
export function systemText(runs: readonly Run[]): string {
  const of = ({ instances, model, gpus, gpu, tp }: Run) => {
    const shards = tp > 1 ? `, TP ${tp}` : '';
    return instances === 1
      ? `${model} on ${gpus} ${gpu}${shards}`
      : `${instances} instances of ${model} on ${gpus} ${gpu}${shards}`;
  };
  const all = [...new Set(runs.map(of))];
  return all.length > 2 ? `${all.length} systems` : listed(all);
}

/** The small type under a chart: trace and kind, cost profile, interval, what is foreseen. */
export function provenanceOf(
  runs: readonly Run[],
  interval = 'single run each, no interval',
): string[] {
  const traces = [...new Set(runs.map(traceText))];
  const clocks = [...new Set(runs.map(clockText))];
  const oracles = runs.filter((run) => run.oracles !== 'none' && run.oracles !== '');
  const knows = [
    ...new Set(oracles.map((run) => `${run.oraclePolicies} knows the true ${run.oracles}`)),
  ];
  return [
    `trace ${listed(traces)}`,
    listed(clocks),
    interval,
    ...(knows.length > 0 ? [`oracle: ${listed(knows)}`] : []),
  ];
}

function clockText({ clock, profile, gpu }: Run): string {
  if (clock !== 'analytic') return `clock ${clock}`;
  return `calibrated ${clock} clock, engine profile ${profile}, ${gpu}`;
}
