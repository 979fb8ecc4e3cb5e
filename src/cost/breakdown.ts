import {
  attention,
  denseLayersIn,
  extras,
  network,
  type Operation,
  projections,
  type StepContext,
  stepEnds,
} from './composition.ts';
import { asGraph } from './graph-rounds.ts';
import { type EngineProfile, withEngine } from './profiles.ts';
import type { StepWork } from './work.ts';

/** All calls of one operation in a step. */
interface OperationTotal {
  readonly name: string;
  readonly calls: number;
  readonly ms: number;
  /** Sum over the calls of max(FLOPs / peak, bytes / bandwidth). */
  readonly rooflineMs: number;
}

/** A step by operation: what the analytic clock adds up, one by one. */
export interface StepBreakdown {
  readonly operations: OperationTotal[];
  /** Sum of the operations, before the engine profile. */
  readonly kernelsMs: number;
  readonly totalMs: number;
}

/** Prices a step operation by operation, in order of first use. */
export function breakDown(
  context: StepContext,
  profile: EngineProfile,
  given: StepWork,
): StepBreakdown {
  const work = asGraph(profile, given);
  const totals = new Map<string, { calls: number; us: number; rooflineUs: number }>();
  const add = (operations: readonly Operation[], calls: number) => {
    if (calls === 0) return;
    for (const { name, us, rooflineUs } of operations) {
      const total = totals.get(name) ?? { calls: 0, us: 0, rooflineUs: 0 };
      total.calls += calls;
      total.us += calls * us;
      total.rooflineUs += calls * rooflineUs;
      totals.set(name, total);
    }
  };
  let depth = 0;
  let hasPrefill = false;
  for (const segment of work.segments) {
    const dense = denseLayersIn(context.shard, depth, segment.layers);
    add(projections(context, segment.rows), segment.layers);
    add(attention(context, segment), segment.layers);
    add(network(context, segment.mlpRows, 'dense'), dense);
    add(network(context, segment.mlpRows, 'experts', segment.experts), segment.layers - dense);
    add(extras(context, segment), 1);
    depth += segment.layers;
    hasPrefill ||= segment.prefillCount > 0;
  }
  const firstRows = work.segments[0]?.rows ?? 0;
  const lastRows = work.segments.at(-1)?.mlpRows ?? 0;
  add(stepEnds(context, { firstRows, lastRows, logitRows: work.logitRows }), 1);

  const operations = [...totals].map(([name, { calls, us, rooflineUs }]) => ({
    name,
    calls,
    ms: us / 1000,
    rooflineMs: rooflineUs / 1000,
  }));
  const kernelsMs = operations.reduce((sum, { ms }) => sum + ms, 0);
  const engineMs = withEngine(hasPrefill ? profile.prefill : profile.decode, {
    kernelsMs,
    allReduces: totals.get('all-reduce')?.calls ?? 0,
    layers: depth,
    prompts: work.segments[0]?.prefillCount ?? 0,
    sequences: work.sequences,
  });
  return { operations, kernelsMs, totalMs: context.stepFactor * engineMs };
}
