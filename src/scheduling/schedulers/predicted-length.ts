import type { RequestFacts, Task } from '../../policy/scheduler.ts';
import { InputError } from '../../units/input-error.ts';

/**
 * Output tokens that the group's length predictor expects of a request.
 * @throws InputError where the group has none
 */
export function predictedLength(view: RequestFacts, task: Task): number {
  const tokens = view.predictedOutput(task);
  if (!Number.isNaN(tokens)) return tokens;
  throw new InputError('the scheduler needs predicted output lengths', {
    where: 'groups.N.lengths',
    rule: 'name a length predictor for the group',
  });
}
