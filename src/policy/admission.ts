import type { ClusterView, Placement, RequestObserver } from './placer.ts';
import type { Task } from './scheduler.ts';

/** Takes requests in or turns them away. Each hand-off asks once. */
export interface Admission extends RequestObserver {
  /** At arrival, with the placement that the placer chose: whether the request is taken in. */
  atArrival(task: Task, placement: Readonly<Placement>, view: ClusterView): boolean;
  /** Its prompt is computed and its KV has arrived at its decode instance: whether it may decode. */
  atDecode(task: Task, instance: number, view: ClusterView): boolean;
}
