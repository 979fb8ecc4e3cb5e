import type { ClusterView } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';

/** Requests that decode instances have taken, and that do not decode yet. */
export class Landings {
  readonly #landed = new Map<Task, { readonly instance: number; readonly tokens: number }>();
  readonly #requests: number[] = [];
  readonly #tokens: number[] = [];

  add(task: Task, instance: number, tokens: number): void {
    this.#landed.set(task, { instance, tokens });
    this.#count(instance, 1, tokens);
  }

  /** It decodes now, or has ended; nothing if it is not in the books. */
  remove(task: Task): void {
    const landed = this.#landed.get(task);
    if (landed === undefined) return;
    this.#landed.delete(task);
    this.#count(landed.instance, -1, -landed.tokens);
  }

  /** Requests in decode or about to be, and their KV tokens. */
  sequences(view: ClusterView, instance: number): number {
    return view.decoding(instance) + (this.#requests[instance] ?? 0);
  }

  tokens(view: ClusterView, instance: number): number {
    return view.contextTokens(instance) + (this.#tokens[instance] ?? 0);
  }

  /** Predicted decode round with one more request in the batch, ms. */
  roundWith(view: ClusterView, task: Task, instance: number): number {
    const sequences = this.sequences(view, instance) + 1;
    const tokens = this.tokens(view, instance) + view.inputTokens(task);
    return view.estimateRoundMs(instance, sequences, tokens);
  }

  #count(instance: number, requests: number, tokens: number): void {
    this.#requests[instance] = (this.#requests[instance] ?? 0) + requests;
    this.#tokens[instance] = (this.#tokens[instance] ?? 0) + tokens;
  }
}
