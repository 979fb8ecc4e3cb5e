import { InputError } from '../../units/input-error.ts';
import { RandomStream } from '../../units/random.ts';
import { TraceShelf } from '../plan.ts';
import { Candidates, enumerable } from './candidates.ts';
import { type Comparison, compareWithAll } from './exhaustive.ts';
import { Measure, type Question } from './measure.ts';
import { type MethodName, searchMethods } from './methods.ts';
import { checkValues, someScenario } from './point-scenarios.ts';
import { replayEvaluator } from './replay-evaluator.ts';
import type { Space } from './space.ts';
import { type SpaceFile, spaceOf } from './space-file.ts';
import { type Fidelity, fullFidelity, Study, type Trial } from './study.ts';
import { defaultFidelities } from './successive-halving.ts';

export interface SearchOptions extends Omit<Question, 'constraints'> {
  /** Name of the space's file, for errors. */
  readonly source?: string | undefined;
  readonly method: MethodName;
  /** Points that run in full, or as much work on fewer requests. */
  readonly budget: number;
  readonly seed: number;
  /** Points that the surrogate chooses at a time. */
  readonly batch: number;
  /** Folder of run folders; runs that are there are not run again. */
  readonly out: string;
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Runs the whole space afterwards if it has at most so many points. */
  readonly compareUpTo?: number | undefined;
  readonly onProgress?:
    | ((doing: string, done: number, of: number, best: Trial | null) => void)
    | undefined;
}

export interface SearchOutcome {
  readonly space: Space;
  /** Points that the constraints on parameters admit; null where there are too many to count. */
  readonly admitted: number | null;
  readonly study: Study;
  readonly fidelities: readonly Fidelity[];
  readonly comparison: Comparison | null;
}

/**
 * Searches the space for the best point: validate, choose and replay until the budget is spent,
 * then, if asked, hold the result against the whole space. The seed decides; the number of workers
 * does not, nor what was in the folder.
 * @throws InputError for whatever is wrong with space, objective or trace, before anything runs
 */
export async function runSearch(file: SpaceFile, options: SearchOptions): Promise<SearchOutcome> {
  const { objective, slo, source, method, budget, seed, batch, onProgress } = options;
  const space = spaceOf(file);
  const traces = new TraceShelf();
  const fidelities = await checked(file, space, options, traces);
  const question: Question = { objective, slo, constraints: file.constraints, source };
  const measure = await Measure.open(question, space, options.out);
  try {
    const requestsTable = slo !== null;
    const evaluate = replayEvaluator({ file, space, measure, requestsTable, traces, ...options });
    const random = new RandomStream(seed, 'search');
    const admits = measure.admits.bind(measure);
    const candidates = new Candidates(space, random.split('candidates'), admits);
    const admitted = space.size <= enumerable ? (await candidates.remaining()).length : null;
    checkSize(admitted, options);
    const study = new Study({
      direction: objective.direction,
      budget,
      evaluate,
      onSpent: (spent, best) => onProgress?.('search', spent, budget, best),
    });
    await searchMethods[method]({ candidates, study, random, batch, fidelities });
    const comparison =
      options.compareUpTo === undefined
        ? null
        : await compareWithAll(study, candidates, evaluate, (share) =>
            onProgress?.('whole space', share * (admitted ?? 1), admitted ?? 1, study.best()),
          );
    return { space, admitted, study, fidelities, comparison };
  } finally {
    measure.close();
  }
}

function checkSize(admitted: number | null, { source, compareUpTo }: SearchOptions): void {
  if (admitted === 0) {
    const rule = 'at least one point that meets the constraints on parameters';
    const where = source === undefined ? 'constraints' : `${source}, constraints`;
    throw new InputError('an empty search space', { where, rule });
  }
  if (compareUpTo === undefined || (admitted !== null && admitted <= compareUpTo)) return;
  throw new InputError(`${admitted ?? `more than ${enumerable}`} points to compare with`, {
    where: '--compare-exhaustive',
    rule: `at most --exhaustive-limit, ${compareUpTo}`,
  });
}

/** Finds what is wrong with the space's scenarios and their trace; returns the fidelities. */
async function checked(
  file: SpaceFile,
  space: Space,
  { source, method }: SearchOptions,
  traces: TraceShelf,
): Promise<Fidelity[]> {
  try {
    checkValues(file, space.parameters);
    return await fidelitiesOf(file, space, method, traces);
  } catch (error) {
    if (!(error instanceof InputError) || source === undefined) throw error;
    throw error.within(source);
  }
}

async function fidelitiesOf(
  file: SpaceFile,
  space: Space,
  method: MethodName,
  traces: TraceShelf,
): Promise<Fidelity[]> {
  const scenario = someScenario(file, space);
  if (scenario.trace === null) {
    throw new InputError('no trace', { where: 'base.trace', rule: 'a name or a file' });
  }
  const { trace } = await traces.get(scenario.trace);
  if (method !== 'halving') return [fullFidelity];
  const paths = Object.values(file.parameters).flatMap((spec) => ('set' in spec ? spec.set : []));
  const own = paths.find((path) => ['trace', 'limits', 'limits.requests'].includes(path));
  if (own !== undefined) {
    const rule = 'halving sets limits.requests itself, on one trace';
    throw new InputError(`a parameter that sets ${own}`, { where: '--method halving', rule });
  }
  const all = Math.min(trace.count, scenario.limits.requests ?? trace.count);
  const given = file.fidelity?.requests ?? defaultFidelities(all);
  const partial = given.filter((requests) => requests !== null);
  const tooMany = partial.find((requests) => requests >= all);
  if (tooMany !== undefined) {
    const rule = `below the ${all} requests of the full run`;
    throw new InputError(`${tooMany} requests`, { where: 'fidelity.requests', rule });
  }
  return [...partial.map((requests) => ({ requests, cost: requests / all })), fullFidelity];
}
