import type { RequestFacts, Task } from '../../policy/scheduler.ts';

/**
 * Output tokens that the group's length predictor expects of a request.
 * @throws Error where the group has none: a scheduler that `needs` lengths is refused before
 */
export function predictedLength(view: RequestFacts, task: Task): number {
  const tokens = view.predictedOutput(task);
  if (Number.isNaN(tokens)) throw new Error(`no predicted output length of request ${task}`);
  return tokens;
}
