/**
 * The main job (`npm start`): each shipped trace on a stated A100 system, with a contrast that
 * asks a question. Where the recorded original of a trace has been fetched, it is used instead.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fetchedFolder } from '../trace/locate.ts';

export interface TourStop {
  readonly question: string;
  readonly system: string;
  /** Fetched originals in order of preference, then the shipped trace. */
  readonly traces: readonly string[];
  /** Scenarios by what sets them apart. */
  readonly scenarios: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const combinations = [
  ['prefill-first', 'off', 'prefill-first'],
  ['prefill-first', 'lru', 'prefill-first, prefix cache'],
  ['chunked-prefill', 'off', 'chunked-prefill'],
  ['chunked-prefill', 'lru', 'chunked-prefill, prefix cache'],
] as const;

const backlogOrders = [
  ['fcfs', 'first come, first served'],
  ['shortest-output', 'shortest output first (oracle)'],
  ['longest-output', 'longest output first (oracle)'],
] as const;

export const tour: readonly TourStop[] = [
  {
    question: 'What do a prefix cache and chunked prefill do for a chat service?',
    system: '2 Llama-3.1-8B instances on 4 A100-80GB each (TP 4), least-loaded placement',
    traces: ['conversation', 'kimi-like'],
    scenarios: Object.fromEntries(
      combinations.map(([scheduler, cache, label]) => [
        label,
        {
          placement: { kind: 'least-loaded' },
          groups: [
            {
              count: 2,
              model: 'llama-3.1-8b',
              gpu: 'a100-80gb',
              tp: 4,
              scheduler: { kind: scheduler },
              prefixCache: { kind: cache },
            },
          ],
        },
      ]),
    ),
  },
  {
    question: 'In what order should a backlog of known length run?',
    system: 'LLaMA-65B on 8 A100-80GB (TP 8), prefill-first, at most 200 requests at once',
    traces: ['gsm8k'],
    scenarios: Object.fromEntries(
      backlogOrders.map(([order, label]) => [
        label,
        {
          groups: [
            {
              count: 1,
              model: 'llama-65b',
              gpu: 'a100-80gb',
              tp: 8,
              scheduler: { kind: 'prefill-first', maxSequences: 200 },
              order: { kind: order },
            },
          ],
        },
      ]),
    ),
  },
  {
    question: 'How much image traffic do 8 GPUs carry before latency breaks?',
    system:
      '8 Qwen2-VL-7B instances, one A100-80GB each, least-loaded, image tokens as prompt tokens',
    traces: ['servegen-image-hour', 'multimodal'],
    scenarios: Object.fromEntries(
      [1, 8, 12, 16, 20].map((factor) => [
        `rate ${factor}x`,
        {
          arrivals: { rate: { factor, by: 'compress' } },
          placement: { kind: 'least-loaded' },
          groups: [
            {
              count: 8,
              model: 'qwen2-vl-7b',
              gpu: 'a100-80gb',
              scheduler: { kind: 'chunked-prefill', budget: 2048 },
            },
          ],
        },
      ]),
    ),
  },
];

/** The trace that a stop replays: a fetched original where there is one, else the shipped one. */
export function traceOf(stop: TourStop): string {
  const fetched = stop.traces.find((name) => existsSync(join(fetchedFolder(), `${name}.arrow`)));
  return fetched ?? (stop.traces[stop.traces.length - 1] as string);
}
