import { InputError } from '../../units/input-error.ts';
import type { Experiment } from '../define.ts';
import { type PlannedRun, planCell, type TraceShelf } from '../plan.ts';
import { runSweep } from '../sweep/run-sweep.ts';
import type { Measure, Measured } from './measure.ts';
import { scenariosOf } from './point-scenarios.ts';
import type { Point, Space } from './space.ts';
import type { SpaceFile } from './space-file.ts';
import type { Evaluate, Outcome } from './study.ts';

export interface ReplayOptions {
  readonly file: SpaceFile;
  readonly space: Space;
  readonly measure: Measure;
  /** Whether the objective reads single requests, and not the totals of a run alone. */
  readonly requestsTable: boolean;
  /** Folder of run folders. */
  readonly out: string;
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly traces: TraceShelf;
}

/**
 * Tries points by replaying them, one run per seed. The value is the mean over the seeds; a
 * constraint has to hold for each of them. A point that cannot run is an outcome, not an error.
 */
export function replayEvaluator(options: ReplayOptions): Evaluate {
  const { file, space, measure, requestsTable, out, workers, signal, traces } = options;
  const experiment: Experiment = {
    paper: 'search',
    name: 'points',
    question: 'where is the objective best?',
    scenarios: [],
    tables: requestsTable ? ['requests'] : 'summary',
  };

  async function plan(point: Point, requests: number | null): Promise<PlannedRun[] | string> {
    try {
      const cells = scenariosOf(file, space.named(point), requests);
      return await Promise.all(cells.map((cell) => planCell(experiment, cell, traces)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // Without the name of the cell, which the point says.
      return error.cause instanceof InputError ? error.cause.message : error.message;
    }
  }

  return async (points, { requests }, onShare) => {
    const planned: (PlannedRun[] | string)[] = [];
    for (const point of points) planned.push(await plan(point, requests));
    const plans = planned.flatMap((one) => (typeof one === 'string' ? [] : one));
    const { failed } = await runSweep(plans, {
      out,
      traces,
      workers,
      signal,
      onRun: ({ done, of }) => onShare?.(done / of),
    });
    const messages = new Map(failed.map(({ plan: { run }, message }) => [run, message]));
    const measured = planned.flatMap((one, i) =>
      typeof one === 'string' || one.some(({ run }) => messages.has(run))
        ? []
        : one.map(({ run }) => ({ run, point: points[i] as Point })),
    );
    const answers = await measure.measure(out, measured);
    let next = 0;
    return planned.map((one): Outcome => {
      if (typeof one === 'string') return { state: 'failed', reason: one };
      const message = one.map(({ run }) => messages.get(run)).find((said) => said !== undefined);
      if (message !== undefined) return { state: 'failed', reason: message };
      const own = answers.slice(next, next + one.length);
      next += one.length;
      return outcomeOf(
        own,
        one.map(({ run }) => run),
      );
    });
  };
}

function outcomeOf(measured: readonly Measured[], runs: readonly string[]): Outcome {
  const broken = [...new Set(measured.flatMap((one) => one.broken))];
  const values = measured.map(({ value }) => value).filter((value) => value !== null);
  const complete = values.length === measured.length;
  const value = complete ? values.reduce((sum, one) => sum + one, 0) / values.length : null;
  if (broken.length > 0) {
    return { state: 'infeasible', value, reason: `breaks ${broken.join(' and ')}`, runs };
  }
  if (value === null) {
    return { state: 'infeasible', value, reason: 'the objective has no value', runs };
  }
  return { state: 'feasible', value, runs };
}
