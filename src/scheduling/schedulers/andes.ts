/**
 * Andes: quality of experience (QoE) of users who read along.
 * Source: Liu et al., Andes, arXiv 2404.16283 (QoE formula from a summary of it; details
 * recalled, not checked against the text).
 *
 * A user expects the first token after `ttftMs` and then reads `tokensPerSecond`; a token can be
 * read once it is there. QoE is 1 − S_delay / S_whole: the area between expected and possible
 * reading, over the area under the expected. Priority of a request is the QoE that serving it
 * during the next `horizonMs` gains over not serving it, per KV token it holds or needs.
 * The scheduler looks when requests have come, gone or moved, after steps with prompts, and every
 * `intervalMs`. A look goes through the requests out of service, highest priority first: each
 * starts if there is room, else it pauses decodes of lower priority, lowest first, which
 * have been paused fewer than `maxPauses` times and are swapped out; one for which that is not
 * enough is passed over. Whenever the next round of decodes does not fit, the decode with
 * lowest priority is swapped out.
 *
 * Deviations: the greedy knapsack changes the running set rather than filling an empty one; the
 * speed of service is that of the present batch, for every batch size; a reader who fell behind
 * catches up at once when tokens come; the cap holds for each request, not for their mean, and
 * not where memory ends. Units: ms, tokens a second.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { displace } from './displace.ts';
import { MembershipWatch } from './membership-watch.ts';
import { StepBuilder, type StepValues, stepParameters } from './step-builder.ts';
import { TaskValues } from './task-values.ts';

const parameters = {
  ...stepParameters,
  ttftMs: {
    type: 'number',
    default: 1000,
    min: 0,
    unit: 'ms',
    doc: 'expected time to first token',
  },
  tokensPerSecond: {
    type: 'number',
    default: 4.8,
    min: 0.001,
    unit: 'tokens/s',
    doc: 'expected reading speed',
  },
  horizonMs: {
    type: 'number',
    default: 10_000,
    min: 0.001,
    unit: 'ms',
    doc: 'time ahead over which the gain of serving a request is counted',
  },
  intervalMs: {
    type: 'number',
    default: 1000,
    min: 0.001,
    unit: 'ms',
    doc: 'time between looks while requests are out of service',
  },
  maxPauses: {
    type: 'integer',
    default: 1,
    min: 0,
    unit: 'pauses',
    doc: 'how often one request may be paused in favour of others',
  },
} as const;

export interface Reader {
  readonly ttftMs: number;
  readonly tokensPerSecond: number;
  readonly horizonMs: number;
}

/** A request whose service is weighed: what it has, and what serving it would bring. */
export interface Prospect {
  /** Time since its arrival, ms. */
  readonly ageMs: number;
  /** Output tokens that it has. */
  readonly generated: number;
  /** Time until its next token would come if it were served, less the first round; ms. */
  readonly delayMs: number;
  /** Tokens per ms while it is served. */
  readonly perMs: number;
}

/**
 * QoE at the end of the horizon if served, less that if not: with e(s) the tokens expected at
 * time s from now beyond those there, and d(s) those that service would bring by then, the area
 * under min(e, d) over the area S_whole under the expected reading since arrival.
 */
export function qoeGain(reader: Reader, prospect: Prospect): number {
  const { horizonMs, ttftMs } = reader;
  const { ageMs, generated, delayMs, perMs } = prospect;
  const readPerMs = reader.tokensPerSecond / 1000;
  const reads = ageMs + horizonMs - ttftMs;
  if (reads <= 0) return 0;
  const startMs = ttftMs - ageMs + generated / readPerMs;
  const from = Math.max(0, startMs, delayMs);
  if (from >= horizonMs) return 0;
  const area = (slope: number, origin: number, a: number, b: number) =>
    (slope / 2) * ((b - origin) ** 2 - (a - origin) ** 2);
  // Two rising lines; the lower one up to where they cross, then the other.
  const crossing = (readPerMs * startMs - perMs * delayMs) / (readPerMs - perMs);
  const turn = crossing > from && crossing < horizonMs ? crossing : horizonMs;
  const middle = (from + turn) / 2;
  const readFirst = readPerMs * (middle - startMs) < perMs * (middle - delayMs);
  let gained = readFirst ? area(readPerMs, startMs, from, turn) : area(perMs, delayMs, from, turn);
  gained += readFirst
    ? area(perMs, delayMs, turn, horizonMs)
    : area(readPerMs, startMs, turn, horizonMs);
  return gained / ((readPerMs / 2) * reads ** 2);
}

