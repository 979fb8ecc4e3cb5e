import type { Task } from './scheduler.ts';

/** What a placer sees of the cluster. */
export interface ClusterView {
  readonly nowMs: number;
  readonly instances: number;
  /** Prompt tokens of requests placed on the instance and not ended yet. */
  openPromptTokens(instance: number): number;
  /** Requests placed on the instance and not ended yet. */
  openRequests(instance: number): number;
  inputTokens(task: Task): number;
}

/** Chooses the instance of each arriving request. */
export interface Placer {
  place(task: Task, view: ClusterView): number;
}
