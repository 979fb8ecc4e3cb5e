/**
 * Estimated time until each instance has worked off the prompts placed on it: `EstimatePrefill-
 * QueueTime` of Mooncake's Algorithm 1 (FAST 2025, section 4.2): the sum of the predicted prefill
 * times of the requests that queue there.
 *
 * Deviation: the paper does not say what the running prompt counts for. Here it counts for its
 * remainder: time that passes is spent on the prompts that have started, the oldest first, and a
 * prompt that takes longer than predicted counts for nothing more. Units: milliseconds.
 */
import type { ClusterView } from '../policy/placer.ts';
import type { Task } from '../policy/scheduler.ts';

interface Prompt {
  readonly instance: number;
  started: boolean;
  /** Predicted prefill time not yet spent. */
  leftMs: number;
}

interface Queue {
  waiting: number;
  waitingMs: number;
  readonly started: Prompt[];
  /** Until then the time has been spent on the started prompts. */
  spentToMs: number;
}

/** Books of the prompts on every instance; its owner passes the observer's calls on. */
export class PrefillQueues {
  readonly #prompts = new Map<Task, Prompt>();
  readonly #queues: Queue[] = [];

  /** A request is placed: its prompt waits on the instance, for so long a prefill. */
  add(task: Task, instance: number, prefillMs: number): void {
    const queue = this.#queue(instance);
    queue.waiting++;
    queue.waitingMs += prefillMs;
    this.#prompts.set(task, { instance, started: false, leftMs: prefillMs });
  }

  start(task: Task, nowMs: number): void {
    const prompt = this.#prompts.get(task);
    if (prompt === undefined || prompt.started) return;
    const queue = this.#queue(prompt.instance);
    spend(queue, nowMs);
    leaveWaiting(queue, prompt);
    prompt.started = true;
    queue.started.push(prompt);
  }

  /** A prompt is computed, or its request has ended; nothing if it is not in the books. */
  remove(task: Task, nowMs: number): void {
    const prompt = this.#prompts.get(task);
    if (prompt === undefined) return;
    this.#prompts.delete(task);
    const queue = this.#queue(prompt.instance);
    if (!prompt.started) leaveWaiting(queue, prompt);
    else {
      spend(queue, nowMs);
      queue.started.splice(queue.started.indexOf(prompt), 1);
    }
  }

  /** Predicted time from now until a prompt placed on the instance could start. */
  waitMs(instance: number, nowMs: number): number {
    const { waitingMs, started, spentToMs } = this.#queue(instance);
    let runningMs = 0;
    for (const { leftMs } of started) runningMs += leftMs;
    return waitingMs + Math.max(0, runningMs - (nowMs - spentToMs));
  }

  /** Predicted time from now to the first token on an instance, with what it holds of the prompt. */
  ttftMs(view: ClusterView, task: Task, instance: number): number {
    const cached = reusableTokens(view, task, view.residentBlocks(task, instance));
    const prefillMs = view.estimatePrefillMs(instance, view.inputTokens(task), cached);
    return this.waitMs(instance, view.nowMs) + prefillMs;
  }

  #queue(instance: number): Queue {
    let queue = this.#queues[instance];
    if (queue === undefined) {
      queue = { waiting: 0, waitingMs: 0, started: [], spentToMs: 0 };
      this.#queues[instance] = queue;
    }
    return queue;
  }
}

/** Prompt tokens that so many leading blocks save: at least one token is always computed. */
export function reusableTokens(view: ClusterView, task: Task, blocks: number): number {
  return Math.min(blocks * view.blockTokens, view.inputTokens(task) - 1);
}

function leaveWaiting(queue: Queue, prompt: Prompt): void {
  queue.waiting--;
  // An empty queue is exactly empty: rounding must not decide between idle instances.
  queue.waitingMs = queue.waiting === 0 ? 0 : queue.waitingMs - prompt.leftMs;
}

function spend(queue: Queue, nowMs: number): void {
  let ms = nowMs - queue.spentToMs;
  for (const prompt of queue.started) {
    const part = Math.min(ms, prompt.leftMs);
    prompt.leftMs -= part;
    ms -= part;
  }
  queue.spentToMs = nowMs;
}
