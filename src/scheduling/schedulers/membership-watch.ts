import type { InstanceView, Task } from '../../policy/scheduler.ts';

/**
 * Tells whether requests have come, gone or moved since it was last told to remember. A scheduler
 * that decides anew only then decides the same whether it is asked every round or seldom.
 */
export class MembershipWatch {
  #tasks: Task[] = [];
  #waiting = 0;
  #prefilling = 0;
  #decoding = 0;

  changed(view: InstanceView): boolean {
    if (view.waiting !== this.#waiting || view.prefilling !== this.#prefilling) return true;
    const count = view.waiting + view.prefilling + view.decoding + view.paused;
    if (view.decoding !== this.#decoding || count !== this.#tasks.length) return true;
    for (let i = 0; i < count; i++) if (this.#tasks[i] !== taskAt(view, i)) return true;
    return false;
  }

  remember(view: InstanceView): void {
    this.#waiting = view.waiting;
    this.#prefilling = view.prefilling;
    this.#decoding = view.decoding;
    const count = view.waiting + view.prefilling + view.decoding + view.paused;
    while (this.#tasks.length > count) this.#tasks.pop();
    for (let i = 0; i < count; i++) this.#tasks[i] = taskAt(view, i);
  }
}

function taskAt(view: InstanceView, position: number): Task {
  let i = position;
  if (i < view.waiting) return view.waitingTask(i);
  i -= view.waiting;
  if (i < view.prefilling) return view.prefillingTask(i);
  i -= view.prefilling;
  return i < view.decoding ? view.decodingTask(i) : view.pausedTask(i - view.decoding);
}
