import type { Task } from '../../policy/scheduler.ts';
import { FakeInstance, type FakeRequest } from './fake-instance.ts';

/** A request whose prompt another instance has computed: nothing is left to compute. */
export function computed(request: FakeRequest = {}): FakeRequest {
  const { tokens = 1 } = request;
  return { ...request, tokens, cached: tokens };
}

/** An instance on which requests that have nothing to compute decode as soon as admitted. */
export class FakeHandOff extends FakeInstance {
  override admit(task: Task, slot?: number): void {
    super.admit(task, slot);
    if (this.tokensLeft(task) > 0) return;
    this.prompts.splice(this.prompts.indexOf(task), 1);
    this.running.push(task);
  }
}
