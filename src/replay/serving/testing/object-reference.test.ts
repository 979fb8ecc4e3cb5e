import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTraceMirror } from '../../../trace/mirror.ts';
import { simulate } from './object-engine.ts';
import type { ObjectRequest, ObjectWork } from './object-types.ts';

const mirror = findTraceMirror();
const file = join(mirror ?? '', 'mooncake', 'conversation_trace.jsonl');
const present = mirror !== null && existsSync(file);
const why = present ? '' : ' (skipped: no mooncake/conversation_trace.jsonl in the trace mirror)';

/** Llama-3.1-8B on an A100-80GB as a bare roofline, in milliseconds. */
function rooflineMaxMs({ prefills, contexts }: ObjectWork): number {
  const parameters = 8.03e9;
  const flopsPerSecond = 312e12 * 0.5;
  const bytesPerSecond = 2.039e12 * 0.8;
  let tokens = contexts.length;
  let kvTokens = 0;
  let pairs = 0;
  for (const context of contexts) {
    kvTokens += context;
    pairs += context;
  }
  for (const { newTokens, cached } of prefills) {
    tokens += newTokens;
    kvTokens += cached + newTokens;
    pairs += newTokens * (cached + newTokens / 2);
  }
  const compute =
    (tokens * 2 * parameters) / flopsPerSecond + (pairs * 4 * 32 * 4096) / flopsPerSecond;
  const memory = (2 * parameters) / bytesPerSecond + (kvTokens * 131_072) / bytesPerSecond;
  return 1000 * (0.0005 + Math.max(compute, memory));
}

function conversationTrace(): ObjectRequest[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line, id) => {
    const row = JSON.parse(line) as {
      timestamp: number;
      input_length: number;
      output_length: number;
    };
    return {
      id,
      arrivalMs: row.timestamp,
      inputTokens: row.input_length,
      outputTokens: Math.max(1, row.output_length),
    };
  });
}

function replay(instances: number) {
  const result = simulate({
    requests: conversationTrace(),
    instances,
    placement: 'round-robin',
    scheduler: { kind: 'chunked-prefill', budget: 8192, maxSequences: 256 },
    kv: { capacityTokens: 467_295, blockSize: 1 },
    prefixCache: null,
    arrivals: { mode: 'open' },
    stepMs: rooflineMaxMs,
  });
  const finished = result.requests.filter((request) => request.status === 'finished');
  const mean = (of: (request: (typeof finished)[number]) => number) =>
    finished.reduce((sum, request) => sum + of(request), 0) / finished.length / 1000;
  return {
    finished: finished.length,
    steps: result.totals.steps,
    preemptions: result.totals.preemptions,
    tokens: finished.reduce((sum, request) => sum + request.generated, 0),
    meanTtft: mean((request) => request.firstTokenMs! - request.arrivalMs),
    meanEndToEnd: mean((request) => request.finishMs - request.arrivalMs),
    lastFinish: Math.max(...finished.map((request) => request.finishMs)) / 1000,
  };
}

/** Figures of an implementation of the same rules that shares no code with this project. */
const reference = [
  {
    instances: 16,
    counts: { finished: 12_031, steps: 2_169_535, preemptions: 5, tokens: 4_122_048 },
    meanTtft: 3.958087560718,
    meanEndToEnd: 13.16595766616,
    lastFinish: 3581.165764724,
  },
  {
    instances: 1,
    counts: { finished: 12_031, steps: 122_357, preemptions: 270, tokens: 4_122_048 },
    meanTtft: 12_986.122174111,
    meanEndToEnd: 13_060.931038403,
    lastFinish: 28_175.714668671,
  },
];

describe.skipIf(!present)(`the object engine on the real conversation trace${why}`, () => {
  it.each(reference)('matches the reference replay on $instances instances', (expected) => {
    const actual = replay(expected.instances);
    expect(actual).toMatchObject(expected.counts);
    for (const figure of ['meanTtft', 'meanEndToEnd', 'lastFinish'] as const) {
      expect(Math.abs(actual[figure] / expected[figure] - 1), figure).toBeLessThan(1e-9);
    }
  });
});
