import type { ClusterView } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';

/** Requests and their prompt tokens. */
export interface Crowd {
  requests: number;
  tokens: number;
}

/** Where a request stands: since or until `ms`. */
interface Standing {
  readonly task: Task;
  readonly enteredMs: number;
  stage: 'prefill' | 'computed' | 'decode';
  instance: number;
  ms: number;
}

/** How long a request is taken to decode, ms. */
export type DecodeTime = (task: Task) => number;

/** Every request taken in and not ended, with the times from which its decode is predicted. */
export class OpenRequests {
  readonly #open = new Map<Task, Standing>();
  /** In the order in which they were taken in, ended ones too. */
  readonly #taken: Standing[] = [];

  enter(task: Task, predictedEndMs: number, nowMs: number): void {
    const standing: Standing = {
      task,
      enteredMs: nowMs,
      stage: 'prefill',
      instance: -1,
      ms: predictedEndMs,
    };
    this.#open.set(task, standing);
    this.#taken.push(standing);
  }

  computed(task: Task, nowMs: number): void {
    const standing = this.#open.get(task);
    if (standing === undefined || standing.stage !== 'prefill') return;
    standing.stage = 'computed';
    standing.ms = nowMs;
  }

  /** It joins the decode batch; after a preemption its first start still counts. */
  decodes(task: Task, instance: number, nowMs: number): void {
    const standing = this.#open.get(task);
    if (standing === undefined) return;
    if (standing.stage !== 'decode') standing.ms = nowMs;
    standing.stage = 'decode';
    standing.instance = instance;
  }

  /** @returns for how long it had been in decode, undefined if it never was */
  leave(task: Task, nowMs: number): number | undefined {
    const standing = this.#open.get(task);
    this.#open.delete(task);
    return standing?.stage === 'decode' ? nowMs - standing.ms : undefined;
  }

  /**
   * Who will have joined and left decode at a later time.
   * @returns all that will have joined, and by instance those in decode that will have left
   */
  changes(
    view: ClusterView,
    atMs: number,
    decodeMs: DecodeTime,
  ): { arriving: Crowd; leaving: Crowd[] } {
    const arriving: Crowd = { requests: 0, tokens: 0 };
    const leaving: Crowd[] = [];
    for (const [task, { stage, instance, ms }] of this.#open) {
      const startMs = stage === 'prefill' ? Math.max(ms, view.nowMs) : ms;
      const over = atMs - startMs >= decodeMs(task);
      if (stage === 'decode') {
        if (!over) continue;
        leaving[instance] ??= { requests: 0, tokens: 0 };
        add(leaving[instance], view.inputTokens(task));
      } else if (startMs <= atMs && !over) add(arriving, view.inputTokens(task));
    }
    return { arriving, leaving };
  }

  /**
   * Who will have been taken in after now, and joined decode by a later time, if the span until
   * then repeats the last one of its length: whoever was taken in and has joined in that one.
   */
  repeated(view: ClusterView, atMs: number, decodeMs: DecodeTime): Crowd {
    const crowd: Crowd = { requests: 0, tokens: 0 };
    const fromMs = 2 * view.nowMs - atMs;
    for (let i = this.#taken.length - 1; i >= 0; i--) {
      const { task, enteredMs, stage, ms } = this.#taken[i] as Standing;
      if (enteredMs <= fromMs) break;
      if (stage === 'decode' && view.nowMs - ms < decodeMs(task)) {
        add(crowd, view.inputTokens(task));
      }
    }
    return crowd;
  }
}

function add(crowd: Crowd, tokens: number): void {
  crowd.requests++;
  crowd.tokens += tokens;
}
