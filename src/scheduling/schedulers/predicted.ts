import type { InstanceView, Task } from '../../policy/scheduler.ts';
import { InputError } from '../../units/input-error.ts';

/** Predicted output tokens of a request, for a scheduler that cannot do without them. */
export function predictedOutput(view: InstanceView, task: Task, scheduler: string): number {
  const tokens = view.predictedOutput(task);
  if (Number.isNaN(tokens)) {
    throw new InputError(`scheduler ${scheduler} needs predicted output lengths`, {
      where: 'groups.N.lengths',
      rule: 'the group of this scheduler names a length predictor',
    });
  }
  return tokens;
}
