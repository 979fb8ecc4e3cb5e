/**
 * The HiGHS solver (compiled to WebAssembly; npm `highs`). It loads asynchronously, once for a
 * thread, and then solves synchronously: whoever runs a policy that solves awaits
 * {@link loadSolver} before.
 */
import type { EncodedModel, Highs, ModelData } from 'highs';

let solver: Highs | null = null;

/** HiGHS' value of `primal_solution_status` where a feasible solution is at hand. */
const feasiblePoint = 2;

export async function loadSolver(): Promise<void> {
  if (solver !== null) return;
  const highs = await import('highs');
  // Its types describe the CommonJS build; the ES module that loads has the function as default.
  const load = highs.default as unknown as typeof highs.default.default;
  solver = await load();
}

export interface SolveLimits {
  /** Wall-clock limit, seconds. What a solve that reaches it returns depends on the machine. */
  readonly timeLimitS: number;
  /** Stops when (best solution − bound) / best solution is at most this. */
  readonly gap: number;
  /** Nodes of the search tree; left out: unlimited. The root node itself may take long. */
  readonly maxNodes?: number;
}

export interface MipResult {
  readonly outcome: 'optimal' | 'limit' | 'infeasible';
  /** Best solution found, a value for each column; null: none. */
  readonly columns: Float64Array | null;
  /** Its objective; NaN without a solution. */
  readonly objective: number;
  /** No solution has a smaller objective; −Infinity where nothing is proven. */
  readonly bound: number;
  /** Names of the columns, for models given as text. */
  readonly names: readonly string[];
}

/**
 * Minimises a mixed-integer model. `optimal` means within the gap asked for.
 * @param start a feasible value for each column, from which the search begins
 */
export function solveMip(
  model: ModelData | EncodedModel,
  limits: SolveLimits,
  start?: Float64Array,
): MipResult {
  if (solver === null) throw new Error('solver not loaded: await loadSolver() first');
  const { modelStatus } = solver.constants;
  const outcomes = new Map<number, MipResult['outcome']>([
    [modelStatus.optimal, 'optimal'],
    [modelStatus.infeasible, 'infeasible'],
    [modelStatus.unboundedOrInfeasible, 'infeasible'],
  ]);
  return solver.withModel(model, (open) => {
    open.options.set({
      output_flag: false,
      time_limit: limits.timeLimitS,
      mip_rel_gap: limits.gap,
      mip_abs_gap: 0,
      ...(limits.maxNodes === undefined ? {} : { mip_max_nodes: limits.maxNodes }),
    });
    if (start !== undefined) open.setSolution({ colValue: start });
    open.run();
    const status = open.getModelStatus();
    const found = open.info.get('primal_solution_status') === feasiblePoint;
    const bound = Number(open.info.get('mip_dual_bound'));
    const columns = found ? open.getSolution().colValue : null;
    const named = 'format' in model ? (columns?.length ?? 0) : 0;
    return {
      outcome: outcomes.get(status) ?? 'limit',
      columns,
      objective: found ? open.getObjectiveValue() : Number.NaN,
      bound: Number.isFinite(bound) ? bound : Number.NEGATIVE_INFINITY,
      names: Array.from({ length: named }, (_, column) => open.getColName(column)),
    };
  });
}
