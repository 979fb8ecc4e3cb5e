import { formatMs } from '../../units/format.ts';
import type { Slo } from '../key-figures.ts';
import { escapeHtml } from '../page/html.ts';
import type { Section } from './section.ts';

/** What the words mean, as the result tables define them. */
export function definitionsSection({ ttftMs, tpotMs }: Slo): Section {
  const metrics: readonly (readonly [string, string])[] = [
    [
      'TTFT, time to first token',
      'End of the step that produced a request’s first token, minus its arrival.',
    ],
    [
      'TPOT, time per output token',
      '(finish − first token) / (output tokens − 1); none for requests with one output token. AIPerf calls it inter-token latency.',
    ],
    [
      'Gap between tokens, ITL',
      'Time between two consecutive tokens of a request, pooled over all gaps of all requests. vLLM calls it ITL.',
    ],
    ['End-to-end latency', 'Finish minus arrival: queue, prefill and decode together.'],
    ['Queue', 'Arrival to the start of the step that first computed part of the prompt.'],
    ['Prefill', 'From there to the first token.'],
    ['Decode', 'First token to last; work that a preemption repeats is in it.'],
    ['Percentiles', 'By linear interpolation, over finished requests.'],
    [
      'Throughput',
      'Finished requests, and their output tokens, from first arrival to last finish.',
    ],
    ['Makespan', 'First arrival to last finish.'],
    [
      'Objective, SLO',
      `TTFT at most ${formatMs(ttftMs)} and TPOT at most ${formatMs(tpotMs)} for each request, unless a slider says otherwise.`,
    ],
    [
      'Attainment',
      'Finished requests that meet the objective / all requests: rejected, cancelled and unfinished ones are misses.',
    ],
    ['Goodput', 'Requests that meet the objective, per second from first arrival to last finish.'],
    [
      'Cached share',
      'Prompt tokens that the prefix cache saved at first admission / all prompt tokens.',
    ],
    ['Preemption', 'A running request loses its KV memory and computes its tokens again.'],
    ['KV use', 'KV tokens reserved by running requests / capacity of all instances.'],
    [
      'Causality violation',
      'In an open replay, a turn of a conversation that arrives before the turn before has ended.',
    ],
    [
      'Recorded, sampled, generated',
      'Whether a trace, or a column of it, was measured in a running service, drawn from measured values, or made by a model.',
    ],
  ];
  const list = metrics.map(
    ([term, meaning]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(meaning)}</dd>`,
  );
  return {
    id: 'definitions',
    title: 'Definitions',
    blocks: [{ html: `<dl class="metrics">${list.join('')}</dl>` }],
  };
}
