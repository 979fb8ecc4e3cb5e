/**
 * The best schedule of a backlog of a few requests, by the mixed-integer program of
 * `schedule-model.ts` and HiGHS. A reference for toy cases: with 3·n·J·K variables, alike clients
 * and large constants, six or seven requests on two clients are solved to a proof in seconds, and
 * eight were not in a minute.
 */
import { InputError } from '../../units/input-error.ts';
import { type Backlog, requireBacklog, type StageTimes } from '../bounds/backlog.ts';
import { scheduleModel, variable } from './schedule-model.ts';
import { loadSolver, solveMip } from './solver.ts';

/** One prefill stage (none if empty) and the decode rounds that follow it. */
export interface Bin {
  readonly prefills: readonly { readonly request: number; readonly client: number }[];
  readonly rounds: number;
}

export type ExactSchedule =
  | {
      /** `optimal`: proven within the gap asked for; `limit`: the best found in time. */
      readonly outcome: 'optimal' | 'limit';
      readonly totalMs: number;
      /** No schedule takes less. */
      readonly boundMs: number;
      /** (totalMs − boundMs) / totalMs. */
      readonly gap: number;
      readonly bins: readonly Bin[];
    }
  | { readonly outcome: 'none'; readonly boundMs: number };

export interface ExactOptions {
  /** Wall-clock limit of the solver, seconds. */
  readonly timeLimitS?: number;
  /** Relative distance to the proven bound at which it stops. */
  readonly gap?: number;
  /** Prefill stages at most; fewer than the number of requests restricts the schedules. */
  readonly bins?: number;
}

/** @throws InputError for an unsound backlog, or one without requests */
export async function solveExactSchedule(
  backlog: Backlog,
  times: StageTimes,
  { timeLimitS = 60, gap = 1e-6, bins = backlog.inputTokens.length }: ExactOptions = {},
): Promise<ExactSchedule> {
  requireBacklog(backlog, times);
  if (backlog.inputTokens.length === 0) {
    throw new InputError('empty backlog', { rule: 'at least one request' });
  }
  await loadSolver();
  const model = { format: 'lp', data: scheduleModel(backlog, times, bins) } as const;
  const { outcome, columns, objective, bound, names } = solveMip(model, { timeLimitS, gap });
  if (columns === null || outcome === 'infeasible') return { outcome: 'none', boundMs: bound };
  const values = new Map(names.map((name, column) => [name, columns[column] as number]));
  return {
    outcome,
    totalMs: objective,
    boundMs: Math.min(bound, objective),
    gap: Math.max(0, (objective - bound) / objective),
    bins: readBins(backlog, bins, (name) => Math.round(values.get(name) ?? 0)),
  };
}

function readBins(backlog: Backlog, bins: number, value: (name: string) => number): Bin[] {
  return Array.from({ length: bins }, (_, k) => {
    const prefills = [];
    for (let request = 0; request < backlog.inputTokens.length; request++) {
      for (let client = 0; client < backlog.clients; client++) {
        if (value(variable.prefilled(request, client, k)) === 1) prefills.push({ request, client });
      }
    }
    return { prefills, rounds: value(variable.rounds(k)) };
  }).filter(({ prefills, rounds }) => prefills.length > 0 || rounds > 0);
}