class Andes implements Scheduler {
  readonly #step: StepBuilder;
  readonly #watch = new MembershipWatch();
  readonly #reader: Reader;
  readonly #intervalMs: number;
  readonly #maxPauses: number;
  readonly #pauses = new TaskValues(0);
  /** Priority of a request out of service, as of this look. */
  readonly #gain = new TaskValues(0);
  #nextLookMs = Number.POSITIVE_INFINITY;
  #afterPrompts = false;
  /** Tokens per ms of a request in the present batch. */
  #perMs = 0;
  #view!: InstanceView;

  constructor(values: StepValues, reader: Reader, intervalMs: number, maxPauses: number) {
    this.#step = new StepBuilder(values);
    this.#reader = reader;
    this.#intervalMs = intervalMs;
    this.#maxPauses = maxPauses;
  }

  plan(view: InstanceView, out: Plan): void {
    const step = this.#step;
    this.#view = view;
    step.begin(view, out);
    const due = view.nowMs >= this.#nextLookMs || this.#afterPrompts || this.#watch.changed(view);
    this.#perMs = 1 / view.estimateRoundMs(Math.max(1, view.decoding), view.contextTokens);
    const mayStart = step.makeRoom(this.#least, 'swap');
    step.continuePrompts();
    // Whom the end of memory has moved between looks is looked at in the next plan.
    if (due || view.decoding + view.prefilling === 0) {
      if (mayStart) this.#look();
      const idle = view.waiting + view.paused;
      this.#nextLookMs = idle > 0 ? view.nowMs + this.#intervalMs : Number.POSITIVE_INFINITY;
      this.#watch.remember(view);
    }
    this.#afterPrompts = step.promptTokens > 0;
    step.finish({ untilMs: this.#nextLookMs });
  }

  #look(): void {
    const view = this.#view;
    const step = this.#step;
    const idle = Array.from({ length: view.waiting }, (_, i) => view.waitingTask(i));
    const stood = new Set(Array.from({ length: view.paused }, (_, i) => view.pausedTask(i)));
    idle.push(...stood);
    for (const task of idle) this.#gain.set(task, this.#priority(task));
    idle.sort((a, b) => this.#gain.get(b) - this.#gain.get(a) || a - b);
    for (const task of idle) {
      const paused = stood.has(task);
      if (!step.fits(task, paused) && !this.#makePlace(task, paused)) {
        if (step.seats <= 0 && this.#gain.get(task) === 0) break;
        continue;
      }
      if (paused) step.resume(task);
      else step.admit(task);
    }
  }

  #makePlace(task: Task, paused: boolean): boolean {
    const view = this.#view;
    const victims: Task[] = [];
    const bar = this.#gain.get(task);
    if (bar === 0) return false;
    for (let i = 0; i < view.decoding; i++) {
      const decode = view.decodingTask(i);
      const capped = this.#pauses.get(decode) >= this.#maxPauses;
      if (!capped && this.#priority(decode) < bar) victims.push(decode);
    }
    victims.sort((a, b) => this.#priority(a) - this.#priority(b) || b - a);
    const onVictim = this.#countPause;
    const step = this.#step;
    return displace(view, task, { step, paused, victims, yieldTo: 'swap', onVictim });
  }

  readonly #countPause = (task: Task): void => {
    this.#pauses.set(task, this.#pauses.get(task) + 1);
  };

  #priority(task: Task): number {
    const view = this.#view;
    const generated = view.generated(task);
    const tokens = view.tokensLeft(task) === 0 ? 0 : view.tokensToCompute(task);
    const prospect = {
      ageMs: view.nowMs - view.arrivalMs(task),
      generated,
      delayMs: tokens === 0 ? 0 : view.estimatePrefillMs(tokens, view.tokensLeft(task) - tokens),
      perMs: this.#perMs,
    };
    return qoeGain(this.#reader, prospect) / (view.inputTokens(task) + generated);
  }

  /** The decode with the lowest priority; of equals the one that joined last. */
  readonly #least = (): Task => {
    const view = this.#view;
    let least = view.decodingTask(0);
    let priority = this.#priority(least);
    for (let i = 1; i < view.decoding; i++) {
      const task = view.decodingTask(i);
      const other = this.#priority(task);
      if (other > priority) continue;
      least = task;
      priority = other;
    }
    return least;
  };
}

export const andes = definePolicy<Scheduler, typeof parameters>({
  kind: 'andes',
  doc: 'serves those whose reading gains most per KV token, pausing those who have text to read',
  source: 'Andes (arXiv 2404.16283), formula from a summary, details recalled',
  parameters,
  create: ({ ttftMs, tokensPerSecond, horizonMs, intervalMs, maxPauses, ...values }) =>
    new Andes(values, { ttftMs, tokensPerSecond, horizonMs }, intervalMs, maxPauses),
});
